import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminSocketPath, connectAdminSocket } from '../../src/cli/admin-socket.ts';
import { beginInstallation, startInstallable } from '../support/installing.ts';
import { expectUnharmed, SEED } from './bridge.ts';
import { each, encode, sendRaw } from './raw-request.ts';

const REQUESTS = 1_000;

let target: Awaited<ReturnType<typeof startInstallable>>;
beforeAll(async () => {
  target = await startInstallable({ own: true });
});
afterAll(() => target.stop());

describe(`${REQUESTS} hostile requests to install the app (HOSTILE_SEED=${SEED})`, () => {
  it('install nothing, are no fault of the program, and fill neither audit nor log with secrets', async () => {
    const { bridge } = target;
    const { cookie } = await beginInstallation(bridge.url);
    const state = cookie.replace(/^[^=]*=/, '');
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }).map((text) => encodeURIComponent(text.toWellFormed())),
      fc.constantFrom('', state, `${state}x`, 'a'.repeat(8_000), '%zz', '%00', '<script>', '__proto__', '[]'),
    );
    const name = fc.constantFrom('code', 'state', 'error', 'state[]', 'code', 'state', '__proto__', '');
    const query = fc
      .array(fc.tuple(name, value), { maxLength: 4 })
      .map((pairs) => pairs.map(([key, text]) => `${key}=${text}`).join('&'));
    const path = fc.constantFrom(
      '/slack/install',
      ...Array<string>(8).fill('/slack/oauth_redirect'),
      '/slack/oauth_redirect/',
      '/slack/%6fauth_redirect',
      '/slack/oauth_redirect/../install',
      '//slack/oauth_redirect',
      'http://evil.example.com/slack/oauth_redirect',
    );
    const cookies = fc.oneof(
      fc.constantFrom(
        '',
        cookie,
        `${cookie}; ${cookie}`,
        'slack-app-oauth-state',
        '=;=;',
        `x=${'y'.repeat(4_000)}`,
      ),
      fc.string({ maxLength: 100 }).map((text) => `slack-app-oauth-state=${text.replace(/[^!-~]/g, '')}`),
    );
    const method = fc.constantFrom(...Array<string>(9).fill('GET'), 'HEAD', 'POST', 'PUT');
    const request = fc.record({ path, query, cookies, method });
    const requests = fc.sample(request, { numRuns: REQUESTS, seed: SEED });
    const statuses = new Map<number, number>();
    await each(requests, async ({ path, query, cookies, method }) => {
      const hostile = {
        method,
        target: query === '' ? path : `${path}?${query}`,
        headers: cookies === '' ? [] : [['Cookie', cookies] as const],
        body: Buffer.alloc(0),
        framing: 'length' as const,
      };
      const answer = await sendRaw(bridge.url, encode(hostile));
      statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1);
    });
    process.stdout.write(`seed ${SEED}, answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect([...statuses.keys()].filter((status) => status >= 500 || status === 200)).toEqual([]);
    expect(bridge.slack.workspaces.some((side) => side.isInstalled())).toBe(false);
    const admin = await connectAdminSocket(adminSocketPath(bridge.config.storeUrl) ?? '');
    const entries = (await admin?.readAudit({ after: '', limit: REQUESTS })) ?? [];
    await admin?.close();
    const refused = entries.filter(({ act }) => act === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(100);
    await expectUnharmed(target);
  }, 120_000);
});
