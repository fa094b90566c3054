import Keyv from 'keyv';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { Edit } from '../../src/flows/edit-card/edits.ts';
import type { EditRequest } from '../../src/flows/edit-card/flow.ts';
import type { CardEditor, FollowedCard, Named } from '../../src/flows/edit-card/ports.ts';
import { createCardListener } from '../../src/slack/listeners/actions/card.ts';
import { createCardFormListener, createRemoveListener } from '../../src/slack/listeners/views/card-form.ts';
import { createMe, createMeListener } from '../../src/slack/listeners/views/me.ts';
import type { CardControls } from '../../src/slack/may-edit.ts';
import { EDIT_FIELD, editForm } from '../../src/slack/messages/edit-form.ts';
import { CARD_BLOCK, MORE } from '../../src/slack/messages/root.ts';
import type { Workspace } from '../../src/slack/workspace.ts';
import { createPeople } from '../../src/workspaces/people.ts';
import type { Records } from '../../src/workspaces/records.ts';
import { createVault } from '../../src/workspaces/vault.ts';

const BOARD = { id: 'b1', board: 'b1', card: 'c1', team: 'T1', title: 'Launch', muted: false, ended: false };
const FOLLOWED: FollowedCard = { ...BOARD, id: 'l1' };
const ANA = { id: 'm-ana', name: 'Ana Lima' };
const MOMENT = 1_933_762_200_000;
const PLACE = { link: 'l1', channel: 'C1', thread: '1.0' };

/** Edits that this test alone knows, one of each sort. */
const entry = (name: string, more: Partial<Edit>) =>
  ({ name, label: name, place: 'menu', offered: [], phrase: () => name, ...more }) as Edit;
const form = (input: 'prose' | 'moment' | 'list' | 'member') => ({
  title: 'T',
  submit: 'S',
  field: { input, label: 'L' },
});
const press = entry('press', { value: 'pressed' });
const write = entry('write', { form: form('prose') });
const choose = entry('choose', { form: form('list') });
const date = entry('date', { form: form('moment') });
const claim = entry('claim', { form: form('member'), asksWho: true });
const sure = entry('sure', { value: true, form: { title: 'Sure?', submit: 'Yes' } });
const draw = entry('draw', { once: ({ drawn }) => String(drawn?.times) });
const edits = [press, write, choose, date, claim, sure, draw];

/** What happened, in order. */
let done: unknown[];
let requests: [readonly string[], EditRequest][];
let found: FollowedCard | undefined;
let lists: () => Promise<Named[]>;
let failing: Error | undefined;
let controls: CardControls;

const client = {
  views: {
    open: async ({ view }: { view: object }) => {
      done.push(['open', view]);
      return { view: { id: 'V9' } };
    },
    update: async ({ view_id, view }: { view_id: string; view: object }) =>
      void done.push(['update', view_id, view]),
  },
};
const ack = async (answer?: unknown) => void done.push(answer === undefined ? 'ack' : ['ack', answer]);

beforeEach(() => {
  done = [];
  requests = [];
  found = FOLLOWED;
  failing = undefined;
  lists = async () => [
    { id: 'list-1', name: 'To Do' },
    { id: 'list-2', name: 'Doing' },
  ];
  controls = {
    edits,
    threads: { find: async (link) => (link === 'l1' ? found : undefined) },
    people: createPeople({
      records: recordsInMemory(),
      vault: createVault([]),
      audit: { add: async () => {}, after: async () => [] },
    }),
    editorFor: async () => ({
      ...({} as CardEditor),
      read: async () => ({ list: { id: 'list-2', name: 'Doing' }, due: MOMENT }) as never,
      lists: () => lists(),
      members: async () => [{ ...ANA, username: 'ana' }],
    }),
    async requestEdit(press, request) {
      if (failing) throw failing;
      done.push('durable');
      requests.push([press, request]);
    },
    workspaceFor: async () => ({ name: 'SpaceX' }) as Workspace,
  };
});

/** What `createPeople` needs of a store. */
function recordsInMemory(): Records {
  const stored = new Map<string, string>();
  const keyOf = (address: object) => JSON.stringify(address);
  return {
    async get(address) {
      const text = stored.get(keyOf(address));
      return text === undefined ? undefined : { text };
    },
    async replace(address, before, after) {
      if (stored.get(keyOf(address)) !== before?.text) return false;
      if (after) stored.set(keyOf(address), after.text);
      else stored.delete(keyOf(address));
      return true;
    },
    list: async () => [],
    keysInUse: async () => [],
    countOf: async () => 0,
    withKey: async () => [],
  };
}

interface Press {
  name: string;
  user?: object;
  channel?: object;
  message?: object | undefined;
  menu?: boolean;
  link?: string;
}

