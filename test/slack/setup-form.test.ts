import type { types, ViewOutput } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { problemsOfView } from '../../sandbox/slack/blocks/validate.ts';
import { type BoardChoice, boardForm, newBoardForm } from '../../src/slack/messages/setup-board-form.ts';
import {
  closedSetup,
  readOnlySetup,
  type SetupState,
  setupForm,
  stageOf,
} from '../../src/slack/messages/setup-form.ts';
import type { SetupMetadata } from '../../src/slack/messages/setup-parts.ts';
import { readSetupForm } from '../../src/slack/messages/setup-values.ts';
import type { Board } from '../../src/workspaces/setups.ts';

const AT = Date.parse('2026-11-24T12:00:00Z');
const ON = '<!date^1795521600^{date_short}|Nov 24, 2026>';
const here: SetupMetadata = { channel: 'C1', channelName: 'mission-control' };

const aBoard = (id: string, name: string, more: Partial<Board> = {}): Board => ({
  id,
  name,
  account: 'A1',
  list: 'To Do',
  doneList: 'Done',
  by: 'U0BRUNO',
  at: AT,
  ...more,
});
const mission = aBoard('B1', 'Mission Control');
const ground = aBoard('B2', 'Ground Control', { list: 'Inbox' });
const bruno = { id: 'A1', name: 'Launch Bot', by: 'U0BRUNO', at: AT, works: true };

const nothing: SetupState = {
  setup: { boards: {}, routes: {} },
  accounts: [],
  admins: ['U0BRUNO'],
  installer: 'U0BRUNO',
  connectUrl: 'https://bridge.example.com/connect/trello?state=s',
};
const ready: SetupState = {
  ...nothing,
  setup: { boards: { B1: mission }, routes: {}, otherwise: { board: 'B1', by: 'U0BRUNO', at: AT } },
  accounts: [bruno],
  checks: new Map([['B1', { problems: [] }]]),
};

/** What a person reads, a line for each block; buttons and choices in brackets. */
function read(view: types.ModalView): string[] {
  const words = (value: unknown): string => {
    if (Array.isArray(value)) return value.map(words).join('');
    if (typeof value !== 'object' || value === null) return '';
    const one = value as Record<string, unknown>;
    if (one.type === 'user') return `<@${one.user_id}>`;
    if (one.type === 'date') return `{${one.fallback}}`;
    if (one.type === 'rich_text_list')
      return (one.elements as unknown[]).map((item) => `• ${words(item)}`).join('');
    if (one.type === 'button') return `[${words(one.text)}]`;
    if (one.options) return `[${(one.options as unknown[]).map((each) => words(each)).join('|')}]`;
    if (one.type === 'multi_users_select') return `[${((one.initial_users as string[]) ?? []).join('|')}]`;
    if (typeof one.text === 'string') return one.text;
    const parts = [one.text, one.label, one.element, one.elements, one.accessory, one.hint].map(words);
    return parts.filter((part) => part !== '').join(' ');
  };
  return view.blocks.map(words);
}

describe('the setup of a workspace without a Trello account', () => {
  it('begins with the account, in the words of its two steps', () => {
    const view = setupForm(nothing, here);
    expect(stageOf(nothing)).toBe('connect');
    expect(read(view)).toEqual([
      'Two steps: connect a Trello account, then choose a board.',
      '[Connect Trello]',
      'Use an account of its own for this app: cards and comments appear in its name.',
    ]);
    expect(view).toMatchObject({ title: { text: 'Setup' }, close: { text: 'Close' } });
    expect(view).not.toHaveProperty('submit');
    expect(view.blocks[1]).toMatchObject({
      elements: [{ style: 'primary', url: 'https://bridge.example.com/connect/trello?state=s' }],
    });
  });

  it('sends to an operator where there is no public address', () => {
    expect(read(setupForm({ ...nothing, connectUrl: undefined }, here))).toEqual([
      'An operator connects Trello on the server; the installation guide says how.',
    ]);
  });
});

