import type { ViewOutput } from '@slack/bolt';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { CardJob } from '../../src/flows/create-card/job.ts';
import { createSubmit } from '../../src/flows/create-card/submit.ts';
import { createEvents } from '../../src/jobs/events.ts';
import type { Job } from '../../src/jobs/job.ts';
import { createAccept } from '../../src/slack/form-request.ts';
import { createTaskFormListener } from '../../src/slack/listeners/views/task-form.ts';
import { type FormMetadata, taskForm } from '../../src/slack/messages/task-form.ts';
import type { Kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { createRequestParser } from '../../src/tasks/request.ts';
import { connectedBoard } from '../../src/workspaces/setups.ts';

const NOT_SAVED = 'Can’t save this right now. Keep this form open and press Create card again in a minute.';
const ALREADY_SENT =
  'This form was already sent and its card is being created. For another card, copy your text, press Cancel and run the command again.';
/** A workspace of which it is not known where its cards go. */
const WITHOUT_BOARD = 'T-without';
const RESPONSE_URL = 'https://hooks.slack.com/commands/T1/1/x';

const kindOf = (type: string) => KINDS.find((kind) => kind.type === type) as Kind;

/** What happened, in order: what was stored, how the form was answered, who was told where. */
let done: unknown[];
let stored: Map<string, CardJob>;
let add: (job: Job) => Promise<Job>;
let remembered: Record<string, string>;
/** When the kind was chosen, as the memory of forms was told. */
let chosenAt: string[];
/** The boards whose cards a form was compared with. */
let compared: string[];
let isStoreAway: boolean;

const away = () => new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'x' });

const listener = createTaskFormListener({
  kinds: KINDS,
  parse: createRequestParser(KINDS),
  accept: createAccept({
    submit: createSubmit({ queue: { add: (job) => add(job) }, events: createEvents() }),
    messages: {
      linkTo: async ({ channel, ts, thread }) => `https://x.slack.com/${channel}/${ts}/${thread}`,
      remember: async ({ team, channel, ts }, { id }) => {
        if (isStoreAway) throw away();
        done.push(`${channel} ${ts} of ${team} is ${stored.has(id) ? 'the job' : id}`);
      },
    },
  }),
  memory: {
    async remember(_, at) {
      chosenAt.push(at);
      return { values: remembered, newest: true };
    },
  },
  knownSetup: async () => undefined,
  async boardOf(team, channel, chosen) {
    if (team === WITHOUT_BOARD) return { settled: undefined, shown: undefined };
    if (chosen === GONE) connectedBoard({ boards: {}, routes: {} }, chosen);
    const settled = chosen ?? `the board of ${channel} in ${team}`;
    return { settled, shown: settled };
  },
  similar: {
    async check(_form, _request, _typed, board) {
      compared.push(board);
      return [];
    },
  },
  tellWhere: async (job, url) => void done.push(`told of ${stored.has(job) ? 'the job' : job} at ${url}`),
  log: pino({ level: 'silent' }),
});

const [FIRST, SECOND, GONE] = ['a', 'b', 'c'].map((letter) => letter.repeat(24)) as [string, string, string];
const one = { id: FIRST, name: 'Mission Control', account: 'a1', list: 'To Do', doneList: 'Done' };
const setup = {
  boards: { [FIRST]: one, [SECOND]: { ...one, id: SECOND } },
  routes: {},
  otherwise: { board: FIRST },
};

interface Sent {
  type?: string;
  values?: Record<string, string>;
  id?: string;
  /** Where the app is, as Bolt has found it. */
  team?: string | undefined;
  responseUrl?: string | undefined;
  user?: object;
  /** The board that is chosen. */
  board?: string;
  /** The kind that is chosen on top, where its fields are not there yet. */
  chosen?: string;
  /** The message that the form was filled from. */
  message?: FormMetadata['message'];
}

