import type Keyv from 'keyv';
import { isAppError } from '../../errors.ts';
import type { Flow } from '../../jobs/flow.ts';
import type { Job, NewJob } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import { type BoardOf, type CardState, cardKey, type InboxItem, type Link, type Links } from './link.ts';
import type { Author, BoardAction, News, NewsEntry } from './news.ts';
import type { BoardWebhooks, History, WebhookState } from './ports.ts';
import { tellJob } from './tell.ts';

/** The name of the flow in a job's record. */
export const READ_BOARD = 'read-board';

/** The standing job that reads a board. */
export function readBoardJob({ team, board }: BoardOf): NewJob<BoardOf> {
  return { id: `board-${boardKey({ team, board })}`, flow: READ_BOARD, state: { team, board } };
}

/** A board in the store. */
export function boardKey({ team, board }: BoardOf): string {
  return `${team}-${board}`;
}

interface ReadResults {
  read: { actions: number; news: number; cause: ReadCause };
}

/** Why a board is read. */
export const READ_CAUSES = ['timer', 'webhook', 'edit', 'start'] as const;
type ReadCause = (typeof READ_CAUSES)[number];

export function isReadBoardJob(job: Job): job is Job<BoardOf, ReadResults> {
  return job.flow === READ_BOARD;
}

/** How far a board's history has been read. Milliseconds since 1970. */
export interface Cursor {
  /** The time of the newest action seen, by Trello's clock. */
  at?: number | undefined;
  /** The time of the first read, by ours: what counts until there was an action. */
  startedAt: number;
  readAt: number;
  /** When the board is read without a nudge. */
  nextAt?: number | undefined;
  /** Since then nothing has come from the webhook, although something happened. */
  silentSince?: number | undefined;
  /** When quiet links were last looked for. */
  sweptAt: number;
  /** How the board's webhook was when it was last looked at, and when that was. */
  webhook?: (WebhookState & { lookedAt: number }) | undefined;
}

/** What waits for the next read of a board. */
export interface BoardItem extends InboxItem {
  /** The history is read from this time on. */
  from?: number;
  /** The card's state is read. */
  card?: string;
  /** A comment that was edited or deleted, and by whom: the history does not show it. */
  comment?: { id: string; by: Author; at: number };
}

/** Trello's servers do not agree on the time to the second, and what they list may be old. Milliseconds. */
const OVERLAP = 60_000;
/** News of one card within this time become one message. Milliseconds. */
export const COALESCE = 3_000;
/** After a longer pause between two reads the news say that the app was offline. Milliseconds. */
const OFFLINE_AFTER = 15 * 60_000;
/** While its webhook works, a board is read so often all the same. Milliseconds. */
const CHECK_EVERY = 5 * 60_000;
/** A webhook is looked at so often: nothing else shows that deliveries fail. Milliseconds. */
const LOOK_EVERY = { working: 5 * 60_000, other: 60_000 };
/** What happened so long before a read has been delivered by a webhook that works. Milliseconds. */
const DELIVERED_WITHIN = 60_000;
/** A board that cannot be read without a person's help is tried again after so long. Milliseconds. */
const TRY_AGAIN_AFTER = 5 * 60_000;
const DAY = 24 * 60 * 60_000;
const SWEEP_EVERY = 60 * 60_000;
const SWEPT_AT_ONCE = 100;

/**
 * Reads a board's history from its cursor and puts the news into the inboxes of the links. Webhooks, timers and buttons
 * only nudge this job. Every part may be repeated: what is in an inbox is not put there twice, and the cursor moves last.
 */
