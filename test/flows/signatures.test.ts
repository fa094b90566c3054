import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { mockTrello } from '../support/nock-trello.ts';

let trello: ReturnType<typeof mockTrello>;
let bridge: Bridge;

beforeAll(async () => {
  trello = mockTrello();
  bridge = await startBridge(trello, { connection: 'http' });
});

afterAll(async () => {
  await bridge.stop();
  trello.stop();
});

const now = () => Math.floor(Date.now() / 1000);

/** A command as Slack would send it, signed for `time` (seconds since 1970) with `secret`. */
async function send({
  time = String(now()),
  secret = '',
  body = 'command=%2Fspacex-task&text=help',
  sign = true,
  path = '/slack/events',
} = {}) {
  const key = secret || bridge.slack.workspace.app.signingSecret;
  const signature = `v0=${createHmac('sha256', key).update(`v0:${time}:${body}`).digest('hex')}`;
  const response = await fetch(`${bridge.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(sign && { 'x-slack-request-timestamp': time, 'x-slack-signature': signature }),
    },
    body,
  });
  return response;
}

const statusOf = async (request: Promise<Response>) => (await request).status;

describe("Slack's endpoint", () => {
  it('answers a signed request of now', async () => {
    const response = await send();
    expect(response.status).toBe(200);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    ['of another secret', () => send({ secret: 'another-signing-secret' })],
    ['from the past', () => send({ time: String(now() - 301) })],
    // Rounded down by up to a second, and a second more until it is checked.
    ['from the future', () => send({ time: String(now() + 302) })],
    ['without a time', () => send({ time: '' })],
    ['with a time that is no number', () => send({ time: 'now' })],
    ['without a signature', () => send({ sign: false })],
  ])('refuses a request %s', async (_, attempt) => {
    expect(await statusOf(attempt())).toBe(401);
  });

  it('is the same endpoint however its path is spelled', async () => {
    expect(await statusOf(send({ path: '/slack/%65vents?x=1' }))).toBe(200);
  });

  it('takes no body unsigned, not even a check of its certificate', async () => {
    const body = 'ssl_check=1';
    expect(await statusOf(send({ body }))).toBe(200);
    expect(await statusOf(send({ body, secret: 'another-signing-secret' }))).toBe(401);
  });

  it.each(['payload=null', 'payload=%7B'])('refuses the signed body %s, and lives on', async (body) => {
    expect(await statusOf(send({ body }))).toBe(400);
    expect(await statusOf(send())).toBe(200);
  });

  it('reads no more of a body than a request of Slack may have', async () => {
    expect(await statusOf(send({ body: `payload=${'x'.repeat(300_000)}` }))).toBe(413);
  });
});
