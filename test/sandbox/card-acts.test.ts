import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from '../../sandbox/sandbox.ts';

let sandbox: Sandbox;
let card: string;
let mae: string;
beforeEach(async () => {
  sandbox = await openSandbox({ sides: 'both', host: '127.0.0.1', port: 0 }, { LOG_LEVEL: 'silent' });
  const trello = local();
  const [board] = [...trello.state.boards.values()];
  const [list] = board?.lists ?? [];
  if (!list) throw new Error('no list');
  card = trello.person('Yuri Tanaka').create(list, 'Leak').id;
  mae = trello.person('Mae Lindqvist').member.id;
});
afterEach(() => sandbox.stop());

function local() {
  if (!sandbox.trello) throw new Error('no Trello');
  return sandbox.trello;
}

async function act(what: string, given: object = {}) {
  const response = await fetch(new URL(`/sandbox/trello/${what}`, sandbox.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ member: mae, card, ...given }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const actions = () => local().state.cards.get(card)?.actions ?? [];

it.each<[string, object, Record<string, unknown>]>([
  ['comment', { text: 'Wet' }, { type: 'commentCard', data: { text: 'Wet' } }],
  ['assign', { on: true }, { type: 'addMemberToCard' }],
  ['due', { due: '2031-04-12T12:00:00.000Z' }, { type: 'updateCard', data: { old: { due: null } } }],
  ['complete', { on: true }, { type: 'updateCard', data: { card: { dueComplete: true } } }],
  ['archive', { on: true }, { type: 'updateCard', data: { card: { closed: true } } }],
  ['rename', { name: 'Hole' }, { type: 'updateCard', data: { old: { name: 'Leak' } } }],
  ['label', { label: 'Bug', on: true }, { type: 'addLabelToCard', data: { text: 'Bug' } }],
  ['link', { url: 'https://example.com', name: 'Plan' }, { type: 'addAttachmentToCard' }],
])('%s is what the member did on Trello’s page, not the bridge', async (what, given, action) => {
  expect((await act(what, given)).status).toBe(200);
  expect(actions().at(-1)).toMatchObject({ ...action, idMemberCreator: mae, idApp: undefined });
});

it('delete ends the card, and what comes after it says that it is gone', async () => {
  expect((await act('delete')).status).toBe(200);
  expect(local().state.cards.has(card)).toBe(false);
  expect(await act('comment', { text: 'Hm' })).toEqual({
    status: 409,
    body: { error: 'That card is not there any more.' },
  });
});

it.each([
  ['comment', { text: 7 }],
  ['due', { due: 'soon' }],
  ['link', { url: 'javascript:alert(1)' }],
  ['archive', {}],
])('refuses %s with %j, and changes nothing', async (what, given) => {
  const before = actions().length;
  expect((await act(what, given)).status).toBe(400);
  expect(actions()).toHaveLength(before);
});

it('refuses members who are not on the board', async () => {
  const stranger = local().state.addMember('Eve Stranger');
  expect((await act('archive', { on: true, member: stranger.id })).status).toBe(409);
});
