import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_KEY } from '../../../sandbox/trello/local-trello.ts';
import type { StoredCard, StoredList } from '../../../sandbox/trello/model.ts';
import { UNLISTED_ACTIONS } from '../../../sandbox/trello/model.ts';
import type { Person } from '../../../sandbox/trello/person.ts';
import { seedGroundControl } from '../../../sandbox/trello/seed.ts';
import { authorizationOf, type Running, startMission } from './caller.ts';

interface Action {
  id: string;
  type: string;
  date: string;
  idMemberCreator: string;
  appCreator: { id: string } | null;
  data: Record<string, unknown> & { old?: Record<string, unknown> };
  display?: { translationKey: string };
  member?: Record<string, unknown>;
  memberCreator: Record<string, unknown>;
}

let running: Running;
let sally: Person;
let card: StoredCard;
let toDo: StoredList;
let doing: StoredList;

beforeEach(async () => {
  await start();
});
afterEach(() => running.trello.close());

async function start(options = {}) {
  running = await startMission(options);
  [toDo, doing] = running.mission.lists as [StoredList, StoredList];
  sally = running.trello.person('Sally Okafor');
  card = sally.create(toDo, 'Leak');
}

const history = async (query: Record<string, string> = {}, path = `/boards/${running.mission.board.id}`) =>
  JSON.parse((await running.call(`GET ${path}/actions`, { query })).text) as Action[];
const newest = async (query = {}) => (await history(query))[0] as Action;
/** Every action of the card, those that are in no list included. */
const all = () => card.actions.map(({ type, data }) => [type, Object.keys(data.old ?? {})]);
const single = async (id: string) => JSON.parse((await running.call(`GET /actions/${id}`)).text) as Action;
const board = () => {
  const { id, name, shortLink } = running.mission.board;
  return { id, name, shortLink };
};
const reference = () => {
  const { id, name, idShort, shortLink } = card;
  return { id, name, idShort, shortLink };
};
const inList = ({ id, name }: StoredList) => ({ id, name });