describe('the setup of a workspace with an account and no board', () => {
  const boards = [
    { id: 'B2', name: 'Ground Control', account: 'A1' },
    { id: 'B1', name: 'Mission Control', account: 'A1' },
  ];
  const connected = { ...nothing, accounts: [bruno] };

  it('has the board with the latest changes chosen, so that one press is enough', () => {
    const view = setupForm({ ...connected, offer: { boards } }, here);
    expect(read(view)).toEqual([
      'Connected as Launch Bot.',
      'Board [Ground Control|Mission Control]',
      '[Create a board…]',
    ]);
    expect(view).toMatchObject({ callback_id: 'setup_board', submit: { text: 'Use this board' } });
    expect(view.blocks[1]).toMatchObject({ element: { initial_option: { value: 'A1:B2' } } });
  });

  it('says that Trello is read, what is wrong with it, and that there is no board', () => {
    expect(read(setupForm(connected, here))).toEqual(['Connected as Launch Bot.', 'Loading…']);
    const trouble = { ...connected, offer: { trouble: 'Trello isn’t answering.' } };
    expect(read(setupForm(trouble, here))).toEqual(['Connected as Launch Bot.', 'Trello isn’t answering.']);
    const none = setupForm({ ...connected, offer: { boards: [] } }, here);
    expect(read(none)).toEqual(['Connected as Launch Bot.', '[Create a board…]']);
    expect(none).not.toHaveProperty('submit');
  });

  it('comes again when the account of its board was disconnected', () => {
    const others = { ...ready, accounts: [{ ...bruno, id: 'A2' }], offer: { boards } };
    expect(stageOf(others)).toBe('choose');
    expect(setupForm(others, here).blocks[1]).toMatchObject({
      element: { initial_option: { value: 'A1:B1' } },
    });
    expect(stageOf({ ...ready, accounts: [] })).toBe('connect');
    expect(stageOf({ ...ready, accounts: [{ ...bruno, works: false }] })).toBe('ready');
  });
});

describe('the setup of a workspace with a board', () => {
  it('shows all at a glance, and who set it when', () => {
    const view = setupForm(ready, here);
    expect(read(view)).toEqual([
      'Board',
      'Mission Control · new cards in To Do · finished in Done [Change…]',
      `Changed by <@U0BRUNO> on ${ON}.`,
      'Check',
      'Everything is in place.',
      'This channel',
      'Board for #mission-control [Workspace default: Mission Control|Mission Control]',
      'Trello account',
      'Launch Bot, connected by <@U0BRUNO> on {Nov 24, 2026}',
      '[Reconnect][Disconnect…]',
      'App admins []',
      '<@U0BRUNO> installed this app and is one, too.',
    ]);
    expect(view).toMatchObject({ submit: { text: 'Save' } });
    expect(view.blocks[9]).toMatchObject({
      elements: [
        {},
        {
          confirm: {
            title: { text: 'Disconnect Trello?' },
            text: {
              text: 'New cards wait and threads stop until an account is connected again. Cards stay in Trello.',
            },
            confirm: { text: 'Disconnect' },
            deny: { text: 'Keep it' },
            style: 'danger',
          },
        },
      ],
    });
  });

  it('names what a board lacks, and what the button adds', () => {
    const problem =
      'The board “Mission Control” has no list “To Do”. Someone on the board can add it or rename one.';
    const check = { problems: [problem, 'Another.'], repair: 'Adds the list “To Do”.' };
    const blocks = read(setupForm({ ...ready, checks: new Map([['B1', check]]) }, here));
    expect(blocks.slice(3, 7)).toEqual([
      'Check',
      `• ${problem}• Another.`,
      '[Fix it]',
      'Adds the list “To Do”.',
    ]);
    const hopeless = { problems: [problem] };
    expect(read(setupForm({ ...ready, checks: new Map([['B1', hopeless]]) }, here))).not.toContain(
      '[Fix it]',
    );
    expect(read(setupForm({ ...ready, checks: undefined }, here)).slice(3, 5)).toEqual(['Check', 'Loading…']);
  });

  it('shows every board with its channels, and the one of this channel as chosen', () => {
    const setup = {
      ...ready.setup,
      boards: { B2: ground, B1: mission },
      routes: { C1: { board: 'B2', by: 'U0ANA', at: AT }, C7: { board: 'B2', by: 'U0ANA', at: AT } },
    };
    const check = { problems: ['Lacking.'] };
    const checks = new Map([
      ['B1', { problems: [] }],
      ['B2', check],
    ]);
    const view = setupForm({ ...ready, setup, checks }, here);
    expect(read(view).slice(0, 10)).toEqual([
      'Board',
      'Mission Control · new cards in To Do · finished in Done [Change…]',
      `Workspace default. Changed by <@U0BRUNO> on ${ON}.`,
      'Ground Control · new cards in Inbox · finished in Done [Change…]',
      `For <#C1>, <#C7>. Changed by <@U0BRUNO> on ${ON}.`,
      'Check',
      'Ground Control• Lacking.',
      'This channel',
      'Board for #mission-control [Workspace default: Mission Control|Ground Control|Mission Control]',
      `Changed by <@U0ANA> on ${ON}.`,
    ]);
    expect(view.blocks[8]).toMatchObject({ element: { initial_option: { value: 'B2' } } });
  });

  it('leaves out a board of its own for a direct message, and the name of a private channel', () => {
    const direct = read(setupForm(ready, { channel: 'D1', channelName: 'directmessage' }));
    expect(direct).not.toContain('This channel');
    const secret = read(setupForm(ready, { channel: 'C1', channelName: 'privategroup' }));
    expect(secret.find((line) => line.startsWith('Board for'))).toContain('Board for this channel ');
  });

  it('cannot disconnect the account of the settings', () => {
    const own = { id: 'variables', name: '', works: true };
    const state = {
      ...ready,
      accounts: [own],
      setup: { ...ready.setup, boards: { B1: { ...mission, account: 'variables' } } },
    };
    const lines = read(setupForm(state, here));
    expect(lines).toContain('Connected on the server.');
    expect(lines.join()).not.toContain('Disconnect');
  });
});