/** Somebody presses a button of a card, or chooses in its menu. */
async function onPress({ name, user, channel = { id: 'C1' }, message, menu, link = 'l1' }: Press) {
  const action = menu
    ? { type: 'overflow', action_id: MORE, selected_option: { value: `${name}:${link}` } }
    : { type: 'button', action_id: name };
  await createCardListener(controls)({
    ack,
    action: { ...action, block_id: `${CARD_BLOCK}${link}`, action_ts: '7.7' },
    body: {
      user: user ?? { id: 'U1', name: 'ana', team_id: 'T1' },
      team: { id: 'T1' },
      channel,
      message: message ?? { thread_ts: '1.0' },
      trigger_id: 'trigger',
    },
    client,
  } as never);
}

describe('a press on a card', () => {
  it.each([{}, { menu: true }])('is durable before it is acknowledged, once: %o', async (how) => {
    await onPress({ name: 'press', ...how });
    expect(done).toEqual(['durable', 'ack']);
    expect(requests).toEqual([
      [
        ['press', 'T1', 'U1', 'C1', '7.7', 'press'],
        {
          edit: 'press',
          value: 'pressed',
          followed: FOLLOWED,
          by: { team: 'T1', user: 'U1', name: 'ana', member: undefined },
          place: { channel: 'C1', thread: '1.0' },
        },
      ],
    ]);
  });

  it('that has one outcome for the card as it is, is one edit, whoever presses and where', async () => {
    found = { ...FOLLOWED, drawn: { member: 'm1', times: 2 } };
    await onPress({ name: 'draw' });
    await onPress({ name: 'draw', user: { id: 'U2', name: 'bruno', team_id: 'T1' }, channel: { id: 'C2' } });
    expect(requests.map(([named]) => named)).toEqual(Array(2).fill(['once', 'T1', 'l1', 'draw', '2']));
  });

  it('outside of a thread and of a channel is answered where it was', async () => {
    await onPress({ name: 'press', message: {} });
    expect(requests[0]?.[1].place).toEqual({ channel: 'C1' });
    await createCardListener(controls)({
      ack,
      action: { type: 'button', action_id: 'press', block_id: `${CARD_BLOCK}l1`, action_ts: '1' },
      body: { user: { id: 'U1' }, team: { id: 'T1' } },
      client,
    } as never);
    expect(requests[1]?.[1]).toMatchObject({ place: { channel: 'U1' }, by: { name: 'Someone' } });
  });

  it('that no edit belongs to, such as the link to Trello, is acknowledged and nothing else', async () => {
    await onPress({ name: 'open' });
    expect(done).toEqual(['ack']);
  });

  it.each<[string, Press, () => void, object]>([
    [
      'of a thread that is not known',
      { name: 'press', link: 'other' },
      () => {},
      {
        code: 'link_unknown',
        userMessage: 'That didn’t work, and nothing was changed. Try again in a minute.',
      },
    ],
    [
      'by a member of another workspace',
      { name: 'press', user: { id: 'U1', team_id: 'T2' } },
      () => {},
      {
        code: 'other_workspace',
        userMessage: 'Only members of SpaceX can change this card from Slack.',
      },
    ],
    [
      'of a thread that follows its card no longer',
      { name: 'press' },
      () => {
        found = { ...FOLLOWED, ended: true };
      },
      {
        code: 'card_gone',
        userMessage: 'This thread no longer follows its card, so nothing was changed.',
      },
    ],
    [
      'while the store is away',
      { name: 'press' },
      () => {
        failing = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });
      },
      { code: 'store_unavailable' },
    ],
  ])('%s changes nothing, is acknowledged, and its person hears why', async (_, given, prepare, error) => {
    prepare();
    await expect(onPress(given)).rejects.toMatchObject({ retry: expect.any(String), ...error });
    expect(done).toEqual(['ack']);
  });

  it('of somebody whose name in Trello is known needs no form, and is done in that name', async () => {
    await controls.people.set({ team: 'T1', user: 'U1' }, ANA);
    await onPress({ name: 'claim' });
    expect(done).toEqual(['durable', 'ack']);
    expect(requests[0]?.[1]).toMatchObject({ value: ANA, by: { name: 'Ana Lima', member: 'm-ana' } });
  });

  it.each([
    ['write', '"multiline":true'],
    ['sure', '"Sure?"'],
    ['choose', '"initial_option":{"text":{"type":"plain_text","text":"Doing"'],
    ['date', `"initial_date_time":${MOMENT / 1000}`],
    ['claim', 'Ana Lima (@ana)'],
  ])('that needs a form gets it, acknowledged before, with the card as it is: %s', async (name, words) => {
    await onPress({ name });
    expect(done).toHaveLength(2);
    expect(done[0]).toBe('ack');
    expect(done[1]).toMatchObject(['open', { callback_id: name, private_metadata: JSON.stringify(PLACE) }]);
    expect(JSON.stringify(done[1])).toContain(words);
    expect(requests).toEqual([]);
  });

  it('gets its form at once where Trello is slow, and the field later, or why there is none', async () => {
    vi.useFakeTimers();
    try {
      const slow = Promise.withResolvers<Named[]>();
      lists = () => slow.promise;
      const pressed = onPress({ name: 'choose' });
      await vi.advanceTimersByTimeAsync(1_000);
      expect(JSON.stringify(done.at(-1))).toMatch(/^\["open".*Loading…/);
      slow.resolve([{ id: 'list-9', name: 'Later' }]);
      await pressed;
      expect(done.at(-1)).toMatchObject(['update', 'V9', { callback_id: 'choose' }]);
      expect(JSON.stringify(done.at(-1))).toContain('Later');

      const failed = Promise.withResolvers<Named[]>();
      lists = () => failed.promise;
      const again = onPress({ name: 'choose' });
      await vi.advanceTimersByTimeAsync(1_000);
      failed.reject(new AppError({ code: 'x', retry: 'later', userMessage: 'Trello isn’t answering.' }));
      await again;
      expect(JSON.stringify(done.at(-1))).toContain('Trello isn’t answering. Try again in a minute.');

      const broken = Promise.withResolvers<Named[]>();
      lists = () => broken.promise;
      const third = onPress({ name: 'choose' });
      third.catch(() => {});
      await vi.advanceTimersByTimeAsync(1_000);
      broken.reject(new Error('a bug'));
      await expect(third).rejects.toThrow('a bug');
    } finally {
      vi.useRealTimers();
    }
  });

  it('gets no form where Trello refuses at once', async () => {
    lists = () => Promise.reject(new AppError({ code: 'x', retry: 'later', userMessage: 'Away.' }));
    await expect(onPress({ name: 'choose' })).rejects.toMatchObject({ userMessage: 'Away.' });
    expect(done).toEqual(['ack']);
  });
});

