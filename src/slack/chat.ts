import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { BoardOf } from '../flows/card-activity/link.ts';
import { cardOf, isFromSlack, type ShownJob, type Thread, type ThreadJob } from '../flows/create-card/job.ts';
import type { Chat } from '../flows/create-card/ports.ts';
import type { Edit } from '../flows/edit-card/edits.ts';
import type { Message } from './messages/root.ts';
import { answer, jobRoot, type Place } from './messages/task.ts';
import type { Messenger } from './messenger.ts';
import { messageLink, type WorkspaceFor } from './workspace.ts';

/** A request to Slack that had no answer may still take effect for this long. Milliseconds. */
const SETTLES_WITHIN = 10_000;

export type BoardName = (board: BoardOf) => Promise<string | undefined>;

/** Which of a job's two messages it is. */
type Part = 'root' | 'answer';

/** A small record of each person, by team and person. */
interface PersonRecord {
  /** The job of their first card. */
  firstJob: string;
}

/** Slack as the managers' side. `workspaceFor` finds the client of a team, `people` holds a {@link PersonRecord} each. */
export function createChat({
  workspaceFor,
  messenger,
  people,
  boardName,
  edits,
  log,
  settlesWithin = SETTLES_WITHIN,
}: {
  workspaceFor: WorkspaceFor;
  messenger: Messenger;
  people: Keyv;
  /** A board's name where the workspace has several. */
  boardName: BoardName;
  /** The buttons of a card. */
  edits: readonly Edit[];
  log: Logger;
  settlesWithin?: number | undefined;
}): Chat {
  const placeOf = ({ state }: ShownJob, channel: string, thread?: string) => ({
    team: state.origin.team,
    channel,
    thread,
  });
  /** A request that was made of a message is answered in the thread of that message. */
  const threadOf = ({ state: { origin } }: ShownJob) =>
    origin.source === 'slack' ? (origin.message?.thread ?? origin.message?.ts) : undefined;
  const markOf = ({ state: { reference } }: ShownJob, part: Part) => ({ reference, part });

  /** A root message at a place. */
  async function threadAt({ state }: ShownJob, channel: string, ts: string, place: Place): Promise<Thread> {
    const link = messageLink(await workspaceFor(state.origin.team), channel, ts, place.thread);
    return { channel, ts, link, ...place };
  }

  async function rootAt(job: ShownJob, place: Place): Promise<Message> {
    const { team } = job.state.origin;
    const { botName } = await workspaceFor(team);
    const id = cardOf(job)?.board;
    const board = id === undefined ? undefined : await boardName({ team, board: id });
    return jobRoot(job, place, { app: botName, board, edits, now: Date.now() });
  }

  async function postRoot(
    job: ShownJob,
    channel: string,
    place: Place,
  ): Promise<Thread | { refused: string }> {
    const message = await rootAt(job, place);
    const posted = await messenger.post(placeOf(job, channel, place.thread), message, markOf(job, 'root'));
    return 'ts' in posted ? await threadAt(job, channel, posted.ts, place) : posted;
  }

  /** `null`: it is no person who asked, or Slack refuses to open it. */
  async function directChannel(job: ShownJob): Promise<string | null> {
    if (!isFromSlack(job)) return null;
    const { team, user } = job.state.origin;
    return await messenger.directChannel(team, user);
  }

  /** Whether it is a person's first card. A store that does not answer costs the hint, not the message. */
  async function isFirstCard(job: ThreadJob): Promise<boolean> {
    if (!isFromSlack(job)) return false;
    const { id } = job;
    const { team, user } = job.state.origin;
    try {
      const known = await people.get<PersonRecord>(`${team}-${user}`);
      if (!known) await people.set(`${team}-${user}`, { firstJob: id } satisfies PersonRecord);
      return known === undefined || known.firstJob === id;
    } catch (error) {
      log.warn({ job: id, err: error }, 'not known whether it is a first card');
      return false;
    }
  }

  /** The answer to the same failure before a retry: it is edited, so that nobody is notified of the same thing twice. */
  function sameAnswer({ failure, previous }: ThreadJob): { ts: string } | undefined {
    const isSame = failure?.code === previous?.failure.code && failure?.reason === previous?.failure.reason;
    return (failure && isSame && previous?.steps.answer?.result) || undefined;
  }

  return {
    settlesWithin,

    async prepareRoot(job) {
      const { channel: asked } = job.state.origin;
      const first = asked ?? (await directChannel(job));
      if (first === null) return async () => null;
      return await messenger.prepare(placeOf(job, first), async () => {
        const posted = await postRoot(job, first, { direct: asked === undefined, thread: threadOf(job) });
        if (asked === undefined || !('refused' in posted)) return posted;
        const channel = await directChannel(job);
        if (channel === null) return posted;
        return await postRoot(job, channel, { direct: true, refusal: posted.refused });
      });
    },

    async findRoot(job, intent) {
      const { origin } = job.state;
      for (const direct of [false, true]) {
        const channel = direct ? await directChannel(job) : origin.channel;
        const thread = direct ? undefined : threadOf(job);
        const ts =
          channel && (await messenger.find(placeOf(job, channel, thread), markOf(job, 'root'), intent));
        if (ts) return await threadAt(job, channel, ts, { direct, thread });
      }
      return undefined;
    },

    async prepareAnswer(job) {
      const { channel, ts: root, thread = root } = job.steps.root.result;
      const isFirst = cardOf(job) !== undefined && (await isFirstCard(job));
      const before = sameAnswer(job);
      const place = placeOf(job, channel, thread);
      if (before) await messenger.waitToEdit(place);
      return await messenger.prepare(place, async () => {
        const now = Date.now();
        const triedAgainAt = before && now;
        const message = answer(job, { ts: root }, { isFirst, triedAgainAt, now });
        if (before) {
          await messenger.edit(place, before.ts, message);
          return before;
        }
        const posted = await messenger.post(place, message, markOf(job, 'answer'));
        return 'ts' in posted ? posted : null;
      });
    },

    async findAnswer(job, intent) {
      const { channel, ts: root, thread = root } = job.steps.root.result;
      const other = job.previous?.steps.answer?.result?.ts;
      const ts = await messenger.find(placeOf(job, channel, thread), markOf(job, 'answer'), intent, other);
      return ts === undefined ? undefined : { ts };
    },

    async updateRoot(job) {
      const { channel, ts, direct, refusal } = job.steps.root.result;
      const place = placeOf(job, channel);
      await messenger.waitToEdit(place);
      await messenger.edit(place, ts, await rootAt(job, { direct, refusal }));
    },
  };
}
