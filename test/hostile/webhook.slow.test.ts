import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_SECRET } from '../../sandbox/trello/local-trello.ts';
import { publicAddress } from '../support/bridge.ts';
import { expectUnharmed, SEED, startTarget } from './bridge.ts';
import { each, encode, sendRaw } from './raw-request.ts';

const REQUESTS = 1_000;

let target: Awaited<ReturnType<typeof startTarget>>;
let board: string;

beforeAll(async () => {
  target = await startTarget({ ...(await publicAddress()), TRELLO_POLL_SECONDS: '0' });
  board = [...target.trello.state.boards.keys()][0] ?? '';
});

afterAll(() => target.stop());

const pathOf = (id: string) => `/trello/webhook/${id}`;

function sign(body: string, path = pathOf(board), secret = LOCAL_SECRET): string {
  return createHmac('sha1', secret).update(body).update(`${target.bridge.url}${path}`).digest('base64');
}

const action = (type: string, id = 'a'.repeat(24)) =>
  JSON.stringify({
    action: {
      id,
      type,
      date: '2026-11-24T10:00:00.000Z',
      memberCreator: { id: 'm', fullName: '<!channel>' },
      data: { action: { id: 'b'.repeat(24) }, card: { id: 'c'.repeat(24) }, board: { id: 'd'.repeat(24) } },
    },
  });

describe(`${REQUESTS} hostile requests to the address of a webhook (HOSTILE_SEED=${SEED})`, () => {
  it('have no effect: no fault of the program, no line in Slack, no request to Trello', async () => {
    const { bridge, trello } = target;
    await expect.poll(() => trello.webhooks.all.size).toBe(1);
    const text = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.constantFrom(
        '',
        'null',
        '[]',
        '{',
        action('updateComment'),
        action('deleteComment'),
        `"${'x'.repeat(600_000)}"`,
      ),
    );
    const path = fc.constantFrom(
      pathOf(board),
      pathOf(board.toUpperCase()),
      pathOf('0'.repeat(24)),
      pathOf('..%2f..%2ftasks'),
      pathOf('%zz'),
      pathOf('__proto__'),
      `${pathOf(board)}/`,
      `${pathOf(board)}?x=1`,
      pathOf(''),
    );
    const signature = fc.oneof(
      fc.constant([]),
      fc.base64String({ maxLength: 40 }).map((value) => [['X-Trello-Webhook', value] as const]),
      fc.constant([0, 1].map(() => ['X-Trello-Webhook', sign('{}')] as const)),
      fc.constant([['X-Trello-Webhook', sign(action('updateComment'), pathOf(board), 'another')] as const]),
    );
    const more = fc.constantFrom(
      [],
      [['Content-Type', 'application/json'] as const],
      [['Content-Type', 'text/plain; charset=nonsense'] as const],
      [['Content-Type', ';;;'] as const],
      [['Content-Encoding', 'gzip'] as const],
      [['Expect', '200-maybe'] as const],
    );
    const method = fc.constantFrom('POST', 'POST', 'POST', 'PUT', 'GET', 'DELETE');
    const framing = fc.constantFrom('length' as const, 'chunks' as const);
    const request = fc.record({ text, path, signature, more, method, framing });
    const requests = fc.sample(request, { numRuns: REQUESTS, seed: SEED });
    // What the program asks at its start comes first.
    await delay(2_000);
    const asked = trello.requests.total;
    const { workspace, messages } = bridge.slack;
    const said = () => [...workspace.channels.keys()].flatMap((id) => messages.inChannel(id)).length;
    const saidBefore = said();
    const statuses = new Map<number, number>();
    await each(requests, async ({ text, path, signature, more, method, framing }) => {
      const headers = [...signature, ...more];
      const hostile = { method, target: path, headers, body: Buffer.from(text), framing };
      const answer = await sendRaw(bridge.url, encode(hostile));
      statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1);
    });
    process.stdout.write(`seed ${SEED}, answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect([...statuses.keys()].filter((status) => status >= 500 || status === 200)).toEqual([]);
    await delay(2_000);
    expect(trello.requests.total).toBe(asked);
    expect(said()).toBe(saidBefore);
    await expectUnharmed(target);
  }, 120_000);
});
