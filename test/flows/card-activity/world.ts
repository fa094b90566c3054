import { asMade, type CardState, type InboxItem } from '../../../src/flows/card-activity/link.ts';
import type { Message } from '../../../src/flows/card-activity/message.ts';
import { type BoardAction, NEWS } from '../../../src/flows/card-activity/news.ts';
import type { History, ThreadChat } from '../../../src/flows/card-activity/ports.ts';
import {
  type BoardItem,
  boardInbox,
  READ_BOARD,
  readBoardFlow,
  readBoardJob,
} from '../../../src/flows/card-activity/read-board.ts';
import { tellFlow, tellJob } from '../../../src/flows/card-activity/tell.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import { runFlow } from '../../../src/jobs/flow.ts';
import { type Job, newJob } from '../../../src/jobs/job.ts';
import type { Handle, Queue } from '../../../src/jobs/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { aLink } from './a-link.ts';

/** The process is killed at this call to the world outside or to its store: before the call's effect, or right after it. */
export interface Kill {
  call: number;
  when: 'before' | 'after';
}

/** A process that may be killed: what it calls goes through {@link around}, and nothing more after the kill. */
export function createProcess(kill?: Kill) {
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

export const OWN = { id: 'member-app', name: 'The app' };
export const SALLY = { id: 'member-sally', name: 'Sally' };
const STARTED_AT = Date.parse('2030-01-01T00:00:00.000Z');
export const TO_DO = { id: 'list-1', name: 'To Do' };
export const DOING = { id: 'list-2', name: 'Doing' };

/** What the flows keep in a store. */
export const recordsIn = ({ links, keyv }: Store) => ({
  links,
  cursors: keyv('cursor'),
  cards: keyv('card'),
  arrivals: keyv('webhook'),
  shown: keyv('comment'),
  closed: keyv('closed'),
});

/** A board, a thread and a store, which outlive every process. `mayLook`: the app has a history scope. */
export function createWorld(store: ReturnType<typeof recordsIn>, name: string, mayLook: boolean) {
  const begun = STARTED_AT - 60_000;
  const link = aLink({
    id: name,
    board: `board-${name}`,
    card: `card-${name}`,
    request: { phrase: 'raised an issue', title: 'Leak', description: '' },
    url: 'https://trello.com/c/x',
    createdAt: begun,
    since: begun,
    changedAt: begun,
  });
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
    card: async () => undefined,
    cardsIn: async () => [],
    comment: async (id) => actions.find((action) => action.id === id)?.data.text,
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
    async updateLine(_, ts, message) {
      const line = lines[Number(ts) - 1];
      if (line) line.message = message;
    },
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
      changed: async () => {},
      checkInstalled: async () => {},
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

  /** An action on the card; resolves with its id. */
  function happened(action: Pick<BoardAction, 'type' | 'by' | 'data'>): string {
    now += 10;
    const id = `${name}-${actions.length}`;
    const { listAfter } = action.data;
    if (listAfter) card = { ...card, list: { ...listAfter, closed: false } };
    actions.push({ id, at: now, ...action, data: { card: { id: card.id }, ...action.data } });
    return id;
  }

  return {
    lines,
    root: () => root,
    prepare: () => store.links.add(link),
    happened,
    /** What the flows keep about the thread. */
    put: async (item: InboxItem) => void (await store.links.put(link.id, [item])),
    /** Sally changes a comment, and a webhook says so. */
    async editComment(id: string, text: string): Promise<void> {
      const comment = actions.find((action) => action.id === id);
      if (comment) comment.data.text = text;
      const changed = { id, by: SALLY, at: now };
      const item: BoardItem = { id: `${id} ${text}`, card: card.id, comment: changed };
      await store.links.put(boardInbox(link), [item]);
    },
    tellNow: () => queue.nudge(tellJob(link.id), now),
    readNow: () => queue.nudge(readBoardJob(link), now),
    now: () => now,
    setClock(time: number) {
      now = time;
    },
    run,
  };
}

export type World = ReturnType<typeof createWorld>;

/** The paragraphs of the thread; of a message that came twice, those of the later one, which the app knows of. */
export function paragraphsOf(lines: World['lines']): string[] {
  const words = (piece: unknown): string =>
    typeof piece === 'string' ? piece : ((piece as { bold?: string }).bold ?? '');
  return lines
    .filter(({ mark }, place) => lines.findLastIndex((line) => line.mark === mark) === place)
    .flatMap(({ message }) => message.paragraphs)
    .map(({ line, quote }) => `${line.map(words).join('')}${quote === undefined ? '' : ` ${quote}`}`);
}
