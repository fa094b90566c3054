import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { ready, silent } from '../store/drivers.ts';
import { type Child, startChild } from '../support/child.ts';
import { describeStores, type Scene, startScene } from '../support/scene.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';
import { runProcess } from './board-command.ts';

/** Processes are started in these, one after the other. */
const LONG = { timeout: 90_000 };
const TOKEN = 'ATTA'.padEnd(76, '0123456789abcdef');
const key = aKey('one');
const hasTerminal = spawnSync('script', ['--version']).status === 0;
if (!hasTerminal && process.env.REQUIRE_ALL === '1') throw new Error('The program `script` is missing.');

describeStores('connect trello on', (stores) => {
  let STORE_URL: string;
  let scene: Scene;
  let bridge: Child | undefined;
  beforeEach(async () => {
    STORE_URL = stores.fresh();
    scene = await startScene({ storeUrl: STORE_URL });
    scene.trello.grant(TOKEN, scene.trello.person('Sally Okafor').member);
    await inStore(async () => {});
  });
  afterEach(async () => {
    await bridge?.end();
    bridge = undefined;
    await scene.close();
  });

  async function inStore<T>(
    use: (workspaces: ReturnType<typeof createWorkspaces>) => Promise<T>,
  ): Promise<T> {
    const store = await openStore({ url: STORE_URL, log: silent, retentionDays: 30 });
    await ready(store);
    const { records } = store;
    const audit = createAudit(store.audit);
    try {
      return await use(createWorkspaces({ records, vault: createVault([key]), audit }));
    } finally {
      await store.close();
    }
  }

  const environment = () => ({
    STORE_URL,
    TRELLO_API_KEY: 'local-trello-key',
    TRELLO_API_URL: scene.trello.url,
    ENCRYPTION_KEYS: asSetting(key),
  });
  /** `typed` on standard input, which is no terminal. */
  const run = (typed: string, args: string[], more: Record<string, string> = {}) =>
    runProcess(
      process.execPath,
      ['src/cli/connect.ts', ...args],
      { ...environment(), ...more },
      { input: typed },
    );
  const connected = () =>
    inStore(async ({ accounts }) => {
      const found = await accounts.list('T1');
      return await Promise.all(found.map(async ({ username, by, token }) => [username, by, await token?.()]));
    });

  it('stores the account, with the bridge running too, and shows the token nowhere', LONG, async () => {
    bridge = await startChild({
      ...scene.environment,
      PORT: '0',
      LOG_LEVEL: 'trace',
      ENCRYPTION_KEYS: asSetting(key),
    });
    const { code, stdout, stderr } = await run(`${TOKEN}\n`, ['trello', '--team', 'T1']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      `\n  ${scene.trello.url}/authorize?key=local-trello-key&name=Task+bridge&scope=read%2Cwrite&expiration=never&response_type=token\n`,
    );
    expect(stdout).toMatch(/\nConnected as Sally Okafor\.\n$/);
    expect(stdout).not.toContain(TOKEN);
    expect(bridge.log()).not.toContain('ATTA');
    await bridge.end();
    expect(await connected()).toEqual([['sallyokafor', 'operator', TOKEN]]);
  });

  it('stores nothing that Trello refuses', LONG, async () => {
    const refused = await run('a-token-of-nobody\n', ['trello', '--team', 'T1']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      'Trello doesn’t accept this token, so nothing was connected.\n',
    ]);
    const none = await run('\n', ['trello', '--team', 'T1']);
    expect([none.code, none.stderr]).toEqual([1, 'There was no token, so nothing was connected.\n']);
    expect(await connected()).toEqual([]);
  });

  it('asks for nothing without a key to encrypt with', LONG, async () => {
    const { code, stdout, stderr } = await run('', ['trello', '--team', 'T1'], { ENCRYPTION_KEYS: '' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^ENCRYPTION_KEYS is missing: [^\n]+npm run keys -- new\n$/);
  });

  it.skipIf(!hasTerminal)('asks on a terminal without showing what is typed', LONG, async () => {
    const onTerminal = (input: string) =>
      runProcess(
        'script',
        [
          '--quiet',
          '--return',
          '--command',
          `${process.execPath} src/cli/connect.ts trello --team T1`,
          '/dev/null',
        ],
        { PATH: process.env.PATH ?? '', TERM: 'xterm', ...environment() },
        { question: 'not shown here: ', input },
      );
    const ended = await onTerminal('\u0003');
    expect([ended.code, ended.stdout]).toEqual([
      1,
      expect.stringContaining('There was no token, so nothing was connected.'),
    ]);
    const typed = await onTerminal(`${TOKEN}\r`);
    expect([typed.code, typed.stdout]).toEqual([0, expect.stringContaining('Connected as Sally Okafor.')]);
    expect(typed.stdout).not.toContain('ATTA');
    expect(await connected()).toHaveLength(1);
  });
});

describe('connect without a workspace', () => {
  it.each([
    [
      ['trello'],
      'Say for which Slack workspace: --team T024BE7LD. With TRELLO_API_TOKEN in the variables there',
    ],
    [['trello', '--team', 'lower'], 'Say for which Slack workspace: '],
    [['slack', '--team', 'T1'], '“slack” is not known here. Say what to connect: trello.'],
    [['trello', 'more', '--team', 'T1'], '“more” is not known here. '],
    [[], 'Say what to connect: trello.'],
  ])('says what is missing: %s', async (args, sentence) => {
    const { code, stderr } = await runProcess(process.execPath, ['src/cli/connect.ts', ...args], {});
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('npm run connect -- trello --team');
  });
});
