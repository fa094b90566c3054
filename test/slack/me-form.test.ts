import { type types, webApi } from '@slack/bolt';
import Keyv from 'keyv';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { problemsOfView } from '../../sandbox/slack/blocks/validate.ts';
import { AppError } from '../../src/errors.ts';
import {
  createDisconnectMeListener,
  createMe,
  createMeListener,
} from '../../src/slack/listeners/views/me.ts';
import type { OwnAccount } from '../../src/workspaces/people.ts';
import { textOf } from '../support/shown.ts';

const who = { team: 'T1', user: 'U1' };
const ana = { id: 'm-ana', name: 'Ana Lima', username: 'ana' };
const bruno = { id: 'm-bruno', name: 'Bruno', username: 'bruno' };
const own = { id: 'm-ana', fullName: 'Ana Lima', username: 'ana', at: 1_790_000_000_000 } as OwnAccount;
const failure = (code: string) => new AppError({ code, retry: 'later', userMessage: `Words of ${code}.` });
const bug = new Error('a bug');
const refusal = (error: string) => new webApi.WebAPIPlatformError({ ok: false, error } as never);

/** What happened, in order. */
let done: unknown[];
let account: OwnAccount | undefined;
let member: { id: string; name: string } | undefined;
let members: () => Promise<(typeof ana)[]>;
let update: () => Promise<void>;
let opened: Keyv;
/** How many were made where an account can be connected: each is a record in the store. */
let addresses: number;

const people = {
  account: async () => account,
  find: async () => member,
  async set(_: object, chosen: object | null) {
    done.push(['set', chosen]);
    return true;
  },
  async disconnect(person: object) {
    done.push(['disconnect', person]);
    account = undefined;
    return true;
  },
};
const client = {
  views: {
    async open({ view }: { view: types.ModalView }) {
      done.push(['open', view]);
      return { view: { id: 'V9' } };
    },
    async update({ view_id, view }: { view_id: string; view: types.ModalView }) {
      done.push(['update', view_id, view]);
      await update();
    },
  },
} as never;
const createForm = (url: string | undefined = 'https://bridge.example.com/connect') =>
  createMe({
    people,
    membersOf: () => members(),
    ownConnectUrl:
      url === ''
        ? undefined
        : async ({ team, user }) => {
            addresses += 1;
            return `${url}?${team}-${user}`;
          },
    opened,
    workspaceFor: async () => ({ client }) as never,
    log: pino({ level: 'silent' }),
  });
async function formOf(url?: string): Promise<types.ModalView> {
  const view = await createForm(url).meForm(who);
  expect(problemsOfView(view, 'modal')).toEqual([]);
  return view;
}
const typesOf = ({ blocks }: types.ModalView) => blocks.map(({ type }) => type);
const changed = async (person: object) => void done.push(['changed', person]);
const ack = async (answer?: unknown) => void done.push(answer ? ['ack', answer] : 'ack');

beforeEach(() => {
  done = [];
  account = undefined;
  member = undefined;
  members = async () => [ana, bruno];
  update = async () => {};
  opened = new Keyv();
  addresses = 0;
});
afterEach(() => void vi.useRealTimers());

