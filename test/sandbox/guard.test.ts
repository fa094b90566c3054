import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../../sandbox/sandbox.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox({ sides: 'both', host: '127.0.0.1', port: 0 }, { LOG_LEVEL: 'silent' });
});
afterAll(() => sandbox.stop());

/** With any headers, including those that fetch does not send. */
function ask(path: string, headers: Record<string, string>, { method = 'GET', body = '' } = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>(
    (resolve, reject) => {
      const asked = request(new URL(path, sandbox.url), { method, headers }, (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      });
      asked.on('error', reject);
      asked.end(body);
    },
  );
}

const json = { 'content-type': 'application/json' };
const say = (channel: string, text: string) => JSON.stringify({ user: 'Ana', channel, text });

function said(): string[] {
  const slack = sandbox.slack;
  return slack?.messages.inChannel(slack.workspace.channel('#rockets').id).map(({ text }) => text) ?? [];
}

describe('the sandbox', () => {
  it('accepts requests of its own page and of programs', async () => {
    const own = { ...json, origin: sandbox.url.replace(/\/$/, ''), 'sec-fetch-site': 'same-origin' };
    const body = say('#rockets', 'from the page');
    expect((await ask('/sandbox/slack/say', own, { method: 'POST', body })).status).toBe(200);
    expect(said()).toContain('from the page');
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another host name with its port', { origin: 'http://evil.example:3000' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['another site without an origin', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
  ])('refuses requests of %s', async (_, headers) => {
    const body = say('#rockets', 'from elsewhere');
    for (const path of [
      '/sandbox/slack/say',
      '/sandbox/trello/faults',
      '/api/chat.postMessage',
      '/1/cards',
      '/tasks',
    ]) {
      const { status } = await ask(path, { ...json, ...headers }, { method: 'POST', body });
      expect([path, status]).toEqual([path, 403]);
    }
    expect(said()).not.toContain('from elsewhere');
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example'])(
    'refuses the host name “%s”',
    async (host) => {
      for (const path of ['/', '/events', '/health/live', '/1/boards/x']) {
        expect([path, (await ask(path, { host })).status]).toEqual([path, 403]);
      }
    },
  );

  it.each(['localhost:3000', '127.0.0.1', '[::1]:8080', '192.168.1.20:3000'])(
    'accepts the host name “%s”',
    async (host) => {
      expect((await ask('/', { host })).status).toBe(200);
    },
  );

  it('refuses a form of another page as JSON', async () => {
    const headers = { 'content-type': 'text/plain' };
    const body = say('#rockets', 'as a form');
    expect((await ask('/sandbox/slack/say', headers, { method: 'POST', body })).status).toBe(400);
    expect(said()).not.toContain('as a form');
  });

  it.each([
    ['/sandbox/slack/say', '{"user":"Ana"}', 400],
    ['/sandbox/slack/say', '{', 400],
    ['/sandbox/slack/say', '{"user":"Nobody","channel":"#rockets","text":"x"}', 409],
    ['/sandbox/trello/move', '{"member":"z","card":"x","list":"y","position":"top"}', 409],
    ['/sandbox/slack/nothing', '{}', 404],
  ])('says what is wrong with %s %s', async (path, body, status) => {
    const answer = await ask(path, json, { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text).error).toMatch(/\w/);
  });
});

describe('the page’s files', () => {
  it('have a policy against scripts and styles of other origins', async () => {
    for (const path of ['/', '/c/abc', '/js/main.js', '/css/base.css']) {
      const { status, headers } = await ask(path, {});
      expect([path, status]).toEqual([path, 200]);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  it('are the only files that are served', async () => {
    for (const path of ['/../main.ts', '/js/../../main.ts', '/%2e%2e/main.ts', '/package.json', '/main.ts']) {
      const { status, text } = await ask(path, {});
      expect([path, status]).toEqual([path, 404]);
      expect(text).not.toContain('import');
    }
  });
});
