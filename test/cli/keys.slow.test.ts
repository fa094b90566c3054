import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseEncryptionKeys } from '../../src/encryption-keys.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createAccounts } from '../../src/workspaces/accounts.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { ready, silent } from '../store/drivers.ts';
import { type Child, startChild } from '../support/child.ts';
import { type Scene, STORES, startScene } from '../support/scene.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';
import { type Ended, runProcess } from './board-command.ts';

const [one, two, three] = [aKey('one'), aKey('two'), aKey('three')];
/** Processes are started in these, one after the other. */
const LONG = { timeout: 90_000 };
const FORGOTTEN_STACK = /\n\s+at /;
const member = (id: string) => ({ id, username: `user-${id}`, fullName: id });

function run(
  command: 'keys' | 'audit',
  environment: Record<string, string>,
  ...args: string[]
): Promise<Ended> {
  return runProcess(process.execPath, [`src/cli/${command}.ts`, ...args], environment);
}

describe.each(STORES)(
  'the commands for keys and the audit on $name',
  ({ name, missing, open, close, fresh }) => {
    beforeAll(open);
    afterAll(close);

    describe.skipIf(missing)('a store with tokens', () => {
      let STORE_URL: string;
      beforeEach(() => {
        STORE_URL = fresh();
      });

      async function withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
        const store = await openStore({ url: STORE_URL, log: silent, retentionDays: 30 });
        await ready(store);
        try {
          return await use(store);
        } finally {
          await store.close();
        }
      }
      const accountsOf = ({ records, audit }: Store, ...keys: (typeof one)[]) =>
        createAccounts({ records, vault: createVault(keys), audit: createAudit(audit) });
      const connect = (count: number, key: typeof one, team = 'T1') =>
        withStore(async (store) => {
          const ids = Array.from({ length: count }, (_, number) => `m${number}`);
          for (let place = 0; place < count; place += 50) {
            const some = ids.slice(place, place + 50);
            await Promise.all(
              some.map((id) => accountsOf(store, key).connect(team, member(id), `ATTA-${id}`, 'U1')),
            );
          }
        });
      const readableWith = (...keys: (typeof one)[]) =>
        withStore(async (store) => {
          const accounts = await accountsOf(store, ...keys).list('T1');
          const tokens = await Promise.all(accounts.map(({ token }) => token?.()));
          return accounts.filter(({ id }, place) => tokens[place] === `ATTA-${id}`).length;
        });

      it('tells which keys are in use and which can go, and changes all to the first', LONG, async () => {
        await connect(3, one);
        await connect(1, two, 'T2');
        const environment = { STORE_URL, ENCRYPTION_KEYS: asSetting(three, two, one) };
        const before = await run('keys', environment, 'check');
        expect(before).toMatchObject({ code: 0, stderr: '' });
        expect(before.stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
          ['three', '0 tokens', 'the first one: it encrypts'],
          ['two', '1 token', 'still needed; npm run keys -- rotate changes that'],
          ['one', '3 tokens', 'still needed; npm run keys -- rotate changes that'],
          [''],
        ]);
        const rotated = await run('keys', environment, 'rotate');
        expect(rotated).toEqual({ code: 0, stdout: '4 tokens were encrypted with “three”.\n', stderr: '' });
        const after = await run('keys', environment, 'check');
        expect(after.stdout).toMatch(
          /^three +4 tokens +the first.*\ntwo +0 tokens +not in use: it can go\none +0 /,
        );
        expect(await readableWith(three)).toBe(3);
        const json = await run('keys', { STORE_URL, ENCRYPTION_KEYS: asSetting(one) }, 'check', '--json');
        expect(json.code).toBe(1);
        expect(JSON.parse(json.stdout)).toEqual([
          { name: 'one', tokens: 0, encrypts: true, isMissing: false },
          { name: 'three', tokens: 4, encrypts: false, isMissing: true },
        ]);
      });

      it('changes nothing while a key is missing', LONG, async () => {
        await connect(1, one);
        const lacking = await run('keys', { STORE_URL, ENCRYPTION_KEYS: asSetting(two) }, 'rotate');
        expect(lacking).toMatchObject({ code: 1, stdout: '' });
        expect(lacking.stderr).toMatch(/^ENCRYPTION_KEYS lacks the key “one”: [^\n]+\n$/);
        const none = await run('keys', { STORE_URL }, 'rotate');
        expect(none).toMatchObject({ code: 1, stdout: '' });
        expect(none.stderr).toMatch(/^ENCRYPTION_KEYS is missing: [^\n]+npm run keys -- new\n$/);
        expect(await readableWith(one)).toBe(1);
      });

      it(
        'finishes later what was killed in the middle, with every token readable meanwhile',
        LONG,
        async () => {
          await connect(1_500, one);
          const environment = { STORE_URL, ENCRYPTION_KEYS: asSetting(two, one) };
          const child = spawn(process.execPath, ['src/cli/keys.ts', 'rotate'], {
            env: environment,
            stdio: 'ignore',
          });
          const ended = once(child, 'exit');
          const changed = () => withStore(({ records }) => records.countOf('two'));
          // Nobody else can open a file that the command holds, but its log can be seen growing.
          const log = `${STORE_URL.replace('sqlite:', '')}-wal`;
          const logged = () => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) / 4_096;
          const progress = async () => (name === 'sqlite' ? logged() : await changed());
          await expect.poll(progress, { timeout: 30_000, interval: 10 }).toBeGreaterThan(50);
          child.kill('SIGKILL');
          await ended;
          const before = await changed();
          expect(before).toBeGreaterThan(0);
          expect(before).toBeLessThan(1_500);
          expect(await readableWith(two, one)).toBe(1_500);
          const { stdout } = await run('keys', environment, 'rotate');
          expect(stdout).toBe(`${1_500 - before} tokens were encrypted with “two”.\n`);
          expect(await readableWith(two)).toBe(1_500);
        },
      );

      it('tells who did what, since when, and in which workspace', LONG, async () => {
        await connect(1, one);
        await connect(1, one, 'T2');
        await withStore(({ audit }) =>
          createAudit(audit).add({ team: 'T1', who: 'U2', act: 'routed', what: 'a\u001b[2Jb\nc' }),
        );
        const all = await run('audit', { STORE_URL });
        expect(all).toMatchObject({ code: 0, stderr: '' });
        const lines = all.stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split(/ {2,}/).slice(1));
        expect(lines).toEqual([
          ['T1', 'U1', 'connected', 'Trello account user-m0'],
          ['T2', 'U1', 'connected', 'Trello account user-m0'],
          ['T1', 'U2', 'routed', 'a [2Jb c'],
        ]);
        const some = await run('audit', { STORE_URL }, '--since', '1h', '--team', 'T2', '--json');
        expect(JSON.parse(some.stdout)).toEqual([
          { at: expect.any(Number), team: 'T2', who: 'U1', act: 'connected', what: 'Trello account user-m0' },
        ]);
        expect((await run('audit', { STORE_URL }, '--since', '2999-01-01')).stdout).toBe(
          'There is nothing.\n',
        );
      });

      describe('with a running bridge', () => {
        let scene: Scene;
        let bridge: Child | undefined;
        beforeEach(async () => {
          scene = await startScene({ storeUrl: STORE_URL });
        });
        afterEach(async () => {
          await bridge?.end();
          bridge = undefined;
          await scene.close();
        });
        const start = async (...keys: (typeof one)[]) => {
          bridge = await startChild({ ...scene.environment, PORT: '0', ENCRYPTION_KEYS: asSetting(...keys) });
        };

        it('changes all to the first key of both', LONG, async () => {
          await connect(60, one);
          await start(two, one);
          const environment = { STORE_URL, ENCRYPTION_KEYS: asSetting(two, one) };
          expect(await run('keys', environment, 'rotate')).toEqual({
            code: 0,
            stdout: '60 tokens were encrypted with “two”.\n',
            stderr: '',
          });
          expect((await run('keys', environment, 'check')).stdout).toMatch(/^two +60 tokens/);
          expect((await run('audit', environment)).stdout.trimEnd().split('\n')).toHaveLength(60);
          await bridge?.end();
          expect(await readableWith(two)).toBe(60);
        });

        it.runIf(name === 'sqlite')('wants it to have the same first key', LONG, async () => {
          await connect(1, one);
          await start(one);
          const environment = { STORE_URL, ENCRYPTION_KEYS: asSetting(two, one) };
          const refused = await run('keys', environment, 'rotate');
          expect(refused).toMatchObject({ code: 1, stdout: '' });
          expect(refused.stderr).toBe(
            'The running bridge has other keys than ENCRYPTION_KEYS has here (“one”). Restart it with the same ones. Then run this again.\n',
          );
          expect((await run('keys', environment, 'check')).stdout).toContain(
            'has other keys than ENCRYPTION_KEYS',
          );
        });

        it('does not start without a key that a token needs, and says which', LONG, async () => {
          await connect(1, one);
          const environment = { ...scene.environment, PORT: '0', ENCRYPTION_KEYS: asSetting(two) };
          const { code, stdout, stderr } = await runProcess(process.execPath, ['src/main.ts'], environment);
          expect([code, stdout]).toEqual([1, '']);
          expect(stderr).toBe(
            'ENCRYPTION_KEYS lacks the key “one”: stored tokens are encrypted with it. Put it back, behind the first.\n',
          );
        });
      });
    });
  },
);

