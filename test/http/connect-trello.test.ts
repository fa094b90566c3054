import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { AppError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createTrelloConnect } from '../../src/trello/connect.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createConnections } from '../../src/workspaces/connections.ts';
import { createNoteRefusal } from '../../src/workspaces/refusals.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { silent } from '../store/drivers.ts';
import { aKey } from '../workspaces/a-key.ts';
import { closedPort, startBridge } from './bridge.ts';

const KEY = 'local-trello-key';
/** Of the older form, by which no log would know it. */
const TOKEN = 'c0ffee'.repeat(10);
const unavailable = () =>
  new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Can’t save this right now.' });
const AGAIN = 'Go back to Slack and press the button again.';
const forWorkspace = { team: 'T1', user: 'U1', purpose: 'workspace' } as const;
const forPerson = { team: 'T1', user: 'U2', purpose: 'person' } as const;

let folder: string;
let store: Store;
let trello: RunningTrello;
let lines: string[];
/** The connections that were told of. */
let told: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'connect-'));
  store = await openStore({ url: `sqlite:${join(folder, 'bridge.db')}`, log: silent, retentionDays: 30 });
  trello = await startLocalTrello();
  seedMissionBoard(trello.state);
  lines = [];
  told = [];
});

afterEach(async () => {
  vi.useRealTimers();
  await store.close();
  await trello.close();
  rmSync(folder, { recursive: true });
});

const workspaces = () =>
  createWorkspaces({
    records: store.records,
    vault: createVault([aKey('one')]),
    audit: createAudit(store.audit),
  });

/** The server at a public address of its own, with the connect page over the real store. */
async function start({ publicUrl = '', apiUrl = trello.url } = {}) {
  const port = await closedPort();
  const connect = createTrelloConnect({
    ...workspaces(),
    connections: createConnections({ records: store.records }),
    noteRefusal: createNoteRefusal({ audit: createAudit(store.audit), limiter: store.limiter, log: silent }),
    connected: async (connection) => void told.push(connection),
    trello: { apiUrl, key: KEY },
    publicUrl: publicUrl || `http://127.0.0.1:${port}`,
  });
  const log = createLog({
    level: 'trace',
    secrets: [],
    destination: { write: (line) => void lines.push(line) },
  });
  const { url } = await startBridge({ port, trelloConnect: connect, log });
  const page = `${url}/connect/trello`;
  const stateOf = async (wanted: Parameters<typeof connect.begin>[0]) =>
    new URL(await connect.begin(wanted)).searchParams.get('state') ?? '';
  const open = (state: string, cookie = '') =>
    fetch(`${page}?state=${encodeURIComponent(state)}`, { headers: { cookie } });
  return {
    ...{ page, connect, stateOf, open },
    /** Opens a new connection in a browser; resolves with its state and the browser's cookie. */
    async opened(wanted: Parameters<typeof connect.begin>[0]) {
      const state = await stateOf(wanted);
      return { state, cookie: cookieOf(await open(state)) };
    },
    async send(sent: unknown, cookie = '') {
      const response = await fetch(page, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json' },
        body: JSON.stringify(sent),
      });
      const body = (await response.json()) as { sentence?: string; detail?: string };
      return { status: response.status, sentence: body.sentence ?? body.detail };
    },
  };
}

const cookieOf = ({ headers }: Response) => headers.get('set-cookie')?.split(';')[0] ?? '';
const sentenceOf = async (page: Response) => /<p role="status">(.*)<\/p>/.exec(await page.text())?.[1];
const acts = async () =>
  (await createAudit(store.audit).after('', 1_000)).map(
    ({ team, who, act, what }) => `${team} ${who} ${act} ${what}`,
  );