describe('an action has the shape of the captures, for', () => {
  it('a move to another list: both lists, and no `list`', async () => {
    sally.move(card.id, doing);
    expect(await newest()).toMatchObject({ type: 'updateCard', idMemberCreator: sally.member.id });
    expect((await newest()).data).toEqual({
      card: { ...reference(), idList: doing.id },
      old: { idList: toDo.id },
      board: board(),
      listBefore: inList(toDo),
      listAfter: inList(doing),
    });
  });

  it.each<[string, () => void, Record<string, unknown>, Record<string, unknown>, string]>([
    ['an archive', () => sally.archive(card.id), { closed: true }, { closed: false }, 'action_archived_card'],
    [
      'a card sent back',
      () => {
        sally.archive(card.id);
        sally.sendBack(card.id);
      },
      { closed: false },
      { closed: true },
      'action_sent_card_to_board',
    ],
    [
      'a due date',
      () => sally.setDue(card.id, '2031-04-12T00:00:00.000Z'),
      { due: '2031-04-12T00:00:00.000Z' },
      { due: null },
      'action_added_a_due_date',
    ],
    [
      'a card that is complete, without a date',
      () => sally.complete(card.id),
      { dueComplete: true },
      { dueComplete: false },
      'action_marked_the_due_date_complete',
    ],
    [
      'a name',
      () => sally.rename(card.id, 'Hole'),
      { name: 'Hole' },
      { name: 'Leak' },
      'action_renamed_card',
    ],
    [
      'a description',
      () => sally.describe(card.id, 'Wet'),
      { desc: 'Wet' },
      { desc: '' },
      'action_changed_description_of_card',
    ],
  ])('%s', async (_, act, value, old, translationKey) => {
    act();
    const action = await newest({ display: 'true' });
    expect(action.data).toEqual({
      card: { ...reference(), ...value },
      old,
      board: board(),
      list: inList(toDo),
    });
    expect(action).toMatchObject({ type: 'updateCard', display: { translationKey } });
  });

  it('a member: in `idMember`, in `member` with a name, and beside the data with the full name', async () => {
    const [, yuri] = running.mission.members;
    sally.assign(card.id, yuri?.id);
    const action = await newest({ display: 'true' });
    expect(action.data).toEqual({
      idMember: yuri?.id,
      member: { id: yuri?.id, name: 'Yuri Tanaka' },
      card: reference(),
      board: board(),
    });
    expect(action.member).toMatchObject({ id: yuri?.id, fullName: 'Yuri Tanaka', username: 'yuritanaka' });
    expect(action).toMatchObject({
      type: 'addMemberToCard',
      display: { translationKey: 'action_added_member_to_card' },
    });
    sally.assign(card.id);
    expect(await newest({ display: 'true' })).toMatchObject({
      display: { translationKey: 'action_member_joined_card' },
    });
    sally.unassign(card.id);
    expect(await newest()).toMatchObject({
      type: 'removeMemberFromCard',
      data: { idMember: sally.member.id },
    });
  });

  it('a card on another board: one action on each, and the card keeps its id and short link', async () => {
    const ground = seedGroundControl(running.trello.state, { known: true });
    const [inbox] = ground.lists as [StoredList];
    sally.setLabel(card.id, 'Bug');
    sally.move(card.id, inbox);
    const from = await newest();
    expect(from.type).toBe('moveCardFromBoard');
    expect(from.data).toEqual({
      card: { id: card.id, name: 'Leak' },
      board: board(),
      boardTarget: { id: ground.board.id },
      list: inList(toDo),
      member: { id: sally.member.id, name: 'Sally Okafor' },
    });
    const [to] = await history({ filter: 'moveCardToBoard' }, `/boards/${ground.board.id}`);
    expect(to).toMatchObject({
      type: 'moveCardToBoard',
      data: { card: reference(), boardSource: { id: running.mission.board.id }, list: inList(inbox) },
    });
    const { json } = await running.call(`GET /cards/${card.shortLink}`);
    expect(json).toMatchObject({ id: card.id, idBoard: ground.board.id, idShort: 1, labels: [] });
  });

  it('a list: archived, renamed, moved to another board; its cards get no action, and are not archived', async () => {
    const { call, trello } = running;
    const before = card.actions.length;
    await call(`PUT /lists/${toDo.id}`, { json: { closed: true } });
    expect((await newest()).data).toEqual({
      list: { id: toDo.id, name: 'To Do', closed: true },
      old: { closed: false },
      board: board(),
    });
    await call(`PUT /lists/${toDo.id}`, { json: { name: 'Later' } });
    expect(await newest({ filter: 'updateList:name' })).toMatchObject({
      data: { list: { id: toDo.id, name: 'Later' }, old: { name: 'To Do' } },
    });
    const ground = seedGroundControl(trello.state, { known: true });
    await call(`PUT /lists/${toDo.id}/idBoard`, { json: { value: ground.board.id } });
    expect(await newest()).toMatchObject({
      type: 'moveListFromBoard',
      data: { list: { id: toDo.id }, boardTarget: { id: ground.board.id } },
    });
    expect(card).toMatchObject({ closed: false, idBoard: ground.board.id });
    expect(card.actions).toHaveLength(before);
  });

  it('a board that is closed', async () => {
    await running.call(`PUT /boards/${running.mission.board.id}`, { json: { closed: true } });
    expect(await newest()).toMatchObject({
      type: 'updateBoard',
      data: { board: { ...board(), closed: true }, old: { closed: false } },
    });
  });

  it('checklists: the item’s state is in the list, without a list; the items themselves are not', async () => {
    const { call } = running;
    const { id } = (await call(`POST /cards/${card.id}/checklists`, { json: { name: 'Steps' } })).json;
    expect(await newest()).toMatchObject({
      type: 'addChecklistToCard',
      data: { checklist: { id, name: 'Steps' } },
    });
    const item = (await call(`POST /checklists/${id}/checkItems`, { json: { name: 'Find it' } })).json;
    expect(await newest()).toMatchObject({ type: 'addChecklistToCard' });
    await call(`PUT /cards/${card.id}/checkItem/${item.id}`, { json: { state: 'complete' } });
    expect((await newest()).data).toEqual({
      card: reference(),
      board: board(),
      checklist: { id, name: 'Steps' },
      checkItem: { id: item.id, name: 'Find it', state: 'complete', textData: { emoji: {} } },
    });
    expect((await call(`GET /cards/${card.id}`)).json).toMatchObject({
      badges: { checkItems: 1, checkItemsChecked: 1 },
    });
    await call(`POST /cards/${card.id}/checklist/${id}/checkItem/${item.id}/convertToCard`);
    expect(await newest()).toMatchObject({
      type: 'convertToCardFromCheckItem',
      data: { card: { name: 'Find it' }, cardSource: { id: card.id }, list: inList(toDo) },
    });
  });

  it('a copy, which is not a `createCard`', async () => {
    const { call } = running;
    const { json } = await call('POST /cards', { json: { idList: doing.id, idCardSource: card.id } });
    expect(json).toMatchObject({ name: 'Leak', idList: doing.id });
    expect(await newest()).toMatchObject({
      type: 'copyCard',
      data: { card: { id: json.id }, cardSource: reference() },
    });
  });
});

