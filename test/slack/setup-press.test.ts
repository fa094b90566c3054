import { webApi } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createChangeBoardListener } from '../../src/slack/listeners/actions/setup-change-board.ts';
import { createChooseBoardListener } from '../../src/slack/listeners/actions/setup-choose-board.ts';
import { createCreateBoardListener } from '../../src/slack/listeners/actions/setup-create-board.ts';
import { createDisconnectListener } from '../../src/slack/listeners/actions/setup-disconnect.ts';
import { createFixBoardListener } from '../../src/slack/listeners/actions/setup-fix-board.ts';
import { createRemoveBoardListener } from '../../src/slack/listeners/actions/setup-remove-board.ts';
import { createOpenSetup } from '../../src/slack/listeners/commands/setup.ts';
import { type BoardChoice, boardForm, newBoardForm } from '../../src/slack/messages/setup-board-form.ts';
import {
  closedSetup,
  readOnlySetup,
  type SetupState,
  setupForm,
} from '../../src/slack/messages/setup-form.ts';
import type { SetupControls } from '../../src/slack/setup.ts';

const place = { channel: 'C1', channelName: 'rockets' };
const who = { team: 'T1', user: 'U1' };
const account = { id: 'A1', name: 'Launch Bot', by: 'U1', at: 1, works: true };
const board = { id: 'B1', name: 'Mission Control', account: 'A1', list: 'To Do', doneList: 'Done' };
const other = { ...board, id: 'B2', name: 'Ground Control', list: 'Inbox', doneList: 'Shipped' };
const offer = { boards: [board, other] };
const parts = { lists: ['To Do', 'Inbox'], members: [] };
const ready: SetupState & { isAdmin: boolean } = {
  setup: { boards: { B1: board, B2: other }, routes: { C1: { board: 'B2' } }, otherwise: { board: 'B1' } },
  ...{ accounts: [account], admins: ['U1'], installer: 'U1', isAdmin: true },
};
const form = setupForm(ready, place);
const refusal = (error: string) => new webApi.WebAPIPlatformError({ ok: false, error } as never);
const away = new AppError({ code: 'x', retry: 'later', userMessage: 'Trello isn’t answering.' });
const bug = new Error('a bug');

/** What happened, in order. */
let done: unknown[];
let state: typeof ready;
let admin: () => Promise<typeof who>;
/** What Trello answers with. */
let trello: () => Promise<void>;
/** How Slack refuses updates, one after the other. */
let refusals: (Error | undefined)[];

const controls = {
  adminOf: () => admin(),
  read: async () => state,
  async complete(_who: object, found: SetupState) {
    await trello();
    return { ...found, checks: new Map() };
  },
  async choice(_who: object, _state: object, chosen: BoardChoice['chosen'], isRouted: boolean) {
    await trello();
    return { offer, parts, chosen, isRouted };
  },
  defaults: { list: 'To Do', doneList: 'Done' },
  boards: {
    async repair(team: string, { id }: { id: string }) {
      done.push(['repair', team, id]);
      await trello();
    },
  },
  redraw: async (_client: unknown, by: object, ...rest: unknown[]) => void done.push(['redraw', by, ...rest]),
  remember: async (by: object, _state: object, shown: object) => void done.push(['remember', by, shown]),
  noteRefusal: async (by: object) => void done.push(['refused', by]),
  workspaces: {
    accounts: { disconnect: async (...given: string[]) => void done.push(['disconnect', ...given]) },
    setups: { removeBoard: async (...given: string[]) => void done.push(['remove', ...given]) },
  },
} as unknown as SetupControls;
const opens = (name: string) => async (given: object) => {
  done.push([name, given]);
  return { view: { id: 'V9' } };
};
const client = {
  views: {
    open: opens('open'),
    push: opens('push'),
    async update(given: object) {
      done.push(['update', given]);
      const refused = refusals.shift();
      if (refused) throw refused;
    },
  },
};

interface Press {
  value?: string;
  /** `undefined`: on a message. */
  view?: object | undefined;
  below?: string;
  at?: string;
}
/** A press in the setup, or with what is given of its form. */
function press(
  listener: (given: never) => Promise<void>,
  { value = 'B1', below, at = '1.0', ...more }: Press = {},
) {
  const shown = { ...form, id: 'V1', hash: 'h1', previous_view_id: below, state: { values: {} } };
  const view = 'view' in more ? more.view && { ...shown, ...more.view } : shown;
  return listener({
    ack: async () => void done.push('ack'),
    action: { value, action_ts: at },
    body: { user: { id: 'U1' }, trigger_id: 'trigger', view },
    client,
  } as never);
}
const drawn = ['redraw', who, { view_id: 'V1', metadata: place }];

beforeEach(() => {
  done = [];
  state = ready;
  admin = async () => who;
  trello = async () => {};
  refusals = [];
});
afterEach(() => void vi.useRealTimers());