/** Sends a form with these values; resolves with how it was answered. */
async function send({
  type = 'bug',
  values = { description: 'It leaks' },
  id = 'V1',
  responseUrl = RESPONSE_URL,
  user = { id: 'U1', name: 'ana', team_id: 'T1' },
  chosen = type,
  board,
  message,
  ...where
}: Sent = {}) {
  const form = taskForm({
    kinds: KINDS,
    kind: kindOf(type),
    values,
    metadata: { channel: 'C1', channelName: 'rockets', responseUrl, message },
    setup: board === undefined ? undefined : setup,
  });
  const select = (value: string) => ({ type: 'static_select', selected_option: { value } });
  const choice = {
    type: { type: select(chosen) },
    ...(board !== undefined && { board: { board: select(board) } }),
  };
  const view = { ...form, id, team_id: 'T-of-the-view', hash: 'h1', state: { values: choice } };
  await listener({
    ack: async (answer: unknown) => void done.push(answer),
    body: { user, team: { id: 'T-of-the-body' } },
    context: { teamId: 'T1', ...('team' in where && { teamId: where.team }) },
    view: view as unknown as ViewOutput,
  } as never);
  return done.at(-1);
}

const onlyJob = () => [...stored.values()][0] as CardJob;

beforeEach(() => {
  done = [];
  stored = new Map();
  remembered = {};
  chosenAt = [];
  compared = [];
  isStoreAway = false;
  add = async (job) => {
    if (!stored.has(job.id)) done.push('stored');
    stored.set(job.id, stored.get(job.id) ?? (job as CardJob));
    return stored.get(job.id) as Job;
  };
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a form that is sent', () => {
  it('is durable before it closes, and after that its person hears where the answer comes', async () => {
    await send();
    expect(done).toEqual(['stored', { response_action: 'clear' }, `told of the job at ${RESPONSE_URL}`]);
    expect(onlyJob().state).toMatchObject({
      kind: { type: 'bug' },
      draft: { description: 'It leaks' },
      board: 'the board of C1 in T1',
      origin: {
        source: 'slack',
        team: 'T1',
        channel: 'C1',
        channelName: 'rockets',
        user: 'U1',
        name: 'ana',
      },
    });
  });

  it('keeps the message that it was made of, with a link and its author, before it closes', async () => {
    const message = { ts: '5.1', thread: '5.0', user: 'U2', author: 'Bruno', earlier: { title: 'x' } };
    await send({ message });
    expect(done.slice(0, 3)).toEqual(['stored', 'C1 5.1 of T1 is the job', { response_action: 'clear' }]);
    expect(onlyJob().state.origin).toMatchObject({
      channel: 'C1',
      message: { ts: '5.1', thread: '5.0', author: 'Bruno', link: 'https://x.slack.com/C1/5.1/5.0' },
    });
    expect(JSON.stringify(onlyJob().state.origin)).not.toContain('earlier');
  });

  it('again with another text is not the card of its message', async () => {
    const message = { ts: '5.1' };
    await send({ message });
    await send({ message, values: { description: 'It burns' } });
    expect(done.filter((one) => String(one).startsWith('C1'))).toHaveLength(1);
  });

  it('has its card on the board that was chosen in the form', async () => {
    await send({ board: SECOND });
    expect(onlyJob().state).toMatchObject({ board: SECOND });
  });

  it('stays open when the chosen board is no longer connected', async () => {
    expect(await send({ board: GONE })).toEqual({
      response_action: 'errors',
      errors: {
        board: 'This app is no longer connected to that board. An app admin can connect it again.',
      },
    });
    expect(stored.size).toBe(0);
  });

  it('is compared with the cards of its board, and with none where that is not known', async () => {
    await send({ board: SECOND });
    await send({ team: WITHOUT_BOARD });
    expect(compared).toEqual([SECOND]);
    expect(stored.size).toBe(2);
  });

  it('without an address to answer at closes all the same', async () => {
    await send({ responseUrl: '' });
    expect(done).toEqual(['stored', { response_action: 'clear' }]);
  });

  it('is one request of its own: not that of another form, nor of a form with its id elsewhere', async () => {
    await send({ id: 'V1' });
    await send({ id: 'V2' });
    await send({ id: 'V1', team: 'T2' });
    await send({ id: 'V1' });
    expect(stored.size).toBe(3);
    expect(done.filter((one) => one === 'stored')).toHaveLength(3);
    expect(JSON.stringify(done)).not.toContain('errors');
  });

  it('again with another text stays open, says so, and changes nothing', async () => {
    await send();
    expect(await send({ values: { description: 'It burns' } })).toEqual({
      response_action: 'errors',
      errors: { type: ALREADY_SENT },
    });
    expect(onlyJob().state.draft.description).toBe('It leaks');
  });

  it.each([
    [{ user: { id: 'U1', name: 'ana' } }, 'T1', 'ana'],
    [{ user: { id: 'U1', name: '', team_id: 'T2' } }, 'T1', 'Someone'],
    [{ team: undefined }, 'T-of-the-view', 'ana'],
  ])(
    'of %o belongs to the workspace %s, where the app is, and is asked for by %s',
    async (sent, team, name) => {
      await send(sent);
      expect(onlyJob().state.origin).toMatchObject({ team, user: 'U1', name });
    },
  );

  it('with problems shows each at its field, and stores nothing', async () => {
    const values = { title: ' ', description: 'bell \u0007' };
    expect(await send({ type: 'issue', values })).toEqual({
      response_action: 'errors',
      errors: { title: 'Enter a title.', description: 'Remove the invisible character at position 6.' },
    });
    expect(stored.size).toBe(0);
  });

  it('before the fields of the chosen kind are there gets them, with what was typed', async () => {
    remembered = { title: 'A title', description: 'It leaks' };
    const answer = (await send({ type: 'bug', chosen: 'issue' })) as { view: { blocks: object[] } };
    expect(answer).toMatchObject({ response_action: 'update' });
    expect(answer.view.blocks).toMatchObject([
      { block_id: 'type', element: { initial_option: { value: 'issue' } } },
      { block_id: 'title.h1', element: { initial_value: 'A title' } },
      { block_id: 'description' },
      {},
    ]);
    // Earlier than any choice: it hides none that another instance still draws.
    expect(chosenAt).toEqual(['']);
    expect(stored.size).toBe(0);
  });
});

