import type { types, ViewOutput } from '@slack/bolt';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { CardJob } from '../../src/flows/create-card/job.ts';
import type { SimilarCard } from '../../src/flows/create-card/ports.ts';
import { cardJobId, createSubmit } from '../../src/flows/create-card/submit.ts';
import { createEvents } from '../../src/jobs/events.ts';
import type { Job } from '../../src/jobs/job.ts';
import { createAccept, identityOf } from '../../src/slack/form-request.ts';
import { createFollowListener, createSimilarListener } from '../../src/slack/listeners/views/similar.ts';
import { createTaskFormListener } from '../../src/slack/listeners/views/task-form.ts';
import { taskForm } from '../../src/slack/messages/task-form.ts';
import { type Asked, createSimilar } from '../../src/slack/similar.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createRequestParser } from '../../src/tasks/request.ts';

const CARD: SimilarCard = {
  id: '65f000000000000000000001',
  title: 'Cockpit loses pressure',
  url: 'https://trello.com/c/x',
  list: 'Doing',
  assignees: [],
  openedAt: 0,
};
const ROOT = 'V1';
const JOB = cardJobId(identityOf({ team: 'T1', root: ROOT }));
const NOT_SAVED = (button: string) =>
  `Can’t save this right now. Keep this form open and press ${button} again in a minute.`;
const log = pino({ level: 'silent' });

/** What happened, in order. */
let done: unknown[];
let stored: Map<string, CardJob>;
/** The records of the store, and what reading or writing one costs. */
let records: Map<string, unknown>;
let access: () => Promise<void>;
let add: (job: Job) => Promise<Job>;
let found: SimilarCard[];
let compared: unknown[];
let isThere: () => Promise<boolean>;
/** The cards that Trello was asked for. */
let looked: unknown[];

const similar = createSimilar({
  find(...given) {
    compared.push(given);
    return found;
  },
  asked: {
    get: async (key: string) => access().then(() => records.get(key)),
    set: async (key: string, value: unknown) => access().then(() => void records.set(key, value)),
  } as never,
  isKnown: async (form) => stored.has(cardJobId(identityOf(form))),
  log,
});
const taking = {
  parse: createRequestParser(KINDS),
  accept: createAccept({
    submit: createSubmit({ queue: { add: (job) => add(job) }, events: createEvents() }),
    messages: { linkTo: async () => undefined, remember: async () => {} },
  }),
  boardOf: async (_: string, __: string | undefined, chosen: string | undefined) => ({
    settled: chosen,
    shown: chosen ?? 'b1',
  }),
  similar,
  tellWhere: async (job: string) => void done.push(`told of ${job === JOB ? 'the job' : job}`),
  log,
};
const sendForm = createTaskFormListener({
  ...taking,
  kinds: KINDS,
  memory: { remember: async () => ({ values: {}, newest: true }) },
  knownSetup: async () => undefined,
});
const controls = {
  ...taking,
  async isThere(...given: unknown[]) {
    looked.push(given);
    return await isThere();
  },
};
const sendAnyway = createSimilarListener(controls);
const pressFollow = createFollowListener(controls);

const ack = async (answer?: unknown) => void done.push(answer ?? 'acknowledged');
const who = (id = 'U1') => ({ user: { id, name: 'ana' }, team: { id: 'T1' } });
const context = { teamId: 'T1' };
const client = { views: { update: async ({ view }: { view: unknown }) => void done.push(view) } };

/** Sends a form with these values; resolves with how it was answered. */
async function form(
  values: Record<string, string> = { description: 'It leaks' },
  type = 'bug',
  responseUrl: string | undefined = 'https://hooks.slack.com/x',
) {
  const view = taskForm({
    kinds: KINDS,
    kind: KINDS.find((kind) => kind.type === type) as Kind,
    values,
    metadata: { channel: 'C1', channelName: 'rockets', responseUrl },
    setup: undefined,
  });
  const whole = { ...view, id: ROOT, root_view_id: ROOT, team_id: 'T1', hash: 'h', state: { values: {} } };
  await sendForm({ ack, body: who(), context, view: whole } as never);
  return done.at(-1) as { response_action: string; view: types.ModalView };
}