describe('a press in the setup', () => {
  const listeners = [
    createChangeBoardListener,
    createCreateBoardListener,
    createDisconnectListener,
    createFixBoardListener,
    createRemoveBoardListener,
  ];

  it.each(listeners)('is acknowledged, and changes nothing for who is no app admin: %o', async (create) => {
    admin = () => Promise.reject(away);
    await expect(press(create(controls))).rejects.toBe(away);
    await press(create(controls), { view: undefined });
    expect(done).toEqual(['ack', 'ack']);
  });
});

describe('“Change…”', () => {
  const change = createChangeBoardListener(controls);

  it.each([
    ['B1', board, false],
    ['B2', other, true],
  ])(
    'opens the choice of the board %s on top of the setup, as it is set',
    async (value, chosen, isRouted) => {
      await press(change, { value });
      const view = boardForm({ offer, parts, chosen, isRouted }, place);
      expect(done).toEqual(['ack', ['push', { trigger_id: 'trigger', view }]]);
    },
  );

  it('of a board that is no more draws the setup again', async () => {
    await press(change, { value: 'B3' });
    expect(done).toEqual(['ack', drawn]);
  });

  it('opens at once while Trello is slow, and says later why there is nothing to choose', async () => {
    vi.useFakeTimers();
    const asked = Promise.withResolvers<void>();
    trello = () => asked.promise;
    const pressed = press(change, { value: 'B2' });
    await vi.advanceTimersByTimeAsync(1_000);
    const loading = boardForm({ offer: undefined, parts: undefined, chosen: other, isRouted: true }, place);
    expect(done.slice(1)).toEqual([['push', { trigger_id: 'trigger', view: loading }]]);
    asked.reject(away);
    await pressed;
    const view = closedSetup(place, 'Trello isn’t answering.');
    expect(done.slice(2)).toEqual([['update', { view_id: 'V9', view }]]);
  });
});

describe('a choice of board', () => {
  const chosen = { ...board, list: 'Kept' };
  const choosing = boardForm({ offer, parts, chosen: other, isRouted: true }, place);
  const metadata = { ...place, account: 'A1' };
  const choose = (listener: (given: never) => Promise<void>, at?: string, { id, name } = board) => {
    const selected_option = { value: `A1:${id}`, text: { text: name } };
    const state = { values: { setup_choose_board: { setup_choose_board: { selected_option } } } };
    return press(listener, { view: { ...choosing, state }, ...(at && { at }) });
  };
  const updateWith = (settings: BoardChoice['chosen'], hash?: string) => {
    const view = boardForm({ offer, parts, chosen: settings, isRouted: true }, metadata);
    return ['update', { view_id: 'V1', ...(hash && { hash }), view }];
  };

  it('shows what is set of the board, or else what is usual', async () => {
    state = { ...ready, setup: { ...ready.setup, boards: { B1: chosen } } };
    await choose(createChooseBoardListener(controls));
    state = { ...ready, setup: { boards: {}, routes: {} } };
    await choose(createChooseBoardListener(controls));
    expect(done).toEqual(['ack', updateWith(chosen, 'h1'), 'ack', updateWith(board, 'h1')]);
  });

  it('is drawn whatever was drawn meanwhile, as long as it is the last', async () => {
    const listener = createChooseBoardListener(controls);
    refusals = [refusal('hash_conflict')];
    await choose(listener);
    expect(done).toEqual(['ack', updateWith(board, 'h1'), updateWith(board)]);

    done = [];
    const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    let next = 0;
    trello = () => asked[next++]?.promise ?? Promise.resolve();
    const [one, last] = [choose(listener, '1.0'), choose(listener, '2.0')];
    refusals = [refusal('hash_conflict'), refusal('hash_conflict')];
    asked[0].resolve();
    await one;
    expect(done).toEqual(['ack', 'ack', updateWith(board, 'h1')]);
    asked[1].resolve();
    await last;
    expect(done.slice(3)).toEqual([updateWith(board, 'h1'), updateWith(board)]);
  });

  it('is the last also when the store is slower with the one before', async () => {
    const listener = createChooseBoardListener(controls);
    const asked = Promise.withResolvers<typeof who>();
    admin = () => asked.promise;
    const one = choose(listener, '1.0', other);
    await vi.waitFor(() => expect(done).toEqual(['ack']));
    admin = async () => who;
    const answered = Promise.withResolvers<void>();
    trello = () => answered.promise;
    const last = choose(listener, '2.0');
    await vi.waitFor(() => expect(done).toEqual(['ack', 'ack']));
    asked.resolve(who);
    refusals = [refusal('hash_conflict'), refusal('hash_conflict')];
    answered.resolve();
    await Promise.all([one, last]);
    expect(done.at(-1)).toEqual(updateWith(board));
    expect(done).toHaveLength(5);
  });

  it('is nothing when the form was closed meanwhile, and an error when Slack refuses it otherwise', async () => {
    const listener = createChooseBoardListener(controls);
    refusals = [refusal('not_found')];
    await choose(listener);
    refusals = [refusal('invalid_arguments')];
    await expect(choose(listener)).rejects.toThrow('invalid_arguments');
    expect(done).toHaveLength(4);
    admin = () => Promise.reject(away);
    await expect(choose(listener)).rejects.toBe(away);
  });

  it('of no board, or outside of a form, is acknowledged and nothing else', async () => {
    admin = () => Promise.reject(bug);
    const listener = createChooseBoardListener(controls);
    await press(listener);
    await press(listener, { view: undefined });
    expect(done).toEqual(['ack', 'ack']);
  });
});

