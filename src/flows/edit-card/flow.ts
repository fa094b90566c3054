import { hash } from 'node:crypto';
import { AppError, nothingChanged, whyGivenUp } from '../../errors.ts';
import type { Flow } from '../../jobs/flow.ts';
import { type Job, type NewJob, newJob } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';
import type { Audit } from '../../workspaces/audit.ts';
import type { Edit, EditCall, NothingToDo } from './edits.ts';
import type { CardEditor, EditorFor, FollowedCard, Person, Place, Presser, Threads } from './ports.ts';

/** The name of the flow in a job's record. */
export const EDIT_CARD = 'edit-card';

/** A press, and what was filled in. */
export interface EditRequest {
  /** The name of its entry in the table. */
  edit: string;
  value: unknown;
  followed: FollowedCard;
  by: Person;
  place: Place;
}

interface EditResults {
  /** Why there is nothing to do; `null`: there is. */
  look: NothingToDo | null;
  /** The value, where it was settled. */
  settled: unknown;
  expected: true;
  applied: true;
  commented: { id: string };
  concluded: true;
  refreshed: true;
  told: true;
  audited: true;
}

type EditJob = Job<EditRequest, EditResults>;

export function isEditJob(job: Job): job is EditJob {
  return job.flow === EDIT_CARD;
}

const PREFIX = 'edit-';
/** A person who presses a button looks at what becomes of it for so long. Milliseconds. */
const SHOWN_AFTER = 5_000;

/** What a person gives an operator to find an edit by. */
export function editReference({ id }: Pick<Job, 'id'>): string {
  return id.slice(PREFIX.length, PREFIX.length + 8);
}

/** Makes a press durable: the same press again is the same edit. `press` names it. @throws AppError `store_unavailable` */
export type RequestEdit = (press: readonly string[], request: EditRequest) => Promise<void>;

export function createRequestEdit({
  queue,
  now = Date.now,
}: {
  queue: Pick<Queue, 'add'>;
  now?: () => number;
}): RequestEdit {
  return async (press, request) => {
    const id = `${PREFIX}${hash('sha256', JSON.stringify(press)).slice(0, 32)}`;
    const job: NewJob<EditRequest> = { id, flow: EDIT_CARD, fingerprint: undefined, state: request };
    await queue.add(newJob(job, now()) as Job);
  };
}

/**
 * From a press in Slack to the card: what the card is now, the change, and a read of the board, whose news of it come
 * back to the thread by themselves. What cannot be done is told to the person who pressed.
 */