describe('one act', () => {
  it('is two actions when a card is dragged: the list, and 40 ms later the position', async () => {
    sally.move(card.id, doing, 4096);
    expect(all()).toEqual([
      ['createCard', []],
      ['updateCard', ['idList']],
    ]);
    await expect.poll(all).toContainEqual(['updateCard', ['pos']]);
    const [pos, move] = (await history({ display: 'true' })) as [Action, Action];
    // Timers may be slightly early.
    expect(Date.parse(pos.date) - Date.parse(move.date)).toBeGreaterThanOrEqual(38);
    expect(pos).toMatchObject({
      data: { card: { pos: 4096 }, old: { pos: expect.any(Number) }, list: inList(doing) },
      display: { translationKey: 'action_moved_card_lower' },
    });
  });

  it('is two actions for a label, of which only the one that Trello calls unknown is in the list', async () => {
    sally.setLabel(card.id, 'Bug');
    await expect.poll(all).toContainEqual(['updateCard', ['idLabels']]);
    const bug = running.mission.labels[0];
    const [later, made] = (await history({ display: 'true' })) as [Action, Action];
    expect(later).toMatchObject({
      type: 'updateCard',
      data: { card: { idLabels: [bug?.id] }, old: { idLabels: [] }, list: inList(toDo) },
      display: { translationKey: 'unknown' },
    });
    expect(made.type).toBe('createCard');
    const added = card.actions.find(({ type }) => type === 'addLabelToCard');
    expect(await single(String(added?.id))).toMatchObject({
      type: 'addLabelToCard',
      data: { value: 'red', text: 'Bug', label: { id: bug?.id, name: 'Bug', color: 'red' } },
    });
  });

  it('has no second action when the card is deleted meanwhile', async () => {
    sally.setLabel(card.id, 'Bug');
    sally.move(card.id, doing, 'top');
    sally.remove(card.id);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect((await history()).flatMap(({ type, data }) => (data.card ? [type] : []))).toEqual(['deleteCard']);
  });
});

describe('a deleted card', () => {
  it('is named by its id and number only, takes its history with it, and cannot be read', async () => {
    const comment = sally.comment(card.id, 'Wet');
    sally.remove(card.id);
    expect((await newest()).data).toEqual({
      card: { id: card.id, idShort: card.idShort },
      list: inList(toDo),
      board: board(),
    });
    expect((await history()).filter(({ data }) => data.card)).toHaveLength(1);
    expect((await running.call(`GET /cards/${card.id}?fields=name`)).status).toBe(404);
    expect((await running.call(`GET /actions/${comment.id}`)).status).toBe(404);
  });
});

