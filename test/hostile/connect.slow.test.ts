import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createConnections } from '../../src/workspaces/connections.ts';
import { silent } from '../store/drivers.ts';
import { publicAddress } from '../support/bridge.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';
import { expectUnharmed, SEED, startTarget } from './bridge.ts';
import { each, encode, sendRaw } from './raw-request.ts';

const REQUESTS = 1_000;
const PAGE = '/connect/trello';
const TOKEN = 'ATTA'.padEnd(76, '0123456789abcdef');

let target: Awaited<ReturnType<typeof startTarget>>;
let folder: string;
/** Of a connection that somebody is making meanwhile. */
let state: string;

const openOwn = () =>
  openStore({ url: `sqlite:${join(folder, 'bridge.db')}`, log: silent, retentionDays: 30 });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'connect-'));
  const store = await openOwn();
  const { begin } = createConnections({ records: store.records });
  state = await begin({ team: 'T1', user: 'U1', purpose: 'workspace' });
  await store.close();
  target = await startTarget({
    ...(await publicAddress()),
    STORE_URL: `sqlite:${join(folder, 'bridge.db')}`,
    ENCRYPTION_KEYS: asSetting(aKey('one')),
    TRELLO_POLL_SECONDS: '0',
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cookie = (value: string) => ['Cookie', `trello-connect=${value}`] as const;
const sent = (value: unknown) => JSON.stringify(value);

describe(`${REQUESTS} hostile requests to the page that connects Trello (HOSTILE_SEED=${SEED})`, () => {
  it('have no effect: no fault of the program, no account, and one who came before can still finish', async () => {
    const { bridge, trello } = target;
    const address = `${bridge.url}${PAGE}`;
    const opened = await fetch(`${address}?state=${state}`);
    const own = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    trello.grant(TOKEN, trello.person('Sally Okafor').member);

    const text = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.constantFrom(
        ...['', 'null', '[]', '{', '"x"', sent('x'.repeat(5_000))],
        sent({ state, token: TOKEN }),
        sent({ state: `${state}x`, token: TOKEN }),
        sent({ state: state.toLowerCase(), token: TOKEN }),
        sent({ state: state.replace('T1', 'T2'), token: TOKEN }),
        sent({ state: [state], token: { toString: 1 } }),
        sent({ state, token: 'a\r\nX-Injected: 1' }),
        `{"__proto__":{"polluted":true},"state":"${state}","token":"${TOKEN}"}`,
      ),
    );
    const path = fc.oneof(
      fc.constantFrom(
        ...[PAGE, PAGE, PAGE, `${PAGE}/`, `${PAGE}?state=`, `${PAGE}?state=${state}`],
        ...[`${PAGE}?state=a&state=${state}`, `${PAGE}?state[]=${state}`, `${PAGE}?__proto__=1`],
        ...[`${PAGE}?state=%00`, `${PAGE}?state=%zz`, `${PAGE}?state="><script>alert(1)</script>`],
        ...[
          '/connect/connect.js?x',
          '/connect/../package.json',
          '/connect/%2e%2e%2fpage.ts',
          '/connect/page.ts',
        ],
      ),
      fc.string({ maxLength: 60 }).map((value) => `${PAGE}?state=T1.${encodeURIComponent(value)}`),
    );
    const more = fc.constantFrom(
      [],
      [cookie('a'.repeat(43))],
      [cookie(''), cookie('__proto__')],
      [['Cookie', `${'x;'.repeat(2_000)}`] as const],
      [['Origin', 'https://evil.example'] as const],
    );
    const type = fc.constantFrom(
      [['Content-Type', 'application/json'] as const],
      [['Content-Type', 'application/json'] as const],
      [['Content-Type', 'text/plain'] as const],
      [['Content-Type', 'application/x-www-form-urlencoded'] as const],
      [],
    );
    const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'GET', 'HEAD', 'PUT', 'OPTIONS');
    const framing = fc.constantFrom('length' as const, 'chunks' as const);
    const request = fc.record({ text, path, more, type, method, framing });
    const statuses = new Map<number, number>();
    const mistaken: unknown[] = [];
    const asked = trello.requests.byRoute.get('GET /members/me') ?? 0;
    await each(fc.sample(request, { numRuns: REQUESTS, seed: SEED }), async (hostile) => {
      const { text, path, more, type, method, framing } = hostile;
      const headers = [...more, ...type];
      const answer = await sendRaw(
        bridge.url,
        encode({ method, target: path, headers, body: Buffer.from(text), framing }),
      );
      const status = answer?.status ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // A page or one of its files may be shown; nothing that was sent is taken.
      if (status >= 500 || (status < 400 && method === 'POST')) mistaken.push({ status, ...hostile });
    });
    process.stdout.write(`seed ${SEED}, answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect(mistaken).toEqual([]);
    expect(trello.requests.byRoute.get('GET /members/me') ?? 0).toBe(asked);
    const finished = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: own },
      body: sent({ state, token: TOKEN }),
    });
    expect(await finished.json()).toEqual({ sentence: 'Connected as Sally Okafor. Go back to Slack.' });
    await expectUnharmed(target);
    expect(bridge.lines.join('')).not.toContain(TOKEN);

    await target.stop();
    const store = await openOwn();
    const entries = await createAudit(store.audit).after('', 2_000);
    const accounts = await store.records.list('T1', 'account');
    await store.close();
    expect(accounts).toHaveLength(1);
    expect(entries.filter(({ act }) => act === 'connected')).toHaveLength(1);
    const refused = entries.filter(({ act }) => act === 'refused');
    expect(refused.length).toBeGreaterThan(30);
    expect(JSON.stringify(refused)).not.toMatch(/script|ATTA|evil/);
  }, 120_000);
});
