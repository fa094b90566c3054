import { webApi } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createSetupListener } from '../../src/slack/listeners/views/setup.ts';
import { createBoardFormListener } from '../../src/slack/listeners/views/setup-board.ts';
import { createNewBoardListener } from '../../src/slack/listeners/views/setup-new-board.ts';
import { boardForm, newBoardForm } from '../../src/slack/messages/setup-board-form.ts';
import { closedSetup, type SetupState, setupForm } from '../../src/slack/messages/setup-form.ts';
import type { SetupControls } from '../../src/slack/setup.ts';

const place = { channel: 'C1', channelName: 'rockets' };
const who = { team: 'T1', user: 'U1' };
const account = { id: 'A1', name: 'Launch Bot', by: 'U1', at: 1, works: true };
const board = { id: 'B1', name: 'Mission Control', account: 'A1', list: 'To Do', doneList: 'Done' };
const other = { ...board, id: 'B2', name: 'Ground Control', list: 'Inbox', doneList: 'Shipped' };
const first: SetupState = {
  setup: { boards: {}, routes: {} },
  ...{ accounts: [account], admins: ['U1'], installer: 'U1', offer: { boards: [board] } },
};
const ready: SetupState = {
  ...first,
  setup: { boards: { B1: board, B2: other }, routes: {}, otherwise: { board: 'B1' } },
};
const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'x' });
const refused = new AppError({ code: 'not_admin', retry: 'never', userMessage: 'Only app admins can.' });
const bug = new Error('a bug');
const closed = new webApi.WebAPIPlatformError({ ok: false, error: 'not_found' } as never);
const NOT_SAVED = (button: string) =>
  `Can’t save this right now. Keep this form open and press ${button} again in a minute.`;

/** What happened, in order. */
let done: unknown[];
/** How the workspace stands, and is after Trello was asked. */
let stored: SetupState;
let complete: () => Promise<SetupState>;
let admin: () => Promise<typeof who>;
let use: () => Promise<void>;
let create: () => Promise<{ id: string; name: string }>;
let update: () => Promise<void>;
/** The workspace still has the board that a channel is to use. */
let isThere: boolean;

const controls = {
  adminOf: () => admin(),
  read: async () => stored,
  complete: () => complete(),
  choice: async (_who: unknown, _state: unknown, chosen: object, isRouted: boolean) => ({
    ...{ offer: { boards: [board, other] }, parts: { lists: ['Later'], members: [] } },
    chosen,
    isRouted,
  }),
  defaults: { list: 'To Do', doneList: 'Done' },
  use: async (by: object, settings: object, channel?: string) => {
    await use();
    done.push(['use', by, settings, channel]);
  },
  redraw: async (_client: unknown, by: object, form: object) => void done.push(['redraw', by, form]),
  sayRoute: async (setup: object, metadata: object) => void done.push(['say', setup, metadata]),
  boards: {
    async create(...given: unknown[]) {
      done.push(['create', ...given]);
      return await create();
    },
  },
  workspaces: {
    setups: {
      find: async () => stored.setup,
      async route(...given: unknown[]) {
        done.push(['route', ...given]);
        return isThere;
      },
      setAdmins: async (...given: unknown[]) => void done.push(['admins', ...given]),
    },
  },
} as unknown as SetupControls;
const client = {
  views: {
    async update(given: object) {
      done.push(['update', given]);
      await update();
    },
  },
};

type Field = Record<string, unknown>;
/** Sends a form, with these values by the `action_id` of their fields. */
async function send(
  createListener: (given: SetupControls) => (given: never) => Promise<void>,
  form: { blocks: unknown[] },
  values: Record<string, Field> = {},
  below?: string,
) {
  const inputs = form.blocks as { block_id?: string; element?: { action_id?: string } }[];
  const state: Record<string, object> = {};
  for (const { block_id = '', element } of inputs) {
    const value = values[element?.action_id ?? ''];
    if (value) state[block_id] = { [String(element?.action_id)]: value };
  }
  const view = { ...form, id: 'V1', previous_view_id: below, state: { values: state } };
  const ack = async (answer?: unknown) => void done.push(['ack', answer]);
  await createListener(controls)({ ack, view, body: { user: { id: 'U1' } }, client } as never);
}
const select = (value: string, text = '') => ({ selected_option: { value, text: { text } } });
const errors = (given: object) => [['ack', { response_action: 'errors', errors: given }]];