describe('a comment', () => {
  it('that is edited keeps its action, with the new text; the edit itself is in no list', async () => {
    const { id } = sally.comment(card.id, 'Wet');
    sally.editComment(id, 'Dry');
    const listed = (await history({ filter: 'commentCard,updateComment' })) as Action[];
    expect(listed).toMatchObject([
      {
        id,
        type: 'commentCard',
        data: { text: 'Dry', dateLastEdited: expect.stringMatching(/Z$/), list: inList(toDo) },
      },
    ]);
    expect((await single(id)).data.text).toBe('Dry');
    const edit = card.actions.at(-1);
    expect(edit).toMatchObject({
      type: 'updateComment',
      data: { action: { id, text: 'Dry' }, old: { text: 'Wet' } },
    });
  });

  it('that is deleted is gone, and its deletion is in no list', async () => {
    const { id } = sally.comment(card.id, 'Wet');
    sally.deleteComment(id);
    expect(await history({ filter: 'commentCard,deleteComment' })).toEqual([]);
    expect((await running.call(`GET /actions/${id}`)).status).toBe(404);
    const deletion = card.actions.at(-1);
    expect(deletion).toMatchObject({ type: 'deleteComment', data: { action: { id } } });
    expect(await single(String(deletion?.id))).toMatchObject({ type: 'deleteComment' });
  });

  it('of somebody else cannot be edited; an admin may delete it, others not', async () => {
    const { call, trello, mission } = running;
    trello.grant('mae', mission.members[4] as never);
    const mae = { authorization: authorizationOf('mae') };
    const { id } = sally.comment(card.id, 'Wet');
    expect((await call(`PUT /actions/${id}`, { json: { text: 'Mine' } })).status).toBe(401);
    expect((await call(`DELETE /actions/${id}`, mae)).status).toBe(401);
    expect((await single(id)).data.text).toBe('Wet');
    expect((await call(`DELETE /actions/${id}`)).status).toBe(200);
  });

  it('has at most 16,384 characters', async () => {
    const post = (text: string) =>
      running.call(`POST /cards/${card.id}/actions/comments`, { json: { text } });
    expect((await post('x'.repeat(16_384))).status).toBe(200);
    expect((await post('x'.repeat(16_385))).status).toBe(400);
    expect((await post('')).status).toBe(400);
  });
});