/** The form of an edit, as Slack sends it when it was filled in with `state`. */
function viewOf(edit: Edit, state: object, options = [{ id: 'list-1', name: 'To Do' }]) {
  const shown = editForm(edit as Parameters<typeof editForm>[0], 'Launch', PLACE, {
    options,
    chosen: 'list-1',
  });
  return { ...shown, id: 'V1', team_id: 'T1', state: { values: { [EDIT_FIELD]: { [EDIT_FIELD]: state } } } };
}
const chosen = (id: string, text: string) => ({ selected_option: { value: id, text: { text } } });

async function onSubmit(edit: Edit, state: object, user: object = { id: 'U1', name: 'ana', team_id: 'T1' }) {
  await createCardFormListener(controls)({
    ack,
    body: { user, team: { id: 'T1' } },
    view: viewOf(edit, state),
  } as never);
}

describe('the form of an edit, when it is sent', () => {
  it('is durable before it closes; the same form again is the same edit', async () => {
    await onSubmit(write, { value: 'Nice' });
    expect(done).toEqual(['durable', 'ack']);
    expect(requests).toEqual([
      [
        ['view', 'T1', 'V1'],
        {
          edit: 'write',
          value: 'Nice',
          followed: FOLLOWED,
          by: { team: 'T1', user: 'U1', name: 'ana', member: undefined },
          place: { channel: 'C1', thread: '1.0' },
        },
      ],
    ]);
  });

  it('without a field has the value of its edit', async () => {
    await onSubmit(sure, {});
    expect(requests[0]?.[1]).toMatchObject({ edit: 'sure', value: true });
  });

  it('stays open when nothing was written', async () => {
    await onSubmit(write, { value: '  ' });
    expect(done).toEqual([
      ['ack', { response_action: 'errors', errors: { [EDIT_FIELD]: 'Write a comment.' } }],
    ]);
  });

  it('closes and does nothing when the list is the one that the card is in, or its edit is unknown', async () => {
    await onSubmit(choose, chosen('list-1', 'To Do'));
    await onSubmit({ ...press, name: 'gone', form: form('prose') }, { value: 'x' });
    expect(done).toEqual(['ack', 'ack']);
    await onSubmit(choose, chosen('list-2', 'Doing'));
    expect(requests[0]?.[1].value).toEqual({ id: 'list-2', name: 'Doing' });
  });

  it('keeps who somebody is in Trello, and does it in that name', async () => {
    await onSubmit(claim, chosen('m-ana', 'Ana Lima (@ana)'));
    expect(requests[0]?.[1]).toMatchObject({ value: ANA, by: { name: 'Ana Lima', member: 'm-ana' } });
    expect(await controls.people.find({ team: 'T1', user: 'U1' })).toEqual(ANA);
  });

  it('stays open when somebody else in this Slack goes by that name', async () => {
    await controls.people.set({ team: 'T1', user: 'U2' }, ANA);
    await onSubmit(claim, chosen('m-ana', 'Ana Lima (@ana)'));
    const taken = 'Somebody else in this Slack uses this name. Choose yours.';
    expect(done).toEqual([['ack', { response_action: 'errors', errors: { [EDIT_FIELD]: taken } }]]);
  });

  it('stays open with the reason and what was typed when it cannot be made durable', async () => {
    failing = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Can’t save this.' });
    await onSubmit(write, { value: 'Nice' });
    expect(done).toEqual([
      ['ack', { response_action: 'errors', errors: { [EDIT_FIELD]: 'Can’t save this.' } }],
    ]);
  });

  it('closes, and its person hears why elsewhere, where it has no field to say it at', async () => {
    failing = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Can’t save this.' });
    await expect(onSubmit(sure, {})).rejects.toBe(failing);
    failing = new Error('a bug');
    await expect(onSubmit(write, { value: 'Nice' })).rejects.toThrow('a bug');
    expect(done).toEqual(['ack', 'ack']);
  });
});

