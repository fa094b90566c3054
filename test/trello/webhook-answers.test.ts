import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import type { TrelloClient } from '../../src/trello/client.ts';
import { toAppError } from '../../src/trello/errors.ts';
import { createWebhooks, type Webhooks } from '../../src/trello/webhooks.ts';

/** What Trello answers to a method: a refusal, an error, or a value. */
let answers: Record<string, unknown>;
let asked: unknown[];
let taken: string[];
let webhooks: Webhooks;
const refused = (status: number, text = 'x', foreign = false) => ({ status, text, call: 'POST', foreign });
const HERE = { board: 'b', callbackURL: 'https://x/1' };
const hook = (more: object = {}) => ({
  id: 'w1',
  idModel: 'b',
  callbackURL: 'https://x/1',
  active: true,
  ...more,
});

beforeEach(() => {
  answers = { GET: [hook()] };
  asked = [];
  taken = [];
  const client: TrelloClient = {
    async request({ method, path, body, schema }) {
      asked.push([`${method} ${path}`, ...(body ? [body] : [])]);
      const answer = answers[method];
      if (answer instanceof Error) throw answer;
      if (answer && typeof answer === 'object' && 'status' in answer)
        return { ok: false, refusal: answer as ReturnType<typeof refused> };
      return { ok: true, value: schema.parse(answer) };
    },
    close: async () => {},
  };
  const quota = {
    take: async (priority: string) => void taken.push(priority),
    refused: async (refusal: Parameters<typeof toAppError>[0]) => toAppError(refusal),
    left: async () => undefined,
  };
  webhooks = createWebhooks({ client, quota, token: 'a/token', log: pino({ level: 'silent' }) });
});

it('a webhook is made for the board and the address, described as ours, behind everything else', async () => {
  answers = { GET: [], POST: hook() };
  await webhooks.keepWebhook(HERE);
  const description = 'News of this board for the bridge to Slack';
  expect(asked).toEqual([
    ['GET /tokens/a%2Ftoken/webhooks'],
    ['POST /webhooks', { idModel: 'b', callbackURL: 'https://x/1', description }],
  ]);
  expect(taken).toEqual(['background', 'background']);
});

it('one that is switched off is switched on', async () => {
  answers = { GET: [hook({ active: false })], PUT: hook() };
  expect(await webhooks.keepWebhook(HERE)).toMatchObject({ state: 'working' });
  expect(asked.at(-1)).toEqual(['PUT /webhooks/w1', { active: true }]);
});

it('one with another address that nobody has described is not ours to delete', async () => {
  answers = { GET: [hook(), hook({ id: 'theirs', callbackURL: 'https://x/2' })] };
  await webhooks.keepWebhook(HERE);
  expect(asked).toHaveLength(1);
});

it('a webhook that Trello keeps switched off is off, and the operator learns which address', async () => {
  answers = { GET: [hook({ active: false })], PUT: hook({ active: false }) };
  expect(await webhooks.keepWebhook(HERE)).toMatchObject({
    state: 'off',
    reason: 'Trello keeps the webhook of https://x/1 switched off.',
  });
});

it.each([
  ['2020-01-01T00:00:00.000Z', 1_577_836_800_000],
  [null, undefined],
  ['soon', undefined],
])('a webhook fails since the day that Trello names, else since it was seen: %s', async (day, since) => {
  answers = { GET: [hook({ consecutiveFailures: 3, firstConsecutiveFailDate: day })] };
  const before = Date.now();
  const state = await webhooks.keepWebhook(HERE);
  expect(state.state).toBe('failing');
  if (since) expect(state.since).toBe(since);
  else expect(state.since).toBeGreaterThanOrEqual(before);
});

it.each([
  [403, false],
  [500, false],
  [404, true],
])('a webhook is not taken for deleted on a %s (by somebody on the way: %s)', async (status, foreign) => {
  answers = { DELETE: refused(status, 'x', foreign) };
  await expect(webhooks.delete('w1')).rejects.toThrow();
});

it('one that exists already is the one of that board and that address', async () => {
  answers = {
    POST: refused(400, 'A webhook with that callback, model, and token already exists'),
    GET: [
      hook({ id: 'of-another-board', idModel: 'c' }),
      hook({ id: 'of-another-address', callbackURL: 'https://x/2' }),
      hook({ id: 'ours' }),
    ],
  };
  const made = await webhooks.create({ model: 'b', callbackURL: 'https://x/1', description: '' });
  expect(made.id).toBe('ours');
});

it('while Trello is away, what is known of one board’s webhook says nothing of another’s', async () => {
  const working = await webhooks.keepWebhook(HERE);
  answers = { GET: refused(503) };
  expect(await webhooks.keepWebhook(HERE)).toEqual(working);
  expect(await webhooks.keepWebhook({ ...HERE, board: 'c' })).toMatchObject({ state: 'off' });
});

it('a fault of this program is not taken for one of Trello’s', async () => {
  answers = { GET: 'not a list' };
  await expect(webhooks.keepWebhook(HERE)).rejects.toThrow();
  const description = 'News of this board for the bridge to Slack';
  const fault = new TypeError('x is undefined');
  answers = { GET: [hook(), hook({ callbackURL: 'https://x/2', description })], DELETE: fault };
  await expect(webhooks.keepWebhook(HERE)).rejects.toBe(fault);
});