export function readBoardFlow({
  table,
  links,
  historyFor,
  webhooks,
  queue,
  cursors,
  cards,
  arrivals,
  retentionDays,
  interval,
  now = Date.now,
}: {
  table: readonly NewsEntry[];
  links: Links;
  /** The board as the workspace's account sees it. @throws AppError when it is not connected (any more) */
  historyFor: (board: BoardOf) => Promise<History>;
  /** Without a public address there are none. */
  webhooks?: BoardWebhooks | undefined;
  queue: Pick<Queue, 'nudge'>;
  cursors: Keyv;
  /** The last known state of each card that is followed. */
  cards: Keyv;
  /** When a webhook of each board last came. */
  arrivals: Keyv;
  /** A link ends when nothing has changed for so long. */
  retentionDays: number;
  /** Milliseconds until a board is read again that has no webhook; `undefined`: not at all. */
  interval: (board: BoardOf) => Promise<number | undefined>;
  now?: () => number;
}): Flow<BoardOf, ReadResults> {
  /** `polled`: milliseconds until the next read without a webhook. */
  async function readNext(
    board: BoardOf,
    polled: number | undefined,
  ): Promise<ReadResults['read'] & { wait: number | undefined }> {
    const readAt = now();
    const key = boardKey(board);
    const history = await historyFor(board);
    const cursor: Cursor = (await cursors.get<Cursor>(key)) ?? {
      startedAt: readAt,
      readAt,
      sweptAt: readAt,
    };
    const arrivedAt = (await arrivals.get<number>(key)) ?? 0;
    const items = await links.inbox<BoardItem>(boardInbox(board));
    const cause = causeOf(items, arrivedAt, cursor, readAt);
    const { startedAt } = cursor;
    const last = cursor.at ?? Math.min(startedAt, readAt);
    const from = Math.min(last - OVERLAP, ...items.flatMap((item) => item.from ?? []));
    const actions = await history.actions(board.board, from);
    const offline =
      readAt - cursor.readAt > OFFLINE_AFTER ? { from: cursor.readAt, until: readAt } : undefined;
    const byCard = await newsOf(history, actions, offline);
    await addComments(history, byCard, items);
    const followed = items.flatMap(({ card }) => card ?? []);
    const count = await deliver(history, board, byCard, followed);

    const sweep = readAt - cursor.sweptAt > SWEEP_EVERY;
    if (sweep) await endQuietLinks(readAt);
    const seen = [cursor.at ?? [], actions.map((action) => action.at)].flat();
    const at = seen.length > 0 ? Math.max(...seen) : undefined;
    const silentSince = silence(cause, actions, arrivedAt, cursor, readAt);
    const webhook = await lookAtWebhook(board, cursor.webhook, readAt);
    const isHeard = webhook?.state === 'working' && silentSince === undefined;
    const wait = waitAfter(polled, cause, isHeard);
    const nextAt = wait === undefined ? undefined : readAt + wait;
    const sweptAt = sweep ? readAt : cursor.sweptAt;
    await cursors.set(key, {
      at,
      startedAt,
      readAt,
      nextAt,
      silentSince,
      sweptAt,
      webhook,
    } satisfies Cursor);
    if (items.length > 0)
      await links.take(
        boardInbox(board),
        items.map(({ id }) => id),
      );
    return { actions: actions.length, news: count, cause, wait };
  }

  /** When the webhook turns out not to bring what happens, whatever Trello says of it: until it brings something. */
  function silence(
    cause: ReadCause,
    actions: readonly BoardAction[],
    arrivedAt: number,
    cursor: Cursor,
    readAt: number,
  ): number | undefined {
    const { silentSince, readAt: lastRead, webhook } = cursor;
    if (silentSince !== undefined && silentSince > arrivedAt) return silentSince;
    const wasMissed = ({ at }: BoardAction) => at > lastRead && at < readAt - DELIVERED_WITHIN;
    return cause === 'timer' && webhook?.state === 'working' && actions.some(wasMissed) ? readAt : undefined;
  }

  /** After a nudge the board is read once more soon: a list of Trello may be behind its webhooks. */
  function waitAfter(polled: number | undefined, cause: ReadCause, isHeard: boolean): number | undefined {
    if (polled === undefined || cause !== 'timer' || !isHeard) return polled;
    return Math.max(polled, CHECK_EVERY);
  }

  async function lookAtWebhook(
    board: BoardOf,
    before: Cursor['webhook'],
    readAt: number,
  ): Promise<Cursor['webhook']> {
    if (!webhooks) return undefined;
    const every = LOOK_EVERY[before?.state === 'working' ? 'working' : 'other'];
    if (before && readAt - before.lookedAt < every) return before;
    return { ...(await webhooks.keep(board)), lookedAt: readAt };
  }

  async function newsOf(
    history: History,
    actions: readonly BoardAction[],
    offline: News['offline'],
  ): Promise<Map<string, News[]>> {
    const byCard = new Map<string, News[]>();
    const ownId = await history.ownId();
    for (const { id, type, at, by, data } of actions) {
      const common = { id, at, by, own: by.id === ownId, ...(offline && { offline }) };
      const found = table.flatMap((entry): News[] => {
        const read = entry.read?.(data, type);
        return read === undefined ? [] : [{ ...common, kind: entry.kind, data: read }];
      });
      // One action may be several news.
      for (const other of found.slice(1)) other.id = `${id}:${other.kind}`;
      if (found.length === 0) continue;
      const affected = data.card ? [data.card.id] : data.list ? await history.cardsIn(data.list.id) : [];
      for (const card of affected) byCard.set(card, [...(byCard.get(card) ?? []), ...found]);
    }
    return byCard;
  }

  async function addComments(
    history: History,
    byCard: Map<string, News[]>,
    items: readonly BoardItem[],
  ): Promise<void> {
    for (const { id, card, comment } of items) {
      if (!card || !comment) continue;
      const text = await history.comment(comment.id);
      const { by, at } = comment;
      const news: News = { id, kind: 'commentChanged', at, by, data: { comment: comment.id, text } };
      byCard.set(card, [...(byCard.get(card) ?? []), news]);
    }
  }

  /** Resolves with how many news were not known before. */
  async function deliver(
    history: History,
    { team, board }: BoardOf,
    byCard: ReadonlyMap<string, News[]>,
    followed: readonly string[],
  ): Promise<number> {
    const all = await links.ofCards([...new Set([...byCard.keys(), ...followed])]);
    const found = all.filter((link) => link.team === team);
    const forLinks = found.map((link) => ({ link, news: newsFor(link, byCard.get(link.card) ?? []) }));
    const fresh = await Promise.all(
      forLinks.map(({ link, news }) =>
        links.unknown(
          link.id,
          news.map(({ id }) => id),
        ),
      ),
    );
    const changed = forLinks
      .filter((_, place) => (fresh[place]?.length ?? 0) > 0)
      .map(({ link }) => link.card);
    const states = await history.cards(board, [...new Set([...changed, ...followed])]);
    await Promise.all(
      states.map((state) => cards.set(cardKey({ team, card: state.id }), state satisfies CardState)),
    );
    await Promise.all(
      forLinks.map(async ({ link, news }) => {
        const isFollowed = followed.includes(link.card);
        if (news.length === 0 && !isFollowed) return;
        const waiting = await links.put(link.id, news);
        if (waiting > 0) await queue.nudge(tellJob(link.id), now() + COALESCE);
      }),
    );
    return fresh.flat().length;
  }

  const newsFor = (link: Link, news: readonly News[]) =>
    news.filter(({ at }) => at >= link.since).map((one) => ({ ...one, putAt: now() }));

  async function endQuietLinks(time: number): Promise<void> {
    const quiet = await links.quietSince(time - retentionDays * DAY, SWEPT_AT_ONCE);
    for (const { id } of quiet) {
      const data = { days: retentionDays };
      const item = { id: `quiet-${id}`, kind: 'quiet', at: time, by: { name: '' }, data, putAt: 0 };
      await links.put(id, [item satisfies News & { putAt: number }]);
      await queue.nudge(tellJob(id), time);
    }
  }

  return {
    name: READ_BOARD,
    standing: true,
    giveUpAfter: Number.POSITIVE_INFINITY,
    steps: [
      {
        name: 'read',
        prepare: async ({ state: board }) => {
          return async () => {
            const polled = await interval(board);
            let wait = polled;
            try {
              const { wait: next, ...read } = await readNext(board, polled);
              wait = next;
              return read;
            } catch (error) {
              if (isAppError(error) && error.retry === 'never') wait = TRY_AGAIN_AFTER;
              throw error;
            } finally {
              if (wait !== undefined) await queue.nudge(readBoardJob(board), now() + wait);
            }
          };
        },
        logFields: ({ actions, news, cause }) => (news > 0 ? { actions, news, cause } : {}),
      },
    ],
  };
}

function causeOf(
  items: readonly BoardItem[],
  arrivedAt: number,
  { readAt: lastRead, nextAt }: Cursor,
  readAt: number,
): ReadCause {
  if (arrivedAt > lastRead) return 'webhook';
  if (items.some(({ card }) => card !== undefined)) return 'edit';
  return nextAt !== undefined && readAt >= nextAt ? 'timer' : 'start';
}

/** The inbox of what waits for the next read of a board. */
export function boardInbox(board: BoardOf): string {
  return `board-${boardKey(board)}`;
}
