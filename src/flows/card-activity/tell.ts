import type Keyv from 'keyv';
import { isAppError } from '../../errors.ts';
import type { Flow } from '../../jobs/flow.ts';
import type { Job, NewJob } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import { type Composed, compose } from './compose.ts';
import {
  asMade,
  type CardState,
  cardKey,
  type InboxItem,
  type Link,
  type LinkChange,
  type Links,
} from './link.ts';
import type { Message } from './message.ts';
import { type Author, commentParagraph, type News, type NewsEntry } from './news.ts';
import type { BoardNames, ThreadChat } from './ports.ts';
import { readBoardJob } from './read-board.ts';

/** The name of the flow in a job's record. */
export const TELL = 'tell-thread';

/** The standing job that empties a link's inbox into its thread. */
export function tellJob(link: string): NewJob<TellState> {
  return { id: `tell-${link}`, flow: TELL, state: { link } };
}

interface TellState {
  link: string;
}

/** News as it waits, with the time at which it was put there. */
export type WaitingNews = News & { putAt: number };

/**
 * Written by an edit from Slack before its call: the news that it causes is told with the person's name. `key` is what
 * the table's `echo` makes of the news; `text` replaces the text of a comment.
 */
export interface Echo extends InboxItem {
  kind: 'echo';
  of: string;
  key: string;
  at: number;
  by: Author;
  text?: string;
}

interface TellResults {
  /** `null`: there is nothing to tell now. */
  batch: BatchToTell | null;
  /** `null`: the channel is closed to the app. */
  line: { ts: string } | 'refused' | null;
  corrections: true;
  settled: true;
  root: true;
  taken: true;
}

/** What is told together: settled before the first call, so that a crash changes nothing in it. */
interface BatchToTell {
  ids: string[];
  /** The last of the news, which marks the message. */
  mark: string;
  message?: Message;
  comments: Composed['comments'];
  /** What the message is about, for the metrics. */
  told?: { kind: string; at: number }[];
  /** The app is gone from the workspace: nothing is told there until it is back. */
  gone?: true;
  /** Edits of messages that are there already. */
  corrections: { ts: string; message: Message }[];
  change: LinkChange;
}

/** A comment that the thread shows: in which message, and as which of its paragraphs. The messages are kept by themselves. */
interface ShownComment {
  ts: string;
  place: number;
  author: string;
}

type TellJob = Job<TellState, TellResults>;

export function isTellJob(job: Job): job is TellJob {
  return job.flow === TELL;
}

/** News wait for others of the same card: so long after the last one, and so long after the first. Milliseconds. */
const AFTER_LAST = 3_000;
const AFTER_FIRST = 15_000;
/** An edit's news comes within this time, or never. Milliseconds. */
const ECHO_LIFE = 10 * 60_000;
/** How far Trello's clock and ours may differ. Milliseconds. */
const CLOCK_SKEW = 60_000;
/** Creating a card may list its first member as an action of its own. Milliseconds. */
const CREATION = 5_000;
/** A thread in a closed channel is tried again after so long. Milliseconds. */
const REST = 24 * 60 * 60_000;