beforeEach(() => {
  done = [];
  stored = ready;
  complete = async () => ({ ...stored, checks: new Map([['B1', { problems: [] }]]) });
  admin = async () => who;
  use = async () => {};
  create = async () => ({ id: 'B9', name: 'Moon base' });
  update = async () => {};
  isThere = true;
});
afterEach(() => void vi.useRealTimers());

const choice = {
  ...{ offer: { boards: [board, other] }, parts: { lists: ['To Do', 'Later', 'Done'], members: [] } },
  chosen: board,
  isRouted: false,
};

describe('a form of the setup', () => {
  const forms = [
    ['Save', createSetupListener, setupForm(ready, place), 'admins', {}],
    ['Use this board', createBoardFormListener, setupForm(first, place), 'setup_choose_board', {}],
    ['Create board', createNewBoardListener, newBoardForm(place, true), 'name', { name: { value: 'x' } }],
  ] as const;

  it.each(forms.slice(0, 2))(
    'stays open while the store is away (%s)',
    async (button, listener, form, field) => {
      admin = () => Promise.reject(away);
      await send(listener, form);
      expect(done).toEqual(errors({ [field]: NOT_SAVED(button) }));
    },
  );

  it.each(forms)('says who may send it (%s)', async (_, listener, form, field, values) => {
    admin = () => Promise.reject(refused);
    await send(listener, form, values);
    expect(done).toEqual(errors({ [field]: 'Only app admins can.' }));
  });

  it.each(forms)('is not answered for a fault of the program (%s)', async (_, listener, form, __, values) => {
    admin = () => Promise.reject(bug);
    await expect(send(listener, form, values)).rejects.toBe(bug);
    expect(done).toEqual([]);
  });

  it.each([
    ['Save', createSetupListener, setupForm(ready, place), 'admins'],
    ['Use this board', createBoardFormListener, boardForm(choice, place), 'setup_choose_board'],
  ] as const)('stays open after 2 s of a slow store (%s)', async (button, listener, form, field) => {
    vi.useFakeTimers();
    if (button === 'Save') admin = () => new Promise(() => {});
    else use = () => new Promise(() => {});
    const sent = send(listener, form);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await sent;
    expect(done).toEqual(errors({ [field]: NOT_SAVED(button) }));
  });
});

describe('“Save”', () => {
  const routed = { ...ready, setup: { ...ready.setup, routes: { C1: { board: 'B2' } } } };
  const admins = (...users: string[]) => ({ admins: { selected_users: users } });
  const named = {
    ...ready,
    setup: { ...ready.setup, admins: { users: ['U1', 'U2'], by: 'U1', at: 1 } },
  };

  it.each<[string, SetupState, Record<string, Field>, unknown[]]>([
    ['another board for the channel', ready, { route: select('B2') }, [['route', 'T1', 'C1', 'B2', 'U1']]],
    [
      'the workspace’s board again',
      routed,
      { route: select('workspace') },
      [['route', 'T1', 'C1', undefined, 'U1']],
    ],
    ['the board that the channel has', routed, { route: select('B2') }, []],
    ['nothing', named, admins('U1', 'U2'), []],
    ['the admins in another order', named, admins('U2', 'U1'), []],
    ['another admin', named, admins('U1', 'U3'), [['admins', 'T1', ['U1', 'U3'], 'U1']]],
    ['no admin any more', named, admins(), [['admins', 'T1', [], 'U1']]],
  ])('changes what was changed: %s', async (_, state, values, changes) => {
    await send(createSetupListener, setupForm(state, place), values);
    expect(done).toEqual([...changes, ['ack', undefined]]);
  });

  it('takes admins that Slack leaves out of a form that was drawn again for unchanged', async () => {
    const form = setupForm(named, { ...place, redrawn: true });
    await send(createSetupListener, form);
    await send(createSetupListener, form, admins('U3'));
    expect(done).toEqual([
      ['ack', undefined],
      ['admins', 'T1', ['U3'], 'U1'],
      ['ack', undefined],
    ]);
  });

  it('says that the chosen board is no longer connected, and changes nothing else', async () => {
    isThere = false;
    await send(createSetupListener, setupForm(ready, place), { route: select('B2'), ...admins('U3') });
    expect(done).toEqual([
      ['route', 'T1', 'C1', 'B2', 'U1'],
      ...errors({
        'route.workspace.B1': 'This board is no longer connected. Close this form and run the command again.',
      }),
    ]);
  });
});