describe('npm run keys -- new', () => {
  it('prints a key that the settings take, another each time, and says how to use it', LONG, async () => {
    const printed = await Promise.all([run('keys', {}, 'new'), run('keys', {}, 'new')]);
    const keys = printed.map(({ stdout }) => parseEncryptionKeys(stdout.trimEnd()));
    expect(keys.map(({ problems }) => problems)).toEqual([[], []]);
    expect(keys[0]?.keys[0]?.bytes).toHaveLength(32);
    expect(keys[0]?.keys[0]?.bytes).not.toEqual(keys[1]?.keys[0]?.bytes);
    expect(printed[0]?.stderr).toContain('npm run keys -- rotate');
    expect(printed[0]?.code).toBe(0);
  });
});

describe('the commands for keys and the audit', () => {
  it.each([
    ['keys', [], 'Say what to do'],
    ['keys', ['undo'], '“undo” is not known here. Say what to do'],
    ['keys', ['check', 'all'], '“all” is not known here'],
    ['audit', ['all'], '“all” is not known here'],
    ['audit', ['--since', 'ever'], '--since is a time such as'],
  ] as const)('%s %j is not understood, and its usage is shown', async (command, args, words) => {
    const { code, stdout, stderr } = await run(command, { STORE_URL: 'sqlite:nowhere/bridge.db' }, ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).toContain(`npm run ${command} -- `);
    expect(stderr).not.toMatch(FORGOTTEN_STACK);
  });

  it('say what is wrong with a key, without the key', async () => {
    const environment = { STORE_URL: 'sqlite:nowhere/bridge.db', ENCRYPTION_KEYS: 'one:swordfish' };
    const { code, stderr } = await run('keys', environment, 'check');
    expect(code).toBe(1);
    expect(stderr).toContain('ENCRYPTION_KEYS holds a key “one” that is not base64.');
    expect(stderr).not.toMatch(/swordfish|\n\s+at /);
  });
});