describe('“Create a board…”', () => {
  it.each([true, false])('asks for its name, and for what it is where there is another (%s)', async (has) => {
    if (!has) state = { ...ready, setup: { boards: {}, routes: {} } };
    await press(createCreateBoardListener(controls));
    expect(done).toEqual(['ack', ['push', { trigger_id: 'trigger', view: newBoardForm(place, has) }]]);
  });
});

describe('“Disconnect…”', () => {
  it('takes the account away in the person’s name, and shows what is left', async () => {
    await press(createDisconnectListener(controls), { value: 'A1' });
    expect(done).toEqual(['ack', ['disconnect', 'T1', 'A1', 'U1'], drawn]);
  });
});

describe('“Disconnect this board…”', () => {
  const remove = createRemoveBoardListener(controls);
  const said = ['update', { view_id: 'V1', view: closedSetup(place, 'This board is disconnected.') }];
  const removed = ['remove', 'T1', 'B1', 'U1'];

  it('takes the board away in the person’s name, says so, and shows the rest under it', async () => {
    await press(remove, { below: 'V0' });
    await press(remove);
    const below = ['redraw', who, { view_id: 'V0', metadata: place }];
    expect(done).toEqual(['ack', removed, said, below, 'ack', removed, said]);
  });

  it('shows the rest also when its own form was closed, and fails when Slack refuses it otherwise', async () => {
    refusals = [refusal('not_found')];
    await press(remove, { below: 'V0' });
    expect(done).toHaveLength(4);
    refusals = [bug];
    await expect(press(remove, { below: 'V0' })).rejects.toBe(bug);
  });
});

describe('“Fix it”', () => {
  const fix = createFixBoardListener(controls);
  const shown = ['update', { view_id: 'V1', hash: 'h1', view: form }];

  it('goes before the work begins, and the setup shows how the board is then', async () => {
    await press(fix);
    expect(done).toEqual(['ack', shown, ['repair', 'T1', 'B1'], [...drawn, undefined]]);
  });

  it.each(['hash_conflict', 'not_found'])(
    'pressed twice, or in a form that is closed, works once (%s)',
    async (error) => {
      refusals = [refusal(error)];
      await press(fix);
      expect(done).toEqual(['ack', shown]);
    },
  );

  it('begins nothing when Slack refuses the form otherwise', async () => {
    refusals = [refusal('invalid_arguments')];
    await expect(press(fix)).rejects.toThrow('invalid_arguments');
    expect(done).toEqual(['ack', shown]);
  });

  it('says of which board what kept this app from repairing it', async () => {
    trello = () => Promise.reject(away);
    await press(fix);
    expect(done.at(-1)).toEqual([...drawn, { board: 'B1', words: 'Trello isn’t answering.' }]);
    trello = () => Promise.reject(bug);
    await expect(press(fix)).rejects.toBe(bug);
  });

  it('of a board that is no more shows what is there', async () => {
    await press(fix, { value: 'B3' });
    expect(done).toEqual(['ack', shown, [...drawn, undefined]]);
  });
});

describe('the command for the setup', () => {
  const metadata = { ...place, responseUrl: 'https://hooks.slack.com/x' };
  const command = {
    ...{ trigger_id: 'trigger', team_id: 'T1', user_id: 'U1', channel_id: 'C1', channel_name: 'rockets' },
    response_url: metadata.responseUrl,
  };
  const openSetup = () => createOpenSetup(controls)(command as never, client as never);

  it('shows an app admin the setup, which is drawn again later', async () => {
    await openSetup();
    expect(done).toEqual([
      ['open', { trigger_id: 'trigger', view: setupForm({ ...ready, checks: new Map() }, metadata) }],
      ['remember', who, { view_id: 'V9', metadata }],
    ]);
  });

  it('shows everybody else how it is, which is noted', async () => {
    state = { ...ready, isAdmin: false };
    trello = () => Promise.reject(bug);
    await openSetup();
    expect(done).toEqual([
      ['open', { trigger_id: 'trigger', view: readOnlySetup(ready, metadata) }],
      ['refused', who],
    ]);
  });

  it('shows what the store says while Trello is slow, and later why there is no more', async () => {
    vi.useFakeTimers();
    const asked = Promise.withResolvers<void>();
    trello = () => asked.promise;
    const opened = openSetup();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(done).toEqual([['open', { trigger_id: 'trigger', view: setupForm(ready, metadata) }]]);
    asked.reject(away);
    await opened;
    expect(done[1]).toEqual([
      'update',
      { view_id: 'V9', view: closedSetup(metadata, 'Trello isn’t answering.') },
    ]);
  });
});