describe('“Use this board”', () => {
  const used = (settings: object, channel?: string) => ['use', who, settings, channel];
  const chosen = boardForm(choice, place);

  it('has the lists and the channel that were chosen; the setup under it shows them', async () => {
    const values = { list: select('Later'), done_list: select('Done') };
    await send(createBoardFormListener, chosen, values, 'V0');
    await send(createBoardFormListener, chosen, { scope: select('channel') }, 'V0');
    const drawn = ['redraw', who, { view_id: 'V0', metadata: { ...place, account: 'A1' } }];
    expect(done).toEqual([
      used({ ...board, list: 'Later' }),
      ['ack', undefined],
      drawn,
      used(board, 'C1'),
      ['ack', undefined],
      drawn,
    ]);
  });

  it('has the lists of before where the form has none, or else those that are usual', async () => {
    const drawExcept = ['mallory'];
    stored = { ...first, setup: { boards: { B1: { ...other, id: 'B1', drawExcept } }, routes: {} } };
    await send(createBoardFormListener, setupForm(first, place));
    stored = { ...first, setup: { boards: { B2: other }, routes: {} } };
    await send(createBoardFormListener, setupForm(first, place));
    expect(done.filter((one) => (one as unknown[])[0] === 'use')).toEqual([
      used({ ...board, list: 'Inbox', doneList: 'Shipped', drawExcept }),
      used(board),
    ]);
  });

  it('keeps those out of the draw whom it cannot show, and of names only members', async () => {
    const [gone, shown, longer] = ['f'.repeat(24), 'a'.repeat(24), 'f'.repeat(25)] as const;
    const drawExcept = [gone, shown, longer, 'mallory'];
    stored = { ...ready, setup: { ...ready.setup, boards: { B1: { ...board, drawExcept } } } };
    const members = [shown, 'e'.repeat(24)].map((id) => ({ id, name: id }));
    const form = boardForm({ ...choice, parts: { ...choice.parts, members } }, place);
    const never_drawn = { selected_options: [{ value: 'e'.repeat(24) }] };
    await send(createBoardFormListener, form, { never_drawn }, 'V0');
    expect(done[0]).toEqual(used({ ...board, drawExcept: ['e'.repeat(24), gone] }));
  });

  it('closes all as the first choice with everything in place, and says where cards go', async () => {
    stored = first;
    complete = async () => ({ ...ready, checks: new Map([['B1', { problems: [] }]]) });
    const form = setupForm(first, place);
    await send(createBoardFormListener, form);
    expect(done).toEqual([
      used(board),
      ['ack', { response_action: 'clear' }],
      ['say', ready.setup, { ...place, account: 'A1' }],
    ]);
  });

  const again = { ...place, account: 'A1', redrawn: true };
  it.each([
    [
      'what a board lacks',
      new Map([
        ['B2', { problems: ['No list.'] }],
        ['B1', { problems: [] }],
      ]),
    ],
    ['that it is not checked', undefined],
  ])('shows as the first choice %s', async (_, checks) => {
    complete = async () => ({ ...ready, checks });
    await send(createBoardFormListener, setupForm(first, place));
    const view = setupForm({ ...ready, checks }, again);
    expect(done).toEqual([used(board), ['ack', { response_action: 'update', view }]]);
  });

  it('shows the setup before Slack gives up, and completes it when Trello has answered', async () => {
    vi.useFakeTimers();
    const asked = Promise.withResolvers<SetupState>();
    complete = () => asked.promise;
    const sent = send(createBoardFormListener, setupForm(first, place));
    await vi.advanceTimersByTimeAsync(699);
    expect(done).toEqual([used(board)]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done.slice(1)).toEqual([['ack', { response_action: 'update', view: setupForm(ready, again) }]]);
    const checked = { ...ready, checks: new Map([['B1', { problems: [] }]]) };
    update = () => Promise.reject(closed);
    asked.resolve(checked);
    await sent;
    expect(done.slice(2)).toEqual([['update', { view_id: 'V1', view: setupForm(checked, again) }]]);
  });

  it('asks for the lists of the chosen board when the form has those of another', async () => {
    const values = { setup_choose_board: select('A1:B2', 'Ground Control'), scope: select('channel') };
    await send(createBoardFormListener, chosen, values, 'V0');
    const loading = { offer: undefined, parts: undefined, chosen: other, isRouted: true };
    const metadata = { ...place, account: 'A1' };
    const there = { ...choice, parts: { lists: ['Later'], members: [] }, chosen: other, isRouted: true };
    expect(done).toEqual([
      ['ack', { response_action: 'update', view: boardForm(loading, metadata) }],
      ['update', { view_id: 'V1', view: boardForm(there, metadata) }],
    ]);
  });

  it('without a board to choose closes and changes nothing', async () => {
    await send(createBoardFormListener, closedSetup(place, 'Loading…'));
    expect(done).toEqual([['ack', undefined]]);
  });

  it('is not answered when what Trello says cannot be read', async () => {
    complete = () => Promise.reject(bug);
    await expect(send(createBoardFormListener, setupForm(first, place))).rejects.toBe(bug);
    expect(done).toEqual([used(board)]);
  });
});