describe('the list of a board’s actions', () => {
  it('is newest first by date, while the ids of one second are in another order', async () => {
    await running.trello.close();
    const time = Date.parse('2031-04-12T10:00:00.000Z');
    await start({ now: () => time });
    for (const name of ['one', 'two', 'three', 'four']) sally.rename(card.id, name);
    const listed = await history({ filter: 'updateCard' });
    expect(listed.map(({ data }) => (data.card as StoredCard).name)).toEqual(['four', 'three', 'two', 'one']);
    const ids = listed.map(({ id }) => id);
    expect(ids).not.toEqual([...ids].sort().reverse());
    for (const id of ids) expect(Number.parseInt(id.slice(0, 8), 16) * 1000).toBe(time);
  });

  it('has 50 actions unless asked, 1,000 at most, and refuses more', async () => {
    for (let count = 0; count < 1001; count += 1) sally.rename(card.id, `Name ${count}`);
    expect(await history()).toHaveLength(50);
    expect(await history({ limit: '1000' })).toHaveLength(1000);
    const refused = await running.call(`GET /boards/${running.mission.board.id}/actions?limit=1001`);
    expect([refused.status, refused.text]).toEqual([400, 'invalid value for limit']);
  });

  it('takes an id or a date as `since` and `before`', async () => {
    await running.trello.close();
    const clock = { time: Date.parse('2031-04-12T10:00:00.000Z') };
    await start({ now: () => clock.time });
    for (const name of ['one', 'two', 'three']) {
      clock.time += 60_000;
      sally.rename(card.id, name);
    }
    const names = async (query: Record<string, string>) =>
      (await history({ filter: 'updateCard:name', ...query })).map(
        ({ data }) => (data.card as StoredCard).name,
      );
    const [three, two] = (await history()) as [Action, Action];
    expect(await names({ since: two.id })).toEqual(['three']);
    expect(await names({ before: two.id })).toEqual(['one']);
    expect(await names({ since: two.date })).toEqual(['three', 'two']);
    expect(await names({ before: three.date })).toEqual(['two', 'one']);
    expect(await names({ since: '2031-04-12T10:02:01Z', before: '2032-01-01' })).toEqual(['three']);
    const refused = await running.call(`GET /boards/${running.mission.board.id}/actions?since=yesterday`);
    expect(refused.status).toBe(400);
  });

  it('leaves out what Trello leaves out, even when it is asked for', async () => {
    const { call, mission } = running;
    const comment = sally.comment(card.id, 'Wet');
    sally.editComment(comment.id, 'Dry');
    sally.setLabel(card.id, 'Bug');
    sally.setLabel(card.id, 'Bug', false);
    await call('POST /labels', { json: { idBoard: mission.board.id, name: 'New', color: 'red' } });
    const unlisted = new Set<string>(UNLISTED_ACTIONS);
    expect((await history({ limit: '1000' })).filter(({ type }) => unlisted.has(type))).toEqual([]);
    expect(await history({ filter: UNLISTED_ACTIONS.join() })).toEqual([]);
    expect(await history({ filter: UNLISTED_ACTIONS.join() }, `/cards/${card.id}`)).toEqual([]);
  });

  it('shows who did it, with the fields that are asked for, and the display only when it is', async () => {
    const action = await newest();
    expect(Object.keys(action)).not.toContain('display');
    expect(Object.keys(action.memberCreator).sort()).toEqual(
      [
        'activityBlocked',
        'avatarHash',
        'avatarUrl',
        'fullName',
        'id',
        'idMemberReferrer',
        'initials',
        'nonPublic',
        'nonPublicAvailable',
        'username',
      ].sort(),
    );
    const asked = await newest({ fields: 'type,date', memberCreator_fields: 'fullName,username' });
    const { id, fullName, username } = sally.member;
    expect(asked).toEqual({
      id: action.id,
      type: 'createCard',
      date: action.date,
      memberCreator: { id, fullName, username },
    });
    expect((await single(action.id)).display).toMatchObject({ translationKey: 'action_create_card' });
  });

  it('has the app of what was done with a key, and none for what people did on the page', async () => {
    const { call, trello, mission } = running;
    expect((await newest()).appCreator).toBeNull();
    const { json } = await call(`POST /cards/${card.id}/actions/comments`, { json: { text: 'Seen' } });
    expect(json).toMatchObject({
      type: 'commentCard',
      appCreator: { id: trello.appOf(LOCAL_KEY) },
      display: { translationKey: 'action_comment_on_card' },
      idMemberCreator: mission.members[0]?.id,
    });
    expect((await newest()).appCreator).toEqual({ id: trello.appOf(LOCAL_KEY) });
  });

  it('is closed to a token whose member is not on the board', async () => {
    const { call, trello } = running;
    const ground = seedGroundControl(trello.state);
    const [inbox] = ground.lists as [StoredList];
    sally.move(card.id, inbox);
    for (const path of [
      `/boards/${ground.board.id}/actions`,
      `/boards/${ground.board.shortLink}`,
      `/cards/${card.id}`,
    ]) {
      const { status, text } = await call(`GET ${path}`);
      expect([status, text]).toEqual([401, 'unauthorized permission requested']);
    }
    expect((await call(`PUT /cards/${card.id}`, { json: { idList: doing.id } })).status).toBe(401);
    trello.grant('sally', sally.member);
    const own = await call(`GET /cards/${card.id}`, { authorization: authorizationOf('sally') });
    expect(own.json).toMatchObject({ id: card.id, idBoard: ground.board.id });
  });
});

describe('a person on Trello’s own page', () => {
  it('cannot act on a board without being on it, nor as an observer', () => {
    const { trello, mission } = running;
    const observer = mission.board.memberships.at(-1);
    if (observer) observer.memberType = 'observer';
    const mae = trello.person('Mae Lindqvist');
    expect(() => mae.comment(card.id, 'Hm')).toThrow('401');
    const stranger = trello.state.addMember('Eve Stranger');
    expect(() => trello.person(stranger.id).archive(card.id)).toThrow('401');
  });
});