describe('the choice of a board', () => {
  const choice: BoardChoice = {
    offer: {
      boards: [
        { ...ground, account: 'A1' },
        { ...mission, account: 'A1' },
      ],
    },
    chosen: mission,
    parts: { lists: ['Ideas', 'to do', 'Done'], members: [] },
    isRouted: false,
  };
  const members = [
    { id: 'M2', name: 'Chen', username: 'chen' },
    { id: 'M1', name: 'Ana', username: 'anaruiz' },
    { id: 'M3', name: 'Dora' },
  ];
  const withMembers = (drawExcept?: string[]): BoardChoice => ({
    ...choice,
    chosen: { ...mission, ...(drawExcept && { drawExcept }) },
    parts: { lists: [], members },
  });
  const fieldOf = (view: types.ModalView) =>
    view.blocks.find(({ block_id }) => block_id === 'never_drawn.B1') as types.InputBlock;

  it('has what is set chosen; a list that the board lacks can be kept', () => {
    const view = boardForm({ ...choice, chosen: { ...mission, doneList: 'Shipped' } }, here);
    expect(read(view)).toEqual([
      'Board [Mission Control|Ground Control]',
      '[Create a board…]',
      'List for new cards [to do|Ideas|Done]',
      'List of finished cards [Shipped|Ideas|to do|Done]',
      'Use it for [Every channel without a board of its own|Only #mission-control]',
    ]);
    const [board, , list, doneList] = view.blocks as types.InputBlock[];
    expect([board, list, doneList].map((block) => block?.element)).toMatchObject([
      { initial_option: { value: 'A1:B1' } },
      { initial_option: { value: 'to do' } },
      { initial_option: { value: 'Shipped', description: { text: 'Not on the board yet' } } },
    ]);
  });

  it('offers who is never drawn, those first who are left out now, by their ids or by the usernames of the settings', () => {
    const field = fieldOf(boardForm(withMembers(['M3', 'chen']), here));
    expect(field).toMatchObject({
      label: { text: 'Never drawn' },
      optional: true,
      hint: { text: 'Cards of some types go to a random member of the board: never to these.' },
      element: {
        type: 'multi_static_select',
        options: [
          { text: { text: 'Chen (@chen)' }, value: 'M2' },
          { text: { text: 'Dora' }, value: 'M3' },
          { text: { text: 'Ana (@anaruiz)' }, value: 'M1' },
        ],
        initial_options: [{ value: 'M2' }, { value: 'M3' }],
      },
    });
    expect(fieldOf(boardForm(withMembers(), here)).element).not.toHaveProperty('initial_options');
    expect(fieldOf(boardForm(choice, here))).toBeUndefined();
    expect(
      read(
        setupForm(
          { ...ready, setup: { ...ready.setup, boards: { B1: { ...mission, drawExcept: ['M3'] } } } },
          here,
        ),
      )[1],
    ).toBe('Mission Control · new cards in To Do · finished in Done · 1 never drawn [Change…]');
  });

  it('reads what Slack leaves out of its state as it is shown, and an empty choice as nobody', () => {
    const { blocks } = boardForm(withMembers(['M3']), here) as unknown as ViewOutput;
    const read = (state: object) =>
      readSetupForm({ blocks, state: { values: state } as ViewOutput['state'] });
    expect(read({}).neverDrawn).toEqual({ offered: ['M3', 'M1', 'M2'], chosen: ['M3'] });
    const nobody = {
      'never_drawn.B1': { never_drawn: { type: 'multi_static_select', selected_options: [] } },
    };
    expect(read(nobody).neverDrawn?.chosen).toEqual([]);
  });

  it('can be disconnected where there is another', () => {
    const view = boardForm({ ...choice, removable: 'B1' }, here);
    expect(read(view).at(-1)).toBe('[Disconnect this board…]');
    expect(view.blocks.at(-1)).toMatchObject({
      elements: [
        {
          value: 'B1',
          confirm: {
            title: { text: 'Disconnect this board?' },
            text: {
              text: 'Its threads stop, and its channels use the board of the workspace. Cards stay in Trello.',
            },
          },
        },
      ],
    });
  });

  it('says that Trello is read, and what is wrong with it', () => {
    expect(read(boardForm({ ...choice, parts: undefined }, here))).toEqual(['Loading…']);
    const trouble = { trouble: 'Trello isn’t answering.' };
    expect(read(boardForm({ ...choice, parts: trouble }, here))[0]).toBe('Trello isn’t answering.');
  });
});