describe('the page from which a browser goes to Trello', () => {
  it('leads to Trello’s page, and back to the address that was set', async () => {
    const { opened, open, stateOf, connect } = await start();
    const text = await (await open(await stateOf(forWorkspace))).text();
    const authorize = /data-authorize="([^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const { origin, pathname, searchParams } = new URL(authorize);
    expect(`${origin}${pathname}`).toBe(`${trello.url}/authorize`);
    expect(Object.fromEntries(searchParams)).toEqual({
      key: KEY,
      name: 'Task bridge',
      scope: 'read,write',
      expiration: 'never',
      response_type: 'token',
      callback_method: 'fragment',
      return_url: `${connect.publicUrl}/connect/trello`,
    });
    expect((await opened(forWorkspace)).cookie).toMatch(/^trello-connect=[\w-]{43}$/);
  });

  it('tells Trello’s page which workspace it is for', async () => {
    const facts = { workspace: 'T1', name: 'A & "B"', isEnterpriseInstall: false, appId: 'A1' };
    const bot = { botId: 'B1', botUserId: 'U9', scopes: [], installer: 'U1' };
    await workspaces().installations.add({ ...facts, ...bot }, 'xoxb-1');
    const { open, stateOf } = await start();
    expect(await (await open(await stateOf(forWorkspace))).text()).toContain(
      '&amp;name=Task+bridge+for+A+%26+%22B%22+in+Slack&amp;',
    );
  });

  it('asks Trello itself on trello.com', async () => {
    const { open, stateOf } = await start({ apiUrl: 'https://api.trello.com/1' });
    expect(await (await open(await stateOf(forWorkspace))).text()).toContain(
      'data-authorize="https://trello.com/1/authorize?key=',
    );
  });

  it('runs no code but its own file, is in no frame, in no cache, and tells no address', async () => {
    const { page, open, stateOf } = await start();
    const answers = [await open(await stateOf(forWorkspace)), await open('x'), await fetch(page)];
    for (const { headers } of answers) {
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
      );
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const files = await Promise.all(
      ['js', 'css'].map((type) => fetch(page.replace(/trello$/, `connect.${type}`))),
    );
    expect(files.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
      [200, 'text/javascript; charset=utf-8'],
      [200, 'text/css; charset=utf-8'],
    ]);
  });

  it.each([
    ['http://127.0.0.1', 'trello-connect', '; Path=/connect/trello; Max-Age=600; HttpOnly; SameSite=Lax'],
    ['http://127.0.0.1/b', 'trello-connect', '; Path=/b/connect/trello; Max-Age=600; HttpOnly; SameSite=Lax'],
    [
      'https://b.example.com',
      '__Host-trello-connect',
      '; Path=/; Secure; Max-Age=600; HttpOnly; SameSite=Lax',
    ],
  ])('binds a browser by a cookie that fits %s', async (publicUrl, name, attributes) => {
    const { open, stateOf } = await start({ publicUrl });
    const [cookie = '', ...rest] = (await open(await stateOf(forPerson))).headers
      .get('set-cookie')
      ?.split(/(?=;)/) ?? [''];
    expect(cookie).toMatch(new RegExp(`^${name}=[\\w-]{43}$`));
    expect(rest.join('')).toBe(attributes);
  });

  it('is open to one browser, which may open it again and others besides', async () => {
    const { stateOf, open } = await start();
    const [one, two] = [await stateOf(forWorkspace), await stateOf(forPerson)];
    const cookie = cookieOf(await open(one));
    expect([cookieOf(await open(one, cookie)), cookieOf(await open(two, `a=b; ${cookie}`))]).toEqual([
      cookie,
      cookie,
    ]);
    const other = await open(one);
    expect([other.status, cookieOf(other)]).toEqual([403, '']);
  });

  it.each([
    ['the store is away', unavailable(), 503, 'Can’t save this right now.', '"level":"warn"'],
    [
      'something is wrong',
      new TypeError('x is undefined'),
      500,
      'This app had a problem.',
      '"level":"error"',
    ],
  ])('says in a sentence that %s, and opens later', async (_, error, status, words, level) => {
    const { stateOf, open } = await start();
    const state = await stateOf(forWorkspace);
    const get = vi.spyOn(store.records, 'get').mockRejectedValue(error);
    const answer = await open(state);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await sentenceOf(answer)).toBe(`${words} Load this page again in a minute.`);
    expect(lines.find((line) => line.includes('connect page'))).toContain(level);
    get.mockRestore();
    expect((await open(state)).status).toBe(200);
  });

  it('is not used up by a program that only looks at the link', async () => {
    const { page, stateOf, open } = await start();
    const state = await stateOf(forWorkspace);
    expect((await fetch(`${page}?state=${state}`, { method: 'HEAD' })).status).toBe(404);
    expect((await open(state)).status).toBe(200);
  });

  it.each(['"><script>alert(1)</script>', '<img src=x onerror=alert(1)>', 'T1.%00', '__proto__'])(
    'repeats nothing of the state %s',
    async (state) => {
      const { open } = await start();
      const answer = await open(state);
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toMatch(/alert|script|onerror|__proto__/);
    },
  );
});