describe('a form that cannot be saved', () => {
  const stays = { response_action: 'errors', errors: { type: NOT_SAVED } };

  it('stays open as soon as the store is known to be away', async () => {
    add = () => Promise.reject(away());
    expect(await send()).toEqual(stays);
  });

  it('stays open while it is not kept which message has the card, and says which button to press', async () => {
    isStoreAway = true;
    const message = { ts: '5.1', earlier: { title: 'x' } };
    expect(await send({ message })).toEqual({
      response_action: 'errors',
      errors: {
        type: 'Can’t save this right now. Keep this form open and press Create another again in a minute.',
      },
    });
    isStoreAway = false;
    await send({ message });
    expect([stored.size, done.includes('C1 5.1 of T1 is the job')]).toEqual([1, true]);
  });

  it('stays open after 2 s of a slow store, before Slack gives up; sent again it is still one request', async () => {
    vi.useFakeTimers();
    const quick = add;
    add = async (job) => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      return await quick(job);
    };
    const sent = send();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual([stays]);
    await sent;
    add = quick;
    expect(await send({ responseUrl: '' })).toEqual({ response_action: 'clear' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stored.size).toBe(1);
  });

  it('for another reason stays open with the reason', async () => {
    add = () => Promise.reject(new AppError({ code: 'x', retry: 'never', userMessage: 'Ask an admin.' }));
    const reason = { response_action: 'errors', errors: { type: 'Ask an admin.' } };
    expect(await send()).toEqual(reason);
    expect(await send({ board: FIRST })).toEqual(reason);
  });

  it('for a fault of the program is not answered as if it were a problem of the form', async () => {
    add = () => Promise.reject(new Error('a bug'));
    await expect(send()).rejects.toThrow('a bug');
    expect(done).toEqual([]);
  });
});