describe('“Create board”', () => {
  const metadata = { ...place, account: 'A1' };
  const form = newBoardForm(metadata, true);
  const made = { id: 'B9', name: 'Moon base', account: 'A1', list: 'To Do', doneList: 'Done' };
  const name = { value: ' Moon base ' };
  const waiting = ['ack', { response_action: 'update', view: closedSetup(metadata, 'Creating the board…') }];

  it('asks for a name first', async () => {
    admin = () => Promise.reject(bug);
    await send(createNewBoardListener, form, { name: { value: '  ' } });
    expect(done).toEqual(errors({ name: 'Enter a name.' }));
  });

  it.each([
    ['of the workspace', {}, undefined],
    ['of the channel', { scope: select('channel') }, 'C1'],
  ])('makes the board %s, and says where cards go', async (_, scope, channel) => {
    stored = { ...first, setup: { boards: { B9: made }, routes: {}, otherwise: { board: 'B9' } } };
    await send(createNewBoardListener, form, { name, ...scope });
    const view = closedSetup(metadata, 'Cards from #rockets go to To Do on Moon base.');
    expect(done).toEqual([
      waiting,
      ['create', 'T1', 'A1', 'Moon base', 'To Do'],
      ['use', who, made, channel],
      ['update', { view_id: 'V1', view: { ...view, clear_on_close: true } }],
    ]);
  });

  it('says where cards of this channel go, should that be elsewhere', async () => {
    stored = { ...ready, setup: { ...ready.setup, routes: { C1: { board: 'B2' } } } };
    await send(createNewBoardListener, form, { name });
    expect(JSON.stringify(done.at(-1))).toContain('Cards from #rockets go to Inbox on Ground Control.');
    stored = first;
    await send(createNewBoardListener, form, { name });
    expect(JSON.stringify(done.at(-1))).toContain('Cards from #rockets go to To Do on Moon base.');
  });

  it('says why there is no board; the forms under it stay', async () => {
    create = () => Promise.reject(new AppError({ code: 'x', retry: 'never', userMessage: 'Too many.' }));
    await send(createNewBoardListener, form, { name });
    expect(done.at(-1)).toEqual(['update', { view_id: 'V1', view: closedSetup(metadata, 'Too many.') }]);
    create = () => Promise.reject(bug);
    await expect(send(createNewBoardListener, form, { name })).rejects.toBe(bug);
  });

  it('is made also when the form was closed meanwhile', async () => {
    update = () => Promise.reject(closed);
    await send(createNewBoardListener, form, { name });
    expect(done).toHaveLength(4);
    update = () => Promise.reject(bug);
    await expect(send(createNewBoardListener, form, { name })).rejects.toBe(bug);
  });
});