export function editCardFlow({
  table,
  editorFor,
  settlesWithin,
  threads,
  presser,
  audit,
  checkInstalled,
  chance = Math.random,
}: {
  table: readonly Edit[];
  editorFor: EditorFor;
  /** A call may still take effect this long after it left, in milliseconds. */
  settlesWithin: number;
  threads: Threads;
  presser: Presser;
  audit: Pick<Audit, 'add'>;
  /** Rejects with AppError `uninstalled` when the app is in that workspace of Slack's no more. */
  checkInstalled: (team: string) => Promise<unknown>;
  /** At least 0 and less than 1. */
  chance?: () => number;
}): Flow<EditRequest, EditResults> {
  function entryOf({ edit }: EditRequest): Edit {
    const entry = table.find(({ name }) => name === edit);
    if (entry) return entry;
    const userMessage = 'That button is out of date. Open the card in Trello, or press another.';
    throw new AppError({ code: 'edit_unknown', retry: 'never', userMessage });
  }
  async function editorOf({ followed, by, place }: EditRequest): Promise<CardEditor> {
    await checkInstalled(followed.team);
    return await editorFor(followed, by, place);
  }
  const callOf = ({ id, state, steps }: EditJob): EditCall<unknown> => ({
    id,
    followed: state.followed,
    value: steps.settled?.result ?? state.value,
    by: state.by,
  });
  const isToDo = (job: EditJob) => !job.failure && job.steps.look?.result === null;
  const repeatable =
    (act: (job: EditJob, entry: Edit) => Promise<unknown>) =>
    async (job: EditJob) =>
    async (): Promise<true> => {
      await act(job, entryOf(job.state));
      return true;
    };

  return {
    name: EDIT_CARD,
    steps: [
      {
        name: 'look',
        prepare:
          async ({ state }) =>
          async () => {
            const { isSo } = entryOf(state);
            if (!isSo) return null;
            const editor = await editorOf(state);
            return isSo(await editor.read(state.followed.card), state.value) ?? null;
          },
      },
      {
        name: 'settled',
        when: (job) => isToDo(job) && Boolean(entryOf(job.state).settle),
        prepare: async (job) => {
          const sides = { editor: await editorOf(job.state), chance };
          return async () => await entryOf(job.state).settle?.(callOf(job), sides);
        },
      },
      {
        name: 'expected',
        when: isToDo,
        prepare: repeatable(async (job, { news }) => {
          const { followed, by } = job.state;
          for (const [place, expected] of [news?.(callOf(job)) ?? []].flat().entries()) {
            await threads.expect(followed, { id: `${job.id}-${place}`, ...expected }, by);
          }
        }),
      },
      {
        name: 'applied',
        when: (job) => isToDo(job) && Boolean(entryOf(job.state).apply),
        prepare: repeatable(async (job, { apply }) => {
          await apply?.(callOf(job), { editor: await editorOf(job.state), threads });
        }),
      },
      {
        name: 'commented',
        when: (job) => isToDo(job) && Boolean(entryOf(job.state).comment),
        prepare: async (job) => {
          const editor = await editorOf(job.state);
          return await editor.prepareComment(job.state.followed.card, commentOf(job));
        },
        once: {
          settlesWithin,
          find: async (job, { at }) => {
            const editor = await editorOf(job.state);
            return await editor.findComment(job.state.followed.card, commentOf(job), at, job.state.by.member);
          },
        },
        logFields: ({ id }) => ({ comment: id }),
      },
      {
        name: 'concluded',
        when: ({ state }) => Boolean(table.find(({ name }) => name === state.edit)?.conclude),
        prepare: repeatable((job, { conclude }) =>
          Promise.resolve(conclude?.(callOf(job), !job.failure, threads)),
        ),
        ifRefused: true,
      },
      {
        name: 'refreshed',
        // Also after a refusal: the root message may show what is no longer so.
        when: () => true,
        prepare: repeatable(({ id, state }) => threads.refresh(state.followed, id)),
        ifRefused: true,
      },
      {
        name: 'told',
        when: (job) => wordsOf(job) !== undefined,
        prepare: async (job) => {
          const words = wordsOf(job) ?? '';
          const { followed, place, by } = job.state;
          const button = job.steps.look?.result?.button;
          return async (): Promise<true> => {
            await presser.tell(place, by, words, button && { link: followed.id, ...button });
            return true;
          };
        },
        ifRefused: true,
      },
      {
        // Once more after a crash in between: better twice in the audit than not at all.
        name: 'audited',
        when: isToDo,
        prepare: repeatable(async ({ state: { edit, followed, by } }, { act = 'edited' }) => {
          await audit.add({ team: by.team, who: by.user, act, what: `card ${followed.card}: ${edit}` });
        }),
      },
    ],
    showAfter: SHOWN_AFTER,
    async showPending({ waiting, state }: EditJob) {
      if (!waiting) return;
      const words =
        waiting.code === 'unexpected'
          ? 'This app had a problem. Your change is saved and will be tried again.'
          : 'Trello isn’t answering. Your change is saved and will be made when it does.';
      await presser.tell(state.place, state.by, words);
    },
  };

  function commentOf(job: EditJob): string {
    return entryOf(job.state).comment?.(callOf(job)) ?? '';
  }

  /** What the person who pressed is told; most presses are answered by the thread alone. */
  function wordsOf(job: EditJob): string | undefined {
    const { failure, steps, state } = job;
    if (failure && steps.commented?.intent && !steps.commented.result) {
      return `That may not have worked. Look at the card before you try again. Reference: ${editReference(job)}`;
    }
    if (failure?.code === 'gave_up') {
      const phrase = table.find(({ name }) => name === state.edit)?.phrase(state.value);
      return `Your change “${phrase}” wasn’t made: ${whyGivenUp(failure.last)} Make it again if it still matters.`;
    }
    // Trello's words for this code are of a new card.
    if (failure?.code === 'trello_refused') return nothingChanged(editReference(job));
    if (failure) return failure.reason;
    if (steps.commented?.result && state.followed.muted) {
      return 'Your comment is on the card. Updates are muted in this thread, so it isn’t shown here.';
    }
    return steps.look?.result?.words;
  }
}