/** Tells the news of one card in its thread: one message for all that came together, then the root message as it is now. */
export function tellFlow({
  table,
  links,
  chat,
  queue,
  cards,
  shown,
  closed,
  boardsOf,
  changed,
  checkInstalled,
  now = Date.now,
}: {
  table: readonly NewsEntry[];
  links: Links;
  chat: ThreadChat;
  queue: Pick<Queue, 'nudge'>;
  cards: Keyv;
  /** The comments that threads show, and the messages in which they stand. */
  shown: Keyv;
  /** Whom the app has told that a channel is closed. */
  closed: Keyv;
  /** The boards of a workspace. */
  boardsOf: (team: string) => Promise<BoardNames>;
  /** What can be seen of the card has changed. May be repeated without harm. */
  changed: (link: Link) => Promise<void>;
  /** Rejects with AppError `uninstalled` when the app is in that workspace of Slack's no more. */
  checkInstalled: (team: string) => Promise<unknown>;
  now?: () => number;
}): Flow<TellState, TellResults> {
  const stateOf = async (link: Link) => (await cards.get<CardState>(cardKey(link))) ?? asMade(link);

  async function nextBatch(job: TellJob): Promise<BatchToTell | null> {
    const id = job.state.link;
    const items = await links.inbox<WaitingNews | Echo>(id);
    const link = await links.find(id);
    if (!link || link.ended) {
      await links.take(
        id,
        items.map((item) => item.id),
      );
      return null;
    }
    const isEcho = (item: WaitingNews | Echo): item is Echo => item.kind === 'echo';
    const echoes = items.filter(isEcho);
    const waiting = items.filter((item): item is WaitingNews => !isEcho(item));
    if (waiting.length === 0) return null;
    // A time that is yet to come was written by a clock that was ahead.
    const putAt = waiting.map((one) => (one.putAt > now() ? 0 : one.putAt));
    const dueAt = Math.min(Math.max(...putAt) + AFTER_LAST, Math.min(...putAt) + AFTER_FIRST);
    if (dueAt > now()) {
      await queue.nudge(tellJob(id), dueAt);
      return null;
    }
    waiting.sort((one, other) => one.at - other.at);
    const old = echoes.filter(({ at }) => at < now() - ECHO_LIFE);
    const news = waiting.flatMap((one) => attribute(one, echoes, link));
    const [state, boards] = await Promise.all([stateOf(link), boardsOf(link.team)]);
    const gone = await isGone(link);
    const { told, corrections } = await applyCorrections(link, news, state);
    const audible = link.muted ? told.filter(({ kind }) => entryOf(kind)?.evenIfMuted) : told;
    const composed = compose(table, audible, {
      card: state,
      isDoneList: (list) => boards.isDoneList(link.board, list),
      boardName: boards.name,
    });
    const untold = link.muted ? told.filter(({ kind }) => kind === 'comment').length : 0;
    const ended = news.flatMap(
      ({ kind, data }) => entryOf(kind)?.ends?.(data, { boardName: boards.name }) ?? [],
    )[0];
    return {
      ids: [...waiting, ...old].map((one) => one.id),
      mark: String(waiting.at(-1)?.id),
      ...(gone || isResting(link) ? { comments: [] } : composed),
      ...(gone && { gone }),
      told: audible.filter(({ kind }) => entryOf(kind)?.tell).map(({ kind, at }) => ({ kind, at })),
      corrections: gone ? [] : corrections,
      change: {
        ...(ended !== 'quiet' && { changedAt: Math.max(link.changedAt, ...waiting.map(({ at }) => at)) }),
        ...(untold > 0 && { untoldComments: (link.untoldComments ?? 0) + untold }),
        ...(ended && { ended }),
        ...(!ended && state.board !== link.board && { board: state.board }),
      },
    };
  }

  const entryOf = (kind: string) => table.find((entry) => entry.kind === kind);
  async function isGone({ team }: Link): Promise<boolean> {
    try {
      await checkInstalled(team);
      return false;
    } catch (error) {
      if (isAppError(error, 'uninstalled')) return true;
      throw error;
    }
  }

  const isResting = ({ restsSince }: Link) => restsSince !== undefined && restsSince > now() - REST;

  /** The news with the name of the person in Slack whose edit it was; nothing for the making of the card itself. */
  function attribute(news: WaitingNews, echoes: readonly Echo[], link: Link): WaitingNews[] {
    const key = entryOf(news.kind)?.echo?.(news.data);
    const own = echoes.filter(
      (one) =>
        // By the app's own account, or by that of the person.
        (news.own || (news.by.id !== undefined && news.by.id === one.by.id)) &&
        one.of === news.kind &&
        one.key === key &&
        news.at > one.at - CLOCK_SKEW,
    );
    // One edit may be in the history twice: its call is made again when its answer was lost.
    const echo = own.findLast(({ at }) => at <= news.at) ?? own[0];
    if (!echo) {
      const isOfCreation = news.own && news.kind === 'member' && news.at < link.since + CREATION;
      return isOfCreation ? [] : [news];
    }
    const data = echo.text === undefined ? news.data : { text: echo.text };
    return [{ ...news, by: echo.by, data }];
  }

  /** Applies edits and deletions of comments: to those that are about to be told, and to those that the thread shows. */
  async function applyCorrections(link: Link, news: readonly WaitingNews[], { url }: CardState) {
    const corrected = new Map<string, Message>();
    let told = news.filter(({ kind }) => kind !== 'commentChanged');
    for (const one of news.filter(({ kind }) => kind === 'commentChanged')) {
      const { comment, text } = one.data as { comment: string; text?: string };
      if (told.some(({ id }) => id === comment)) {
        told = told.flatMap((other) => {
          if (other.id !== comment) return [other];
          return text === undefined ? [] : [{ ...other, data: { text } }];
        });
        continue;
      }
      const {
        ts = '',
        place = 0,
        author = '',
      } = (await shown.get<ShownComment>(`${link.id}:${comment}`)) ?? {};
      const before = corrected.get(ts) ?? (await shown.get<Message>(`${link.id}:${ts}`));
      if (!before) continue;
      const paragraph =
        text === undefined
          ? { line: [`${author}’s comment was deleted`] }
          : commentParagraph({ name: author, text, url: `${url}#comment-${comment}`, edited: true });
      corrected.set(ts, { ...before, paragraphs: before.paragraphs.with(place, paragraph) });
    }
    return { told, corrections: [...corrected].map(([ts, message]) => ({ ts, message })) };
  }

  const batchOf = (job: TellJob) => job.steps.batch?.result;

  async function withLink(
    job: TellJob,
    act: (link: Link, batch: BatchToTell) => Promise<unknown>,
  ): Promise<true> {
    const batch = batchOf(job);
    const link = await links.find(job.state.link);
    if (link && batch) await act(link, batch);
    return true;
  }

  async function settle(job: TellJob): Promise<true> {
    return await withLink(job, async (link, { message, comments, corrections, change }) => {
      const line = job.steps.line?.result;
      const rests = message && line === null;
      const messages = [...corrections];
      if (message && comments.length > 0 && line && line !== 'refused') {
        messages.push({ ts: line.ts, message });
        for (const { id, place, author } of comments) {
          const record: ShownComment = { ts: line.ts, place, author };
          await shown.set(`${link.id}:${id}`, record, SHOWN_FOR);
        }
      }
      for (const one of messages) await shown.set(`${link.id}:${one.ts}`, one.message, SHOWN_FOR);
      await links.change(link.id, { ...change, ...(rests && { restsSince: now() }) });
      await changed(link);
      // The card is on another board of the workspace now, which tells of it from here on.
      if (change.board) await queue.nudge(readBoardJob({ team: link.team, board: change.board }), now());
      const { team, channel, user } = link;
      // A program has no direct messages.
      if (!rests || user === undefined) return;
      const notice = `${team}:${channel}:${user}`;
      if (await closed.get(notice)) return;
      const all = await links.ofPerson(team, user);
      const resting = all.filter((other) => other.channel === channel && !other.ended);
      await chat.sayClosed({ team, channel, user }, resting.length);
      await closed.set(notice, true, SHOWN_FOR);
    });
  }

  const hasBatch = (job: TellJob) => Boolean(batchOf(job));
  const repeatable = (act: (job: TellJob) => Promise<true>) => async (job: TellJob) => async () =>
    await act(job);

  return {
    name: TELL,
    standing: true,
    giveUpAfter: Number.POSITIVE_INFINITY,
    steps: [
      {
        name: 'batch',
        prepare: async (job) => async () => await nextBatch(job),
        logFields: (batch) => (batch ? { news: batch.ids.length } : {}),
      },
      {
        name: 'line',
        when: (job) => Boolean(batchOf(job)?.message),
        prepare: async (job) => {
          const batch = batchOf(job);
          if (!batch?.message) throw new Error('There is nothing to tell.');
          return await chat.prepareLine(await linkOf(job), batch.message, batch.mark);
        },
        once: {
          settlesWithin: chat.settlesWithin,
          find: async (job, intent) =>
            await chat.findLine(await linkOf(job), String(batchOf(job)?.mark), intent),
        },
        ifRefused: 'refused',
        logFields: (line) => (line && line !== 'refused' ? { ts: line.ts } : {}),
      },
      {
        name: 'corrections',
        when: (job) => (batchOf(job)?.corrections.length ?? 0) > 0,
        prepare: repeatable((job) =>
          withLink(job, async (link, { corrections }) => {
            for (const { ts, message } of corrections) await chat.updateLine(link, ts, message);
          }),
        ),
        ifRefused: true,
      },
      { name: 'settled', when: hasBatch, prepare: repeatable(settle), ifRefused: true },
      {
        name: 'root',
        when: hasBatch,
        prepare: repeatable((job) =>
          withLink(job, async (link, { gone }) => {
            if (!gone && !isResting(link)) await chat.updateRoot(link, await stateOf(link));
          }),
        ),
        ifRefused: true,
      },
      {
        name: 'taken',
        when: hasBatch,
        prepare: repeatable((job) => withLink(job, (link, { ids }) => links.take(link.id, ids))),
      },
    ],
  };

  async function linkOf(job: TellJob): Promise<Link> {
    const link = await links.find(job.state.link);
    if (!link) throw new Error(`The link ${job.state.link} is not in the store.`);
    return link;
  }
}

/** An edited or deleted comment is followed for so long. Milliseconds. */
const SHOWN_FOR = 90 * 24 * 60 * 60_000;
