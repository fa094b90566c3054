import type Keyv from 'keyv';
import type { Queue } from '../../jobs/queue.ts';
import { type BoardOf, type CardState, cardKey, type Link, type Links } from './link.ts';
import type { Piece } from './message.ts';
import { type Author, listed } from './news.ts';
import { type BoardItem, boardInbox, boardKey, type Cursor, readBoardJob } from './read-board.ts';
import { type Echo, tellJob, type WaitingNews } from './tell.ts';

/** The codes of errors that say no more than that Trello does not answer. */
const NO_ANSWER = new Set(['trello_unreachable', 'trello_unavailable']);

/** A board is read so long after a webhook, which is seldom alone: one act is several actions. Milliseconds. */
const GATHER = 500;

/** What happens to the threads that follow cards by other flows and by webhooks. Every method throws AppError `store_unavailable`. */
export type Threads = ReturnType<typeof createThreads>;

export function createThreads({
  links,
  queue,
  cards,
  arrivals,
  cursors,
  interval,
  now = Date.now,
}: {
  links: Links;
  queue: Pick<Queue, 'nudge' | 'find'>;
  /** The last known state of each card that is followed. */
  cards: Keyv;
  /** When a webhook of each board last came. */
  arrivals: Keyv;
  /** How far each board has been read. */
  cursors: Keyv;
  /** Milliseconds until a board is read again without a nudge; `undefined`: not at all. */
  interval: (board: BoardOf) => Promise<number | undefined>;
  now?: () => number;
}) {
  async function readNow(board: BoardOf, item: BoardItem): Promise<void> {
    await links.put(boardInbox(board), [item]);
    await queue.nudge(readBoardJob(board), now());
  }

  return {
    /**
     * From now on the thread follows its card, and its root message shows the card; `state`: as the card was made. The board
     * is not read for it: its next read begins early enough. May be repeated without harm.
     */
    async follow(link: Link, state: CardState): Promise<void> {
      const key = cardKey(link);
      // Before there is a link: a read of the board stores only states of cards that are followed.
      if (!(await cards.get(key))) await cards.set(key, state);
      await links.add(link);
      const { id, since: at, name } = link;
      const followed = { id: `followed-${id}`, kind: 'followed', at, putAt: 0, by: { name }, data: true };
      await links.put(id, [followed satisfies WaitingNews]);
      await queue.nudge(tellJob(id), now());
      const item: BoardItem = { id: `link-${link.id}`, from: link.since };
      const { team, board } = link;
      await links.put(boardInbox({ team, board }), [item]);
      const wait = await interval({ team, board });
      if (wait !== undefined) await queue.nudge(readBoardJob({ team, board }), now() + wait);
    },

    async find(id: string) {
      const link = await links.find(id);
      if (!link) return undefined;
      const { team, board, card, muted = false, ended, drawn } = link;
      const state = await cards.get<CardState>(cardKey(link));
      const title = state?.title ?? link.request.title;
      return {
        id,
        team,
        board: state?.board ?? board,
        card,
        title,
        muted,
        ended: ended !== undefined,
        drawn,
      };
    },

    /** The news of that kind and key that the app's own account causes on the card are told as done by somebody else. */
    async expect(
      { team, card }: Pick<Link, 'team' | 'card'>,
      { id, kind, key, text }: { id: string; kind: string; key: string; text?: string },
      { member, name }: { member?: string | undefined; name: string },
    ): Promise<void> {
      const by: Author = { ...(member && { id: member }), name };
      const echo: Echo = {
        id: `echo-${id}`,
        kind: 'echo',
        of: kind,
        key,
        at: now(),
        by,
        ...(text && { text }),
      };
      const found = await links.ofCards([card]);
      for (const link of found) if (link.team === team) await links.put(link.id, [echo]);
    },

    /**
     * Something has happened on the board: it is read soon. `changed`: a comment that was edited or deleted by the action
     * of that id, which the board's history does not show.
     */
    async boardChanged(
      board: BoardOf,
      changed?: { action: string; comment: string; card: string; by: Author; at: number },
    ): Promise<void> {
      await arrivals.set(boardKey(board), now());
      if (changed) {
        const { action, comment: id, card, by, at } = changed;
        const item: BoardItem = { id: `action-${action}`, card, comment: { id, by, at } };
        await links.put(boardInbox(board), [item]);
      }
      await queue.nudge(readBoardJob(board), now() + GATHER);
    },

    /** When a board was last read, if Trello has not answered since; milliseconds since 1970. */
    async silentSince(board: BoardOf): Promise<number | undefined> {
      const { waiting, tryingSince } = (await queue.find(readBoardJob(board).id)) ?? {};
      if (!waiting || !NO_ANSWER.has(waiting.code)) return undefined;
      return (await cursors.get<Cursor>(boardKey(board)))?.readAt ?? tryingSince;
    },

    /** Reads the board now. */
    async refresh({ team, board, card }: BoardOf & { card: string }, cause: string): Promise<void> {
      await readNow({ team, board }, { id: `edit-${cause}`, card });
    },

    /** Who was drawn last for the card of a thread. */
    noteDrawn: (id: string, drawn: NonNullable<Link['drawn']>) => links.change(id, { drawn }),

    /** Stops or starts the lines of a thread, and says so in it; once for the same `cause`. */
    async mute(id: string, muted: boolean, { name }: { name: string }, cause: string): Promise<void> {
      const link = await links.find(id);
      if (!link || link.ended) return;
      const state = await cards.get<CardState>(cardKey(link));
      const meanwhile = muted ? [] : meanwhileOf(state, link.untoldComments ?? 0);
      const at = now();
      const news = { id: cause, kind: 'muted', at, putAt: 0, by: { name }, data: { muted, meanwhile } };
      await links.put(id, [news satisfies WaitingNews]);
      await links.change(id, { muted, untoldComments: 0 });
      await queue.nudge(tellJob(id), at);
    },
  };
}

/** `now in Doing, assigned to Chen, 2 comments`. */
function meanwhileOf(card: CardState | undefined, comments: number): Piece[] {
  if (!card) return [];
  const names = listed(card.members.map(({ name }) => name));
  const assigned = names === '' ? 'nobody assigned yet' : `assigned to ${names}`;
  const many = comments === 0 ? '' : `, ${comments} ${comments === 1 ? 'comment' : 'comments'}`;
  return ['now in ', { bold: card.list.name }, `, ${assigned}${many}`];
}