describe('“Remove due date”', () => {
  const remove = (view: object | undefined) =>
    createRemoveListener(
      controls,
      date,
    )({
      ack,
      action: { action_ts: '7.7' },
      body: { user: { id: 'U1', name: 'ana' }, team: { id: 'T1' }, view },
      client,
    } as never);

  it('is durable, says so in the form, and is acknowledged', async () => {
    await remove(viewOf(date, {}));
    expect(requests).toMatchObject([[['remove', 'T1', 'V1', '7.7'], { edit: 'date', value: null }]]);
    expect(done).toMatchObject(['durable', ['update', 'V1', {}], 'ack']);
    expect(JSON.stringify(done[1])).toContain('The due date is being removed.');
  });

  it('that is not saved changes nothing in the form, and is acknowledged', async () => {
    failing = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });
    await expect(remove(viewOf(date, {}))).rejects.toBe(failing);
    await remove(undefined);
    expect(done).toEqual(['ack', 'ack']);
  });
});

describe('who somebody is in Trello', () => {
  const people = () => ({ ...controls.people, account: async () => undefined });
  const meForm = () =>
    createMe({
      people: people(),
      membersOf: async () => [{ ...ANA, username: 'ana' }],
      ownConnectUrl: undefined,
      opened: new Keyv(),
      workspaceFor: controls.workspaceFor,
      log: pino({ level: 'silent' }),
    }).meForm({ team: 'T1', user: 'U1' });
  const save = (value: string, text: string, user = 'U1', teamId = 'T1') =>
    createMeListener({
      people: people(),
      changed: async ({ user }) => void done.push(`changed ${user}`),
    })({
      ack,
      body: { user: { id: user, team_id: 'T-of-the-body' }, team: { id: 'T-of-the-body' } },
      context: { teamId },
      view: viewOf(claim, chosen(value, text)),
    } as never);

  it('is asked with the members of the board, and nobody at first', async () => {
    const view = await meForm();
    const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
    expect(view).toMatchObject({
      type: 'modal',
      callback_id: 'me',
      title: plain('You and Trello'),
      submit: plain('Save'),
      close: plain('Cancel'),
    });
    expect(view.blocks).toMatchObject([
      {
        type: 'input',
        label: plain('Your name on the board'),
        element: {
          options: [
            { text: { text: 'Not me / not on the board' }, value: 'nobody' },
            { text: { text: 'Ana Lima (@ana)' }, value: 'm-ana' },
          ],
          initial_option: { value: 'nobody' },
        },
      },
    ]);
  });

  it('is kept, shown as chosen, and forgotten again', async () => {
    await save('m-ana', 'Ana Lima (@ana)');
    expect(await controls.people.find({ team: 'T1', user: 'U1' })).toEqual(ANA);
    expect((await meForm()).blocks).toMatchObject([{ element: { initial_option: { value: 'm-ana' } } }]);
    await save('nobody', 'Not me / not on the board');
    expect(await controls.people.find({ team: 'T1', user: 'U1' })).toBeUndefined();
    expect(done).toEqual(['ack', 'changed U1', 'ack', 'changed U1']);
  });

  it('is one person’s in a workspace', async () => {
    await save('m-ana', 'Ana Lima', 'U2');
    await save('m-ana', 'Ana Lima');
    const taken = 'Somebody else in this Slack uses this name. Choose yours.';
    expect(done.at(-1)).toEqual(['ack', { response_action: 'errors', errors: { [EDIT_FIELD]: taken } }]);
    await save('m-ana', 'Ana Lima', 'U1', 'T2');
    expect(await controls.people.find({ team: 'T2', user: 'U1' })).toEqual(ANA);
  });
});
