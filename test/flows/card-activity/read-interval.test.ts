import Keyv from 'keyv';
import { describe, expect, it } from 'vitest';
import type { Links } from '../../../src/flows/card-activity/link.ts';
import { NEWS } from '../../../src/flows/card-activity/news.ts';
import { readBoardFlow, readBoardJob } from '../../../src/flows/card-activity/read-board.ts';
import { readInterval } from '../../../src/flows/card-activity/read-interval.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { newJob } from '../../../src/jobs/job.ts';
import type { Queue } from '../../../src/jobs/queue.ts';
import type { TrelloClient } from '../../../src/trello/client.ts';
import { createHistory } from '../../../src/trello/history.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** Reads that many boards for an hour in which nothing happens, on a clock that jumps from one due time to the next. */
async function restForAnHour(boards: number, pollEvery: number) {
  let now = 1_800_000_000_000;
  const end = now + HOUR;
  const due = new Map<string, { job: Parameters<Queue['nudge']>[0]; by: number }>();
  const queue: Pick<Queue, 'nudge'> = {
    nudge: async (job, by) => void due.set(job.id, { job, by: Math.min(by, due.get(job.id)?.by ?? by) }),
  };
  const requests = new Map<string, number>();
  const client: TrelloClient = {
    async request({ method, path, schema }) {
      const call = `${method} ${path.replace(/board-\d+/, ':board')}`;
      requests.set(call, (requests.get(call) ?? 0) + 1);
      return { ok: true, value: schema.parse(path === '/members/me' ? { id: 'own' } : []) };
    },
    close: async () => {},
  };
  let taken = 0;
  const quota = {
    take: async () => void taken++,
    refused: () => Promise.reject(new Error('nothing is refused')),
    left: async () => undefined,
  };
  const links = {
    inbox: async () => [],
    ofCards: async () => [],
    quietSince: async () => [],
  } satisfies Partial<Links> as unknown as Links;
  const flow = readBoardFlow({
    table: NEWS,
    links,
    historyFor: async () =>
      createHistory({ client, quota, ownId: async () => 'own', isDoneList: () => false }),
    queue,
    cursors: new Keyv(),
    cards: new Keyv(),
    arrivals: new Keyv(),
    retentionDays: 365,
    interval: async () => readInterval(pollEvery, boards),
    now: () => now,
  });
  const run = runFlow(flow, { events: createEvents(), now: () => now, elapsed: () => now });

  for (let board = 0; board < boards; board += 1)
    await queue.nudge(readBoardJob({ team: 'T', board: `board-${board}` }), now);
  for (;;) {
    const [next] = [...due.values()].sort((one, other) => one.by - other.by);
    if (!next || next.by >= end) break;
    now = Math.max(now, next.by);
    due.delete(next.job.id);
    const ended = await run({ job: newJob(next.job, now), save: async () => {} });
    expect(ended.status).toBe('done');
  }
  return { requests: Object.fromEntries(requests), taken };
}

describe('a board without news', () => {
  it.each([
    [1, 10, 10],
    [10, 10, 10],
    [20, 10, 10],
    [100, 10, 50],
    [100, 60, 60],
    [1, 1, 1],
  ])(
    'is one of %s, read every %s s or as often as the share of the quota allows: every %s s',
    async (boards, asked, every) => {
      expect(readInterval(asked * SECOND, boards)).toBe(every * SECOND);
    },
  );

  it.each([
    [1, 360],
    [10, 3_600],
    [100, 7_200],
  ])('costs one request each time: with %s boards %s requests in an hour', async (boards, reads) => {
    const { requests, taken } = await restForAnHour(boards, 10 * SECOND);
    expect(requests).toEqual({ 'GET /boards/:board/actions': reads });
    expect(taken).toBe(reads);
  });
});
