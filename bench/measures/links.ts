import { join } from 'node:path';
import { pino } from 'pino';
import { NEWS } from '../../src/flows/card-activity/news.ts';
import { READ_BOARD, readBoardFlow, readBoardJob } from '../../src/flows/card-activity/read-board.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { runFlow } from '../../src/jobs/flow.ts';
import { openStore } from '../../src/store/store.ts';
import { createTrelloClient, keyAndToken } from '../../src/trello/client.ts';
import { createHistory } from '../../src/trello/history.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';
import { BENCH_TEAM, type FollowedCard, followCards } from '../load/followed.ts';
import { takeTurns, timeByTurns } from '../load/turns.ts';
import type { Context, Finding, Measure } from '../measure.ts';
import { median, medianRatio, percentile, ratios } from '../numbers.ts';
import { startBridge } from '../programs/bridge.ts';
import { processorTimeOf } from '../programs/processor-time.ts';
import { startRedis } from '../programs/redis.ts';
import { type StandIns, startStandIns } from '../stand-ins/remote.ts';

type Name = 'empty' | 'full';
type Stores = Readonly<Record<Name, string>>;

/** Cards that change, several at a time. Both stores have links of them: without any there would be nothing to tell. */
const CHANGING = 25;
const CHANGED_AT_ONCE = 2;

/** A read of a board, and the start, with many links in the store, against a store that has next to none. */
export const measureLinks: Measure = async (context) => [
  ...(await measureSqlite(context)),
  ...(await measureRedis(context)),
];

async function measureSqlite(context: Context): Promise<Finding[]> {
  const at = () => `sqlite:${join(context.folder(), 'bridge.db')}`;
  return await compare(context, 'SQLite', { empty: at(), full: at() });
}

async function measureRedis(context: Context): Promise<Finding[]> {
  await using redis = await startRedis('everysec');
  if (!redis) {
    context.log('there is no redis-server: not measured');
    return [];
  }
  return await compare(context, 'Redis', { empty: redis.url(0), full: redis.url(1) });
}

async function compare(context: Context, name: string, stores: Stores): Promise<Finding[]> {
  await using standIns = await startStandIns('local');
  const { board } = standIns.addresses;
  const cards = await standIns.call.addCards(CHANGING);
  const changing = cards.map((card) => ({ card, board }));
  await followCards(stores.empty, changing);
  const all = context.pick(100_000, 1_000);
  const others = otherCards(board, all - CHANGING);
  // Links live for a year: most news of most boards are long told.
  await followCards(stores.full, [...changing, ...others.filter((one) => one.board === board)]);
  await followCards(
    stores.full,
    others.filter((one) => one.board !== board),
    { recent: false },
  );
  context.log(`${name}: ${all} links added`);

  const reads = await timeReads(context, standIns, stores, cards);
  const starts = await timeStarts(context, standIns, stores);
  const what = `${name} with ${all.toLocaleString('en')} links, ${(all / 10).toLocaleString('en')} of them on the board`;
  const ratio = (of: string, full: number[], empty: number[]): Finding => ({
    what: `${what}: ${of}, to the empty store's`,
    value: medianRatio(full, empty),
    unit: '×',
    target: { atMost: 1.2 },
    runs: ratios(full, empty),
  });
  const p50 = (runs: Record<Name, number[]>[], store: Name) => runs.map((run) => percentile(run[store], 50));
  const wall = (store: Name) => starts[store].map((one) => one.wall);
  const processor = (store: Name) => starts[store].map((one) => one.processor);
  return [
    ...(['at rest', 'with news'] as const).flatMap((kind): Finding[] => {
      const [empty, full] = [p50(reads[kind], 'empty'), p50(reads[kind], 'full')];
      return [
        ratio(`a read of the board ${kind}, p50`, full, empty),
        {
          what: `${name}, empty: a read of the board ${kind}, p50`,
          value: median(empty),
          unit: 'ms',
          runs: empty,
        },
      ];
    }),
    ratio("from the process's start to ready", wall('full'), wall('empty')),
    {
      what: `${what}: processor time until ready, to the empty store's`,
      value: medianRatio(processor('full'), processor('empty')),
      unit: '×',
      runs: ratios(processor('full'), processor('empty')),
    },
    {
      what: `${name}, empty: from the process's start to ready`,
      value: median(wall('empty')),
      unit: 'ms',
      runs: wall('empty'),
    },
  ];
}