describe('the setup for everybody else', () => {
  it('names the app admins and where cards go, without a button', () => {
    const view = readOnlySetup({ ...ready, admins: ['U0BRUNO', 'U0ANA'] }, here);
    expect(read(view)).toEqual([
      'Only app admins can change the setup: <@U0BRUNO>, <@U0ANA>.',
      'Cards from #mission-control go to To Do on Mission Control.',
    ]);
    expect(view).not.toHaveProperty('submit');
  });

  it('says that nobody is one', () => {
    expect(read(readOnlySetup({ ...nothing, admins: [] }, here))).toEqual([
      'No app admin is set. Whoever installed this app can name one.',
      'This app isn’t connected to a Trello board yet.',
    ]);
  });
});

describe('every form of the setup', () => {
  const nasty = '<!channel> *bold* :tada: \u202E שלום '.repeat(40);
  const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n));
  const boards = Object.fromEntries(
    many(150, (n) => [
      `B${n}`,
      aBoard(`B${n}`, `${n} ${nasty}`, { list: nasty, doneList: nasty, by: nasty }),
    ]),
  );
  const full: SetupState = {
    setup: {
      boards,
      routes: Object.fromEntries(many(400, (n) => [`C${n}`, { board: `B${n % 150}`, by: 'U1', at: AT }])),
      otherwise: { board: 'B0', by: 'U1', at: AT },
      admins: { users: many(60, (n) => `U${n}`), by: 'U1', at: AT },
    },
    accounts: many(20, (n) => ({ ...bruno, id: `A${n}`, name: nasty, by: nasty })),
    admins: many(60, (n) => (n % 2 ? `U${n}` : nasty)),
    installer: 'U0BRUNO',
    connectUrl: nothing.connectUrl,
    checks: new Map(
      Object.keys(boards).map((id) => [id, { problems: many(30, () => nasty), repair: nasty }]),
    ),
  };
  const offer = { boards: many(150, (n) => ({ id: `B${n}`, name: nasty, account: 'A1' })) };
  const choice: BoardChoice = {
    offer,
    chosen: aBoard('B149', nasty, { list: 'To Do', drawExcept: many(150, (n) => `m${149 - n}`) }),
    parts: {
      lists: many(150, (n) => (n % 3 ? `${n}` : nasty)),
      members: many(150, (n) => ({ id: `${'M'.repeat(20)}${n}`, name: nasty, username: `m${n}` })),
    },
    isRouted: true,
    removable: 'B149',
  };
  const place = {
    ...here,
    channelName: 'x'.repeat(80),
    responseUrl: `https://hooks.slack.com/${'x'.repeat(200)}`,
  };
  const first = { ...nothing, accounts: full.accounts, offer };

  it.each([
    ['first step', setupForm(nothing, place)],
    ['first board', setupForm(first, place)],
    ['setup', setupForm(full, place)],
    ['choice of a board', boardForm(choice, place)],
    ['new board', newBoardForm(place, true)],
    ['for everybody else', readOnlySetup(full, place)],
    ['closed', closedSetup(place, nasty)],
  ])('is within Slack’s limits and keeps names as text (%s)', (_name, view) => {
    expect(problemsOfView(view, 'modal')).toEqual([]);
    expect(JSON.stringify(view)).not.toContain('\u202E');
    const contexts = view.blocks.filter(({ type }) => type === 'context') as types.ContextBlock[];
    for (const element of contexts.flatMap(({ elements }) => elements)) {
      if (element.type === 'mrkdwn') expect(element.text).not.toContain('<!channel>');
    }
  });

  it('keeps the board that is set among the 100 of a menu', () => {
    const [board] = boardForm(choice, place).blocks as types.InputBlock[];
    expect(board?.element).toMatchObject({ initial_option: { value: 'A1:B149' } });
    expect(board?.hint?.text).toBe('The 100 boards with the latest changes.');
    const drawn = boardForm(choice, place).blocks.find(({ block_id }) => block_id?.startsWith('never_drawn'));
    expect(drawn).toMatchObject({ hint: { text: expect.stringMatching(/ The first 100 by name\.$/) } });
    expect((drawn as types.InputBlock).element).toMatchObject({ initial_options: { length: 100 } });
    const routed = setupForm(full, { ...place, channel: 'C149' });
    const route = routed.blocks.find(({ block_id }) => block_id === 'route.B149') as types.InputBlock;
    expect(route.element).toMatchObject({ initial_option: { value: 'B149' } });
  });
});