describe('a token that a browser brings', () => {
  beforeEach(() => trello.grant(TOKEN, trello.person('Sally Okafor').member));

  it('connects an account for the workspace, once', async () => {
    const { opened, send } = await start();
    const { state, cookie } = await opened(forWorkspace);
    const sent = await Promise.all([1, 2, 3].map(() => send({ state, token: TOKEN }, cookie)));
    const [first, ...others] = sent.toSorted((one, other) => one.status - other.status);
    expect(first).toEqual({ status: 200, sentence: 'Connected as Sally Okafor. Go back to Slack.' });
    expect(others.map(({ status }) => status)).toEqual([403, 403]);
    const [account, ...more] = await workspaces().accounts.list('T1');
    expect(more).toEqual([]);
    expect(account).toMatchObject({ username: 'sallyokafor', fullName: 'Sally Okafor', by: 'U1' });
    expect(await account?.token?.()).toBe(TOKEN);
    expect((await acts()).filter((act) => act.includes(' connected '))).toEqual([
      'T1 U1 connected Trello account sallyokafor',
    ]);
    expect(told).toEqual([forWorkspace]);
  });

  it('connects the account of a person', async () => {
    const { opened, send } = await start();
    const { state, cookie } = await opened(forPerson);
    expect(await send({ state, token: TOKEN }, cookie)).toMatchObject({ status: 200 });
    const { people, accounts } = workspaces();
    expect(await accounts.list('T1')).toEqual([]);
    const account = await people.account({ team: 'T1', user: 'U2' });
    expect([account?.username, await account?.token()]).toEqual(['sallyokafor', TOKEN]);
    expect(await acts()).toEqual([expect.stringMatching(/^T1 U2 connected .*sallyokafor/)]);
    expect(told).toEqual([forPerson]);
  });

  it('names the account by its username where it has no full name', async () => {
    trello.person('Sally Okafor').member.fullName = '';
    const { opened, send } = await start();
    const { state, cookie } = await opened(forPerson);
    expect(await send({ state, token: TOKEN }, cookie)).toMatchObject({
      sentence: 'Connected as sallyokafor. Go back to Slack.',
    });
  });

  it('that Trello does not accept is refused', async () => {
    trello.grant('write-only-token', trello.person('Sally Okafor').member, { scopes: ['write'] });
    const { opened, send } = await start();
    for (const token of ['a-token-of-nobody', 'write-only-token', 'two\r\nlines-of-it', '']) {
      const { state, cookie } = await opened(forPerson);
      expect(await send({ state, token }, cookie)).toEqual({
        status: 403,
        sentence: `Trello didn’t accept this sign-in, so nothing was connected. ${AGAIN}`,
      });
    }
    expect(await workspaces().people.account({ team: 'T1', user: 'U2' })).toBeUndefined();
    expect(await acts()).toEqual(
      Array(4).fill('T1 U2 refused to connect a Trello account: Trello did not accept the token'),
    );
  });

  it('stays out of every line of the log, when Trello is away too', async () => {
    const apiUrl = `http://127.0.0.1:${await closedPort()}/1`;
    for (const { opened, send } of [await start(), await start({ apiUrl })]) {
      const { state, cookie } = await opened(forWorkspace);
      await send({ state, token: TOKEN }, cookie);
      const again = await opened(forWorkspace);
      expect((await send({ state: again.state, token: TOKEN }, again.cookie)).sentence).toMatch(
        /^Connected|^Trello isn’t answering, so nothing was connected\. Wait a minute\. Go back to Slack/,
      );
    }
    expect(lines.filter((line) => line.includes('"POST"') && line.includes('"status":503'))).toHaveLength(2);
    expect(lines.join('')).toContain('ECONNREFUSED');
    expect(lines.join('')).not.toContain(TOKEN);
  });
});