/** A tenth on the board, the others on a hundred more. */
function otherCards(board: string, count: number): FollowedCard[] {
  return Array.from({ length: count }, (_, number) => ({
    card: `other${number}`,
    board: number % 10 === 0 ? board : `board${number % 100}`,
  }));
}

async function timeReads(context: Context, { addresses, call }: StandIns, stores: Stores, cards: string[]) {
  await using empty = await openReader(addresses, stores.empty);
  await using full = await openReader(addresses, stores.full);
  const readers = { empty: () => empty.read(), full: () => full.read() };
  const count = context.pick(100, 3);
  let changed = 0;

  /** Each change is news to both, so the two take turns in going first. */
  async function timeNews(): Promise<Record<Name, number[]>> {
    const times: Record<Name, number[]> = { empty: [], full: [] };
    // Few: what was read within the last minute is read again.
    for (let number = 0; number < count / 4; number += 1) {
      for (let card = 0; card < CHANGED_AT_ONCE; card += 1) {
        await call.moveCard(cards[changed++ % cards.length] ?? '');
      }
      const order = number % 2 === 0 ? readers : { full: readers.full, empty: readers.empty };
      const timed = await timeByTurns(1, order);
      for (const name of ['empty', 'full'] as const) times[name].push(...timed[name]);
    }
    return times;
  }

  await timeByTurns(count, readers);
  const runs: Record<'at rest' | 'with news', Record<Name, number[]>[]> = { 'at rest': [], 'with news': [] };
  for (let run = 0; run < context.runs; run += 1) runs['at rest'].push(await timeByTurns(count, readers));
  for (let run = 0; run < context.runs; run += 1) runs['with news'].push(await timeNews());
  return runs;
}

/** The flow that reads boards, as the bridge runs it, over a store. */
async function openReader({ board, trello, trelloKey, trelloToken }: StandIns['addresses'], url: string) {
  const store = await openStore({ url, log: pino({ level: 'silent' }), retentionDays: 30 });
  const { queue, links, limiter, keyv } = store;
  const events = createEvents();
  const authorization = async () => keyAndToken(trelloKey, trelloToken);
  const client = createTrelloClient({ url: trello, authorization });
  const quota = createQuota({ limiter, events, key: trelloKey, account: 'm1', tokenLimit: 0 });
  const flow = readBoardFlow({
    table: NEWS,
    links,
    historyFor: async () =>
      createHistory({ client, quota, ownId: async () => 'own', isDoneList: () => false }),
    queue,
    cursors: keyv('cursor'),
    cards: keyv('card'),
    arrivals: keyv('webhook'),
    retentionDays: 365,
    interval: async () => undefined,
  });
  queue.work(READ_BOARD, runFlow(flow, { events }), 1);
  const job = readBoardJob({ team: BENCH_TEAM, board });
  return {
    async read(): Promise<void> {
      await queue.nudge(job, Date.now());
      const ended = await queue.settled(job.id, 10_000);
      if (ended?.status !== 'done') throw new Error(`the board was not read: ${JSON.stringify(ended)}`);
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await client.close();
    },
  };
}

/** Milliseconds, and milliseconds of processor time, which other work on the machine affects least. */
async function timeStarts(context: Context, { addresses }: StandIns, stores: Stores) {
  const start = async (store: string) => {
    const from = performance.now();
    await using bridge = await startBridge({ standIns: addresses, store, pollSeconds: 10 });
    return { wall: performance.now() - from, processor: processorTimeOf(bridge.pid) };
  };
  const starts = { empty: () => start(stores.empty), full: () => start(stores.full) };
  // The first start of each fills the caches.
  await takeTurns(1, starts);
  return await takeTurns(context.pick(3 * context.runs, 1), starts);
}
