import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenFor } from '../support/token.ts';
import { type ApiRequest, apiRequests } from './api-requests.ts';
import { expectUnharmed, SEED, startTarget } from './bridge.ts';
import { each, encode, type RawAnswer, sendRaw } from './raw-request.ts';

const REQUESTS = 10_000;

let target: Awaited<ReturnType<typeof startTarget>>;

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => target.stop());

/** What is wrong with an answer, if anything. */
function complaint(request: ApiRequest, answer: RawAnswer | undefined): string | undefined {
  if (!answer) return 'no answer';
  const { status, type, body } = answer;
  if (status >= 500) return `status ${status}: ${body}`;
  if (status >= 400 && request.method !== 'HEAD') {
    if (type !== 'application/problem+json') return `status ${status} as ${type}`;
    const problem = JSON.parse(body) as Record<string, unknown>;
    if (problem.status !== status || typeof problem.detail !== 'string') return `an odd problem: ${body}`;
  }
  if (request.stranger && (status === 201 || status === 202)) return 'a stranger was let in';
  return undefined;
}

function show({ body, headers, ...request }: ApiRequest): string {
  const clip = (value: unknown) => String(value).slice(0, 300);
  return JSON.stringify({ ...request, headers: headers.map((pair) => pair.map(clip)), body: clip(body) });
}

describe(`${REQUESTS} requests that nobody would send (HOSTILE_SEED=${SEED})`, () => {
  it('are all answered, with no fault of the bridge, and a card for each task that was taken', async () => {
    const { bridge, trello } = target;
    const token = await tokenFor('ci', 'tasks:write tasks:notify');
    const requests = fc.sample(await apiRequests(token), { numRuns: REQUESTS, seed: SEED });
    const complaints: string[] = [];
    const statuses = new Map<number, number>();
    const tasks = new Set<string>();
    await each(requests, async (request) => {
      const answer = await sendRaw(bridge.url, encode(request));
      const status = answer?.status ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const wrong = complaint(request, answer);
      if (wrong) complaints.push(`${wrong}\n  ${show(request)}`);
      if (answer && (status === 201 || status === 202)) {
        tasks.add((JSON.parse(answer.body) as { id: string }).id);
      }
    });
    process.stdout.write(`seed ${SEED}, answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    expect(complaints).toEqual([]);
    expect(statuses.get(201)).toBeGreaterThan(REQUESTS / 100);
    await expect.poll(() => trello.requests.of('POST /cards')).toBe(tasks.size);

    await expectUnharmed(target);
    expect(bridge.lines.join('')).not.toContain(token.split('.')[2]);
  }, 120_000);
});