describe('a state that is refused', () => {
  const audited = (why: string, who = 'T1 U1') => `${who} refused to connect a Trello account: ${why}`;
  const cases: [string, (parts: Awaited<ReturnType<typeof start>>) => Promise<unknown>, string, string][] = [
    [
      'missing',
      ({ send }) => send({ token: TOKEN }),
      `This page doesn’t know what to connect. ${AGAIN}`,
      audited('it came without a state', '- unknown'),
    ],
    [
      'forged',
      async ({ send, opened }) => {
        const { cookie } = await opened(forWorkspace);
        return await send({ state: `T1.${'a'.repeat(43)}`, token: TOKEN }, cookie);
      },
      `This link isn’t valid. ${AGAIN}`,
      audited('no such state was made', '- unknown'),
    ],
    [
      'used already',
      async ({ send, opened }) => {
        const { state, cookie } = await opened(forWorkspace);
        await send({ state, token: 'a-token-of-nobody' }, cookie);
        return await send({ state, token: TOKEN }, cookie);
      },
      'This link was used already. To connect again, go back to Slack and press the button again.',
      audited('it was used already'),
    ],
    [
      'too old',
      async ({ send, opened }) => {
        const { state, cookie } = await opened(forWorkspace);
        vi.useFakeTimers({ toFake: ['Date'] });
        vi.setSystemTime(Date.now() + 600_000);
        return await send({ state, token: TOKEN }, cookie);
      },
      `This link was valid for ten minutes, and they are over. ${AGAIN}`,
      audited('its time was over'),
    ],
    [
      'of another browser',
      async ({ send, opened }) => {
        const { state } = await opened(forWorkspace);
        const { cookie } = await opened(forPerson);
        return await send({ state, token: TOKEN }, cookie);
      },
      'This link was opened in another browser. Go on there, or go back to Slack and press the button again.',
      audited('it came from another browser'),
    ],
    [
      'of a browser without the cookie',
      async ({ send, opened }) => await send({ state: (await opened(forWorkspace)).state, token: TOKEN }),
      'This link was opened in another browser. Go on there, or go back to Slack and press the button again.',
      audited('it came from another browser'),
    ],
  ];
  it.each(cases)('because it is %s is told in words, and recorded', async (_, act, sentence, entry) => {
    trello.grant(TOKEN, trello.person('Sally Okafor').member);
    expect(await act(await start())).toEqual({ status: 403, sentence });
    expect((await acts()).at(-1)).toBe(entry);
    expect(await workspaces().accounts.list('T1')).toEqual([]);
  });

  it('is told on the page too', async () => {
    const { open, opened } = await start();
    expect(await sentenceOf(await open(''))).toBe(`This page doesn’t know what to connect. ${AGAIN}`);
    expect(await sentenceOf(await open('x'))).toBe(`This link isn’t valid. ${AGAIN}`);
    const { state } = await opened(forWorkspace);
    expect(await sentenceOf(await open(state))).toMatch(/^This link was opened in another browser\./);
    expect(await acts()).toHaveLength(3);
  });

  it('cannot fill the audit: 30 a minute of a workspace are recorded, and 30 of none', async () => {
    const { open, opened } = await start();
    const { state } = await opened(forWorkspace);
    for (let time = 0; time < 40; time += 1) await Promise.all([open('x'), open(state)]);
    const entries = await acts();
    expect(entries.filter((entry) => entry.startsWith('- unknown'))).toHaveLength(30);
    expect(entries.filter((entry) => entry.startsWith('T1 U1'))).toHaveLength(30);
  });
});