/** The view of similar cards, as Slack has it. */
async function shownView(responseUrl?: string) {
  const { view } = await form(undefined, undefined, responseUrl);
  done = [];
  return {
    ...view,
    id: 'V2',
    root_view_id: ROOT,
    previous_view_id: ROOT,
    team_id: 'T1',
  } as unknown as ViewOutput;
}
const anyway = (view: ViewOutput, user?: string) =>
  sendAnyway({ ack, body: who(user), context, view } as never);
const follow = (view: ViewOutput, value = CARD.id) =>
  pressFollow({ ack, action: { value }, body: { ...who(), view }, client, context } as never);
const wordsOf = (view: unknown) => (view as { blocks: { text: { text: string } }[] }).blocks[0]?.text.text;

beforeEach(() => {
  done = [];
  compared = [];
  looked = [];
  stored = new Map();
  records = new Map();
  found = [CARD];
  access = async () => {};
  isThere = async () => true;
  add = async (job) => {
    if (!stored.has(job.id)) done.push('stored');
    stored.set(job.id, stored.get(job.id) ?? (job as CardJob));
    return stored.get(job.id) as Job;
  };
});
afterEach(() => void vi.useRealTimers());

const unavailable = () => new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'x' });

describe('a form that is like a card', () => {
  it('shows the card before anything is made', async () => {
    expect(await form()).toMatchObject({ response_action: 'push', view: { callback_id: 'similar' } });
    expect(stored.size).toBe(0);
  });

  it.each([
    ['bug', { description: 'It leaks' }, 'It leaks'],
    ['issue', { title: 'Leak', description: 'It hisses' }, 'Leak'],
    ['task', { title: 'Clean it', category: 'Test' }, 'Clean it'],
  ])('of the kind %s is compared by its title, or else its description', async (type, values, text) => {
    await form(values, type);
    expect(compared).toEqual([[{ team: 'T1', board: 'b1' }, text, 3]]);
  });

  it('makes its card where no card is like it', async () => {
    found = [];
    expect(await form()).toBe('told of the job');
    expect(done).toEqual(['stored', { response_action: 'clear' }, 'told of the job']);
  });

  it('that was accepted before is the same request, though its own card is like it', async () => {
    found = [];
    await form();
    found = [CARD];
    done = [];
    await form();
    expect(done).toEqual([{ response_action: 'clear' }, 'told of the job']);
  });

  it('makes its card when the check takes more than 300 ms, or fails', async () => {
    vi.useFakeTimers();
    access = () => new Promise(() => {});
    const sent = form();
    await vi.advanceTimersByTimeAsync(299);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await sent;
    expect(done).toContainEqual({ response_action: 'clear' });

    stored.clear();
    access = async () => {
      throw unavailable();
    };
    expect(await form()).toBe('told of the job');
  });
});

describe('“Create anyway”', () => {
  it('makes what was typed in the form, as the form’s own request', async () => {
    const view = await shownView();
    await anyway(view);
    expect(done).toEqual(['stored', { response_action: 'clear' }, 'told of the job']);
    expect([...stored.keys()]).toEqual([JOB]);
    const { state } = stored.get(JOB) as CardJob;
    expect(state).toMatchObject({
      draft: { description: 'It leaks' },
      origin: { channel: 'C1', user: 'U1' },
    });
    expect(state.follow).toBeUndefined();
    await anyway(view);
    expect(stored.size).toBe(1);
  });

  it('is kept open with a sentence when the store is away', async () => {
    const view = await shownView();
    add = async () => {
      throw unavailable();
    };
    await anyway(view);
    expect(done).toMatchObject([{ response_action: 'update' }]);
    const [{ view: shown }] = done as [{ view: types.ModalView }];
    expect(wordsOf(shown)).toBe(NOT_SAVED('Create anyway'));
    expect(shown.blocks.slice(1)).toEqual(view.blocks.slice(1));
  });

  it('makes nothing of another person’s form, nor of one that is forgotten', async () => {
    const view = await shownView();
    await anyway(view, 'U2');
    records.clear();
    await anyway(view);
    expect(stored.size).toBe(0);
    for (const answer of done as { view: types.ModalView }[]) {
      expect(wordsOf(answer.view)).toBe('This form is out of date. Press Back, then Create card once more.');
    }
    expect(done).toHaveLength(2);
  });

  it('makes nothing of a form that is valid no longer', async () => {
    const view = await shownView();
    for (const asked of records.values()) Object.assign(asked as Asked, { typed: { type: 'gone' } });
    await anyway(view);
    expect(wordsOf((done[0] as { view: types.ModalView }).view)).toMatch(/^This form is out of date/);
  });

  it('of a form that came from no channel is told nowhere', async () => {
    await anyway(await shownView(''));
    expect(done).toEqual(['stored', { response_action: 'clear' }]);
  });

  it('is not answered for a fault of the program', async () => {
    const view = await shownView();
    add = () => Promise.reject(new Error('a bug'));
    await expect(anyway(view)).rejects.toThrow('a bug');
    expect(done).toEqual([]);
  });

  it('after following a card is refused', async () => {
    const view = await shownView();
    await follow(view);
    done = [];
    await anyway(view);
    expect(wordsOf((done[0] as { view: types.ModalView }).view)).toMatch(/^This form was already sent/);
    expect(stored.get(JOB)?.state.follow).toMatchObject({ id: CARD.id });
  });
});

