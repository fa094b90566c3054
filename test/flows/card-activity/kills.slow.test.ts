import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asMade, type CardState, type Link } from '../../../src/flows/card-activity/link.ts';
import type { Message } from '../../../src/flows/card-activity/message.ts';
import { type BoardAction, NEWS } from '../../../src/flows/card-activity/news.ts';
import type { History, ThreadChat } from '../../../src/flows/card-activity/ports.ts';
import { READ_BOARD, readBoardFlow, readBoardJob } from '../../../src/flows/card-activity/read-board.ts';
import { type Echo, tellFlow } from '../../../src/flows/card-activity/tell.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';
import type { Handle, Queue } from '../../../src/jobs/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { drivers, type Place } from '../../store/drivers.ts';

/** The process is killed at this call to the world outside or to its store: before the call's effect, or right after it. */
interface Kill {
  call: number;
  when: 'before' | 'after';
}

/** A process that may be killed: what it calls goes through {@link around}, and nothing more after the kill. */
function createProcess(kill?: Kill) {
  const calls: string[] = [];
  let isDead = false;

  async function call(name: string, act: () => unknown): Promise<unknown> {
    const die = () => {
      isDead = true;
      throw new Error('killed');
    };
    if (isDead) die();
    const number = calls.push(name);
    if (number === kill?.call && kill.when === 'before') die();
    const result = await act();
    if (isDead || number === kill?.call) die();
    return typeof result === 'function'
      ? (...given: unknown[]) => call(`${name}()`, () => result(...given))
      : result;
  }

  return {
    calls,
    isDead: () => isDead,
    /** The same functions, each of which is a call. */
    around: <T extends object>(name: string, part: T): T =>
      new Proxy(part, {
        get(target, key) {
          const value = Reflect.get(target, key) as unknown;
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) => call(`${name}.${String(key)}`, () => value.apply(target, given));
        },
      }),
  };
}

const OWN = { id: 'member-app', name: 'The app' };
const SALLY = { id: 'member-sally', name: 'Sally' };
const STARTED_AT = Date.parse('2030-01-01T00:00:00.000Z');
const [TO_DO, DOING] = [
  { id: 'list-1', name: 'To Do' },
  { id: 'list-2', name: 'Doing' },
];

/** What the flows keep in a store. */
const recordsIn = ({ links, keyv }: Store) => ({
  links,
  cursors: keyv('cursor'),
  cards: keyv('card'),
  arrivals: keyv('webhook'),
  shown: keyv('comment'),
  closed: keyv('closed'),
});

/** A board, a thread and a store, which outlive every process. `mayLook`: the app has a history scope. */
function createWorld(store: ReturnType<typeof recordsIn>, name: string, mayLook: boolean) {
  const link: Link = {
    id: name,
    board: `board-${name}`,
    card: `card-${name}`,
    team: 'T1',
    channel: 'C1',
    root: '1.0',
    thread: '1.0',
    user: 'U1',
    name: 'ana',
    job: 'job',
    request: { phrase: 'raised an issue', title: 'Leak', description: '' },
    url: 'https://trello.com/c/x',
    createdAt: STARTED_AT - 60_000,
    since: STARTED_AT - 60_000,
    changedAt: STARTED_AT - 60_000,
  };
  const actions: BoardAction[] = [];
  let card: CardState = { ...asMade(link), list: { ...TO_DO, closed: false } };
  const lines: { mark: string; message: Message }[] = [];
  let root: CardState | undefined;
  const jobs = new Map<string, Job>();
  const nudges = new Map<string, number>();
  /** Jobs in the hands of a process; those of a killed one are run again. */
  const held = new Set<string>();
  let now = STARTED_AT;

  const history: History = {
    actions: async (_, since) => actions.filter(({ at }) => at >= since),
    cards: async () => [card],
    cardsIn: async () => [],
    comment: async () => undefined,
    ownId: async () => OWN.id,
  };
  const chat: ThreadChat = {
    settlesWithin: 10_000,
    prepareLine: async (_, message, mark) => async () => {
      lines.push({ mark, message });
      return { ts: String(lines.length) };
    },
    async findLine(_, mark) {
      const place = lines.findIndex((line) => line.mark === mark);
      return mayLook && place >= 0 ? { ts: String(place + 1) } : undefined;
    },
    updateLine: async () => {},
    updateRoot: async (_, state) => {
      root = state;
    },
    sayClosed: async () => {},
  };
  const queue: Pick<Queue, 'nudge'> = {
    async nudge(job, by) {
      if (!jobs.has(job.id)) jobs.set(job.id, newJob(job, now) as Job);
      nudges.set(job.id, Math.min(by, nudges.get(job.id) ?? by));
    },
  };

  /** Runs what is due, until there is nothing more to do or the process is killed. */
  async function run(process: ReturnType<typeof createProcess>): Promise<void> {
    const clock = { now: () => now, elapsed: () => now, random: () => 0.5 };
    const options = { events: createEvents(), ...clock };
    const common = {
      table: NEWS,
      now: clock.now,
      links: process.around('links', store.links),
      cards: process.around('cards', store.cards),
      queue: process.around('queue', queue),
    };
    const read = readBoardFlow({
      ...common,
      historyFor: async () => process.around('history', history),
      cursors: process.around('cursors', store.cursors),
      arrivals: process.around('arrivals', store.arrivals),
      retentionDays: 365,
      interval: async () => undefined,
    });
    const tell = tellFlow({
      ...common,
      chat: process.around('chat', chat),
      shown: process.around('shown', store.shown),
      closed: process.around('closed', store.closed),
      boardsOf: async () => ({ isDoneList: () => false, name: () => undefined }),
    });
    const handles: Record<string, Handle> = {
      [READ_BOARD]: runFlow(read, options),
      [tell.name]: runFlow(tell, options),
    };
    const records = process.around('jobs', {
      async save(job: Job) {
        jobs.set(job.id, structuredClone(job));
        if (job.status !== 'pending') held.delete(job.id);
      },
    });
    for (;;) {
      const [id, by] = [...[...held].map((one): [string, number] => [one, now]), ...nudges].toSorted(
        (one, other) => one[1] - other[1],
      )[0] ?? ['', 0];
      const job = jobs.get(id);
      if (!job) return;
      now = Math.max(now, by);
      nudges.delete(id);
      held.add(id);
      const after = await handles[job.flow]?.({
        job: { ...structuredClone(job), status: 'pending' },
        save: records.save,
      });
      if (process.isDead() || !after) return;
      jobs.set(id, structuredClone(after));
      held.delete(id);
      if (after.status === 'pending') nudges.set(id, after.dueAt);
    }
  }

  function happened(action: Pick<BoardAction, 'type' | 'by' | 'data'>): void {
    now += 10;
    const id = `${name}-${actions.length}`;
    actions.push({ id, at: now, ...action, data: { card: { id: card.id }, ...action.data } });
  }

  return {
    lines,
    root: () => root,
    prepare: () => store.links.add(link),
    /** Two comments and a move, one comment from Slack. */
    async firstNews() {
      const echo: Echo = {
        id: `echo-${name}`,
        kind: 'echo',
        of: 'comment',
        key: 'ana in Slack: third',
        at: now,
        by: { name: 'ana' },
        text: 'third',
      };
      await store.links.put(link.id, [echo]);
      happened({ type: 'commentCard', by: SALLY, data: { text: 'first' } });
      happened({ type: 'updateCard', by: SALLY, data: { listBefore: TO_DO, listAfter: DOING, old: {} } });
      card = { ...card, list: { ...DOING, closed: false } };
      happened({ type: 'commentCard', by: SALLY, data: { text: 'second' } });
      happened({ type: 'commentCard', by: OWN, data: { text: 'ana in Slack: third' } });
      await queue.nudge(readBoardJob(link), now);
    },
    async moreNews() {
      happened({ type: 'commentCard', by: SALLY, data: { text: 'fourth' } });
      await queue.nudge(readBoardJob(link), now);
    },
    run,
  };
}

