import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openForm } from '../support/bridge.ts';
import { expectUnharmed, SEED, startTarget } from './bridge.ts';
import { each, encode, sendRaw } from './raw-request.ts';
import { type SlackRequest, slackRequests } from './slack-requests.ts';

const REQUESTS = 10_000;

let target: Awaited<ReturnType<typeof startTarget>>;

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => target.stop());

function sign(secret: string, time: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`;
}

/** The headers that say who sent it. */
function seal({ body, signature }: SlackRequest): [string, string][] {
  const secret = target.bridge.slack.workspace.app.signingSecret;
  const now = Math.floor(Date.now() / 1000);
  const headers = (time: number | string, value: string): [string, string][] => [
    ['X-Slack-Request-Timestamp', String(time)],
    ['X-Slack-Signature', value],
  ];
  switch (signature) {
    case 'good':
      return headers(now, sign(secret, now, body));
    case 'of another secret':
      return headers(now, sign('another-secret', now, body));
    case 'of another time':
      return headers(now - 3_600, sign(secret, now - 3_600, body));
    case 'garbage':
      return headers('NaN', 'v0');
    case 'none':
      return [];
  }
}

/** The status of the answer; 0 when there was none. */
async function send(request: SlackRequest): Promise<number> {
  const bytes = encode({
    method: 'POST',
    target: '/slack/events',
    headers: [
      ...seal(request),
      ...(request.type === undefined ? [] : [['Content-Type', request.type] as const]),
    ],
    body: Buffer.from(request.body),
    framing: 'length',
  });
  return (await sendRaw(target.bridge.url, bytes))?.status ?? 0;
}

describe('a request that Slack has signed', () => {
  const sendPayload = (payload: unknown) =>
    send({
      body: `payload=${encodeURIComponent(JSON.stringify(payload))}`,
      type: 'application/x-www-form-urlencoded',
      signature: 'good',
    });

  const user = { id: 'U0HOSTILE', team_id: 'T0SPACEX1' };
  const elsewhere = { ...user, team_id: 'T0HOSTILE' };
  it.each([
    ['about a form of somebody else', { type: 'view_submission', user, view: { callback_id: 'other' } }, 404],
    ['without what its handler needs', { type: 'view_submission', user, view: { callback_id: 'task' } }, 404],
    [
      'of a workspace without the app',
      { type: 'view_submission', user: elsewhere, view: { callback_id: 'task' } },
      200,
    ],
    ['of a sort that is not known yet', { type: 'telepathy', user }, 404],
    ['that is a list', [], 404],
    ['without the person', { type: 'view_submission', view: { callback_id: 'task' } }, 400],
    ['with nothing in it', null, 400],
  ])('%s is answered although nothing can be done with it', async (_, payload, status) => {
    expect(await sendPayload(payload)).toBe(status);
  });
});

describe(`${REQUESTS} requests at Slack's endpoint that Slack would not send (HOSTILE_SEED=${SEED})`, () => {
  it('are all answered, with no fault of the bridge, and only signed ones are taken', async () => {
    const { bridge } = target;
    const requests = fc.sample(slackRequests, { numRuns: REQUESTS, seed: SEED });
    const complaints: string[] = [];
    const statuses = new Map<number, number>();
    await each(requests, async (request) => {
      const status = await send(request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const expected = request.signature === 'good' ? status >= 200 && status < 500 : status === 401;
      if (!expected) complaints.push(`${status}: ${JSON.stringify(request).slice(0, 2_000)}`);
    });
    process.stdout.write(`seed ${SEED}, answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect(complaints).toEqual([]);

    await expectUnharmed(target);
    const view = await openForm(bridge.slack, 'bug The cockpit leaks');
    await bridge.slack.viewSubmit({
      user: 'Ana',
      viewId: view.id,
      values: { description: 'The cockpit leaks' },
    });
    expect(bridge.slack.openViews('Ana')).toEqual([]);
  }, 120_000);
});