describe('“Follow this one”', () => {
  it('is durable before its acknowledgement, and then says so', async () => {
    await follow(await shownView());
    expect(done).toMatchObject([
      'stored',
      'acknowledged',
      { title: { text: 'Following' } },
      'told of the job',
    ]);
    expect(stored.get(JOB)?.state).toMatchObject({
      board: 'b1',
      follow: { id: CARD.id, title: CARD.title, words: 'It leaks' },
    });
    expect(looked).toEqual([[{ team: 'T1', board: 'b1' }, CARD.id]]);
  });

  it('of a form that came from no channel is told nowhere', async () => {
    await follow(await shownView(''));
    expect(done).toMatchObject(['stored', 'acknowledged', { title: { text: 'Following' } }]);
  });

  it('is acknowledged for a fault of the program, and leaves the view', async () => {
    const view = await shownView();
    add = () => Promise.reject(new Error('a bug'));
    await expect(follow(view)).rejects.toThrow('a bug');
    expect(done).toEqual(['acknowledged']);
  });

  it('keeps all that was typed of a kind with a title', async () => {
    const { view } = await form({ title: 'Leak', description: 'It hisses' }, 'issue');
    await follow({ ...view, id: 'V2', root_view_id: ROOT, team_id: 'T1' } as unknown as ViewOutput);
    expect(stored.get(JOB)?.state.follow?.words).toBe('Leak\nIt hisses');
  });

  it('says that the card is gone, and shows it no more', async () => {
    isThere = async () => false;
    await follow(await shownView());
    expect(done).toHaveLength(2);
    expect(done[0]).toBe('acknowledged');
    const shown = done[1] as types.ModalView;
    expect(wordsOf(shown)).toBe('That card was deleted meanwhile. Choose another or press Create anyway.');
    expect(shown.blocks).toHaveLength(1);
    expect(stored.size).toBe(0);
  });

  it('goes on when Trello fails, or does not say within a second whether the card is there', async () => {
    const view = await shownView();
    vi.useFakeTimers();
    isThere = () => new Promise(() => {});
    const pressed = follow(view);
    await vi.advanceTimersByTimeAsync(1_000);
    await pressed;
    expect(done).toContain('stored');
    stored.clear();
    done = [];
    isThere = async () => {
      throw unavailable();
    };
    await follow(view);
    expect(done).toContain('stored');
  });

  it('follows no card that was not shown', async () => {
    await follow(await shownView(), '65f000000000000000000009');
    expect(stored.size).toBe(0);
    expect(wordsOf(done[1])).toMatch(/^This form is out of date/);
  });

  it('says when it cannot be saved, and leaves the view', async () => {
    const view = await shownView();
    add = async () => {
      throw unavailable();
    };
    await follow(view);
    expect(done[0]).toBe('acknowledged');
    expect(wordsOf(done[1])).toBe(NOT_SAVED('Follow this one'));
    expect((done[1] as types.ModalView).blocks.slice(1)).toEqual(view.blocks.slice(1));
  });
});