type World = ReturnType<typeof createWorld>;

/** Lives through the story with processes of which the first may be killed. */
async function live(world: World, kill?: Kill): Promise<string[]> {
  let process = createProcess(kill);
  const run = async () => {
    await world.run(process);
    if (!process.isDead()) return;
    process = createProcess();
    await world.run(process);
  };
  const first = process;
  await world.prepare();
  await world.firstNews();
  await run();
  await world.moreNews();
  await run();
  return first.calls;
}

const TOLD = [
  'Sally commented: first',
  'Sally moved it to Doing',
  'Sally commented: second',
  'ana commented: third',
  'Sally commented: fourth',
];

/** The paragraphs of the thread, those of a message that came twice once. */
function paragraphsOf(lines: World['lines']): string[] {
  const words = (piece: unknown): string =>
    typeof piece === 'string' ? piece : ((piece as { bold?: string }).bold ?? '');
  return lines
    .filter(({ mark }, place) => lines.findIndex((line) => line.mark === mark) === place)
    .flatMap(({ message }) => message.paragraphs)
    .map(({ line, quote }) => `${line.map(words).join('')}${quote === undefined ? '' : ` ${quote}`}`);
}

describe.each(drivers)(
  'reading a board and telling it, on $name, with the process killed',
  ({ prepare, missing }) => {
    let place: Place;
    let store: Store;
    let records: ReturnType<typeof recordsIn>;
    beforeAll(async () => {
      if (missing) return;
      place = await prepare();
      store = await place.open();
      records = recordsIn(store);
    });
    afterAll(async () => {
      if (missing) return;
      await store.close();
      await place.remove();
    });

    it.each([true, false])(
      'at any call: all is told, in order (the app may look into the channel: %s)',
      async (mayLook) => {
        if (missing) return;
        const calls = await live(createWorld(records, `${mayLook}-alive`, mayLook));
        expect(calls.length).toBeGreaterThan(40);
        let repeats = 0;
        for (const [index, call] of calls.entries()) {
          for (const when of ['before', 'after'] as const) {
            const world = createWorld(records, `${mayLook}-${when}-${index}`, mayLook);
            await live(world, { call: index + 1, when });
            const where = `killed ${when} call ${index + 1}, ${call}`;
            expect({ where, told: paragraphsOf(world.lines) }).toEqual({ where, told: TOLD });
            expect({ where, list: world.root()?.list.name }).toEqual({ where, list: 'Doing' });
            repeats += world.lines.length - new Set(world.lines.map(({ mark }) => mark)).size;
          }
        }
        // Two messages, each posted and not yet noted down.
        expect(repeats).toBe(mayLook ? 0 : 4);
      },
      120_000,
    );
  },
);