describe('the form “You and Trello”', () => {
  it('leads somebody without an account of their own to connect one', async () => {
    const view = await formOf();
    expect(typesOf(view)).toEqual(['input', 'header', 'section', 'actions']);
    expect(JSON.stringify(view)).toContain('"url":"https://bridge.example.com/connect?T1-U1"');
  });

  it('without a public address asks for the name alone', async () => {
    const view = await formOf('');
    expect(typesOf(view)).toEqual(['input']);
    expect(view.blocks[0]).toMatchObject({
      block_id: 'value',
      element: { initial_option: { value: 'nobody' } },
    });
  });

  it('shows the account that is connected, and leads nowhere else', async () => {
    account = own;
    const view = await formOf();
    expect(typesOf(view)).toEqual(['input', 'header', 'rich_text', 'actions']);
    expect(textOf(view)).toContain('Your own Trello account Connected as  Ana Lima  on ');
    expect(textOf(view)).toContain('Disconnect');
    expect(JSON.stringify(view)).toContain('"timestamp":1790000000');
    expect(addresses).toBe(0);
    expect(view.blocks[0]).toMatchObject({ block_id: 'value.m-ana' });
  });

  it('goes by the username of an account without a name, and by 75 characters of a long one', async () => {
    account = { ...own, fullName: '' };
    expect(textOf(await formOf())).toContain('Connected as  ana  on ');
    account = { ...own, fullName: 'x'.repeat(100) };
    expect(textOf(await formOf())).toContain(`Connected as  ${'x'.repeat(74)}…  on `);
  });

  it.each([
    ['who is on the board', { id: 'm-bruno', name: 'B.' }, ['nobody', 'm-bruno', 'm-ana'], 'Bruno (@bruno)'],
    ['who has left it', { id: 'm-chen', name: 'Chen' }, ['nobody', 'm-chen', 'm-ana', 'm-bruno'], 'Chen'],
  ])('offers first who somebody is: %s', async (_, chosen, values, text) => {
    member = chosen;
    const [field] = (await formOf()).blocks as [types.InputBlock];
    const { options, initial_option } = field.element as types.StaticSelect;
    expect(options?.map(({ value }) => value)).toEqual(values);
    expect(initial_option).toMatchObject({ text: { text }, value: chosen.id });
  });

  it('says in place of the names why they are not known', async () => {
    members = () => Promise.reject(failure('trello_unavailable'));
    const view = await formOf();
    expect(typesOf(view)).toEqual(['section', 'header', 'section', 'actions']);
    expect(textOf(view)).toMatch(/^Words of trello_unavailable\. Your own Trello account /);
    expect(view.submit).toBeUndefined();
    expect(view.close?.text).toBe('Close');
  });

  it('is of no use without a board, but to somebody with an account of their own', async () => {
    members = () => Promise.reject(failure('not_set_up'));
    await expect(formOf()).rejects.toMatchObject({ code: 'not_set_up' });
    account = own;
    expect(textOf(await formOf())).toMatch(/^Words of not_set_up\. .*Connected as/);
    members = () => Promise.reject(bug);
    await expect(formOf()).rejects.toBe(bug);
  });

  it('is drawn again once an account is connected, where that is possible', async () => {
    const form = createForm();
    await form.open(client, 'trigger', who);
    account = own;
    await form.connected({ ...who, user: 'U2' });
    expect(done).toHaveLength(1);
    await form.connected(who);
    expect(done[1]).toEqual(['update', 'V9', await form.meForm(who)]);

    const without = createForm('');
    await opened.clear();
    await without.open(client, 'trigger', who);
    await without.connected(who);
    expect(done).toHaveLength(3);
  });

  /** What is shown at last when Trello answers after the form was opened. */
  async function openSlowly(answer: (asked: PromiseWithResolvers<(typeof ana)[]>) => void) {
    vi.useFakeTimers();
    const asked = Promise.withResolvers<(typeof ana)[]>();
    members = () => asked.promise;
    const opening = createForm().open(client, 'trigger', who);
    await vi.advanceTimersByTimeAsync(1_000);
    const [[, loading]] = done as [[string, types.ModalView]];
    expect([textOf(loading), loading.submit]).toEqual(['Loading…', undefined]);
    answer(asked);
    await opening;
    return done[1];
  }

  it('opens at once while Trello is slow, and is completed', async () => {
    const shown = await openSlowly(({ resolve }) => resolve([ana, bruno]));
    expect(shown).toEqual(['update', 'V9', await createForm().meForm(who)]);
  });

  it('that is open already says that there is no board', async () => {
    const shown = await openSlowly(({ reject }) => reject(failure('not_set_up')));
    const [, id, view] = shown as [string, string, types.ModalView];
    expect([id, textOf(view)]).toEqual(['V9', 'Words of not_set_up.']);
  });
});

describe('“Disconnect” in it', () => {
  const press = (view: object | undefined = { id: 'V1' }) =>
    createDisconnectMeListener({ people, meForm: createForm().meForm, changed })({
      ...{ ack, client, context: { teamId: 'T1' }, body: { view, user: { id: 'U1' } } },
    } as never);

  it('takes the account away, shows that, and tells of the change', async () => {
    account = own;
    await press();
    expect(done).toEqual([
      'ack',
      ['disconnect', who],
      ['update', 'V1', await createForm().meForm(who)],
      ['changed', who],
    ]);
    expect(account).toBeUndefined();
  });

  it('tells of the change when the form was closed meanwhile, and fails when Slack refuses it otherwise', async () => {
    update = () => Promise.reject(refusal('not_found'));
    await press();
    expect(done.at(-1)).toEqual(['changed', who]);
    update = () => Promise.reject(bug);
    await expect(press()).rejects.toBe(bug);
  });
});

describe('the sent form', () => {
  async function send(chosen?: string) {
    const view = await createForm().meForm(who);
    const field = view.blocks.find(({ type }) => type === 'input')?.block_id ?? '';
    const option = { value: chosen, text: { text: 'Ana Lima (@ana)' } };
    const values = chosen === undefined ? {} : { [field]: { value: { selected_option: option } } };
    await createMeListener({ people, changed })({
      ...{
        ack,
        body: { user: { id: 'U1' } },
        context: { teamId: 'T1' },
        view: { ...view, state: { values } },
      },
    } as never);
    return field;
  }

  it.each([
    ['m-ana', { id: 'm-ana', name: 'Ana Lima' }],
    ['nobody', null],
    [undefined, null],
  ])('keeps who somebody is (%s), and tells of the change', async (chosen, kept) => {
    await send(chosen);
    expect(done).toEqual([['set', kept], 'ack', ['changed', who]]);
  });

  it('of somebody with an account of their own changes nothing, and says why', async () => {
    account = own;
    await send('m-ana');
    expect(done).toEqual(['ack', ['changed', who]]);
    done = [];
    const why = 'Your own account says who you are. To choose another name, disconnect it.';
    for (const chosen of ['m-bruno', 'nobody', undefined]) {
      const field = await send(chosen);
      expect(done.pop()).toEqual(['ack', { response_action: 'errors', errors: { [field]: why } }]);
    }
    expect(done).toEqual([]);
  });
});
