import Keyv from 'keyv';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoredCard } from '../../sandbox/trello/model.ts';
import { type SeededBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import type { CardEditor } from '../../src/flows/edit-card/ports.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { createBoardReader } from '../../src/trello/board.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { createCardEditor } from '../../src/trello/editor.ts';
import { createQuota, type Priority } from '../../src/trello/rate-limit.ts';

let trello: RunningTrello;
let mission: SeededBoard;
let client: TrelloClient;
let editor: CardEditor;
let card: StoredCard;
let taken: Priority[];
/** Who is left out of the draw. */
const drawExcept: string[] = [];

beforeAll(async () => {
  trello = await startLocalTrello();
  mission = seedMissionBoard(trello.state);
  const key = 'local-trello-key';
  client = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken(key, 'local-trello-token'),
  });
  const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
  const inner = createQuota({ limiter, events: createEvents(), key, account: 'm1', tokenLimit: 0 });
  const quota = { ...inner, take: async (priority: Priority) => void taken.push(priority) };
  editor = createCardEditor({
    client,
    quota,
    ownId: async () => trello.state.me.id,
    reader: createBoardReader({
      client,
      quota,
      cache: new Keyv(),
      board: mission.board.id,
      team: 'T',
      log: pino({ level: 'silent' }),
    }),
    drawExcept,
  });
});
afterAll(async () => {
  await client.close();
  await trello.close();
});
beforeEach(() => {
  taken = [];
  const { lists } = mission;
  card = trello.person('Sally Okafor').create(lists[0] as (typeof lists)[number], 'Leak');
});

// Somebody waits for each of them.
afterEach(() => expect(taken.filter((priority) => priority !== 'card')).toEqual([]));

describe('who can be drawn', () => {
  const names = async () => (await editor.drawable()).map(({ name }) => name).sort();

  it('is asked of the board each time, without those who are left out and without the account', async () => {
    expect(await names()).toEqual(['Guion Petersen', 'Mae Lindqvist', 'Sally Okafor', 'Yuri Tanaka']);
    drawExcept.push(trello.person('Mae Lindqvist').member.id);
    const yuri = trello.person('Yuri Tanaka').member.id;
    for (const one of mission.board.memberships) if (one.idMember === yuri) one.memberType = 'observer';
    expect(await names()).toEqual(['Guion Petersen', 'Sally Okafor']);
    drawExcept.push(...mission.members.map(({ username }) => username));
    await expect(editor.drawable()).rejects.toMatchObject({ code: 'nobody_assignable', retry: 'never' });
  });
});

describe('an edit of a card that is made again', () => {
  const member = () => trello.person('Mae Lindqvist').member.id;
  const actions = (type: string) => card.actions.filter((action) => action.type === type);

  it('assigns nobody twice, and is no error', async () => {
    await editor.assign(card.id, member());
    await editor.assign(card.id, member());
    expect(card.idMembers).toEqual([member()]);
    expect(actions('addMemberToCard')).toHaveLength(1);
  });

  it('replaces one member by another in one request, and each is an action of its own', async () => {
    const sally = trello.person('Sally Okafor').member.id;
    await editor.assign(card.id, sally);
    for (const _ of [1, 2]) await editor.change(card.id, { members: [member()] });
    expect(card.idMembers).toEqual([member()]);
    expect(actions('addMemberToCard')).toHaveLength(2);
    expect(actions('removeMemberFromCard')).toHaveLength(1);
  });

  it('takes nobody off twice, and is no error', async () => {
    await editor.assign(card.id, member());
    await editor.unassign(card.id, member());
    await editor.unassign(card.id, member());
    expect(card.idMembers).toEqual([]);
    expect(actions('removeMemberFromCard')).toHaveLength(1);
  });

  it('is refused on a card that is gone', async () => {
    trello.person('Sally Okafor').remove(card.id);
    await expect(editor.assign(card.id, member())).rejects.toMatchObject({ code: 'card_gone' });
    await expect(editor.unassign(card.id, member())).rejects.toMatchObject({ code: 'card_gone' });
  });

  it('is refused for somebody who is not on the board', async () => {
    const stranger = trello.state.addMember('Nobody Here');
    await expect(editor.assign(card.id, stranger.id)).rejects.toMatchObject({ retry: 'never' });
  });
});

describe('a card', () => {
  const asRead = {
    closed: false,
    complete: false,
    due: null,
    members: [],
  };
  const DUE = Date.UTC(2030, 0, 31, 12);

  it('is read as it is', async () => {
    const list = { id: mission.lists[0]?.id, name: 'To Do', closed: false };
    expect(await editor.read(card.id)).toMatchObject({ ...asRead, list });
    const mae = trello.person('Mae Lindqvist').member;
    await editor.assign(card.id, mae.id);
    await editor.change(card.id, { due: DUE, complete: true, closed: true });
    expect(await editor.read(card.id)).toMatchObject({
      closed: true,
      complete: true,
      due: DUE,
      members: [{ id: mae.id, name: 'Mae Lindqvist' }],
    });
  });

  it.each([
    [{ due: DUE }, { due: DUE }],
    [{ complete: true }, { complete: true }],
    [{ closed: true }, { closed: true }],
  ])('is changed in what was asked for, and in nothing else: %j', async (change, after) => {
    const before = await editor.read(card.id);
    await editor.change(card.id, change);
    expect(await editor.read(card.id)).toEqual({ ...before, ...after });
  });

  it('goes to another list, and loses its due date', async () => {
    const [toDo, doing] = await editor.lists(mission.board.id);
    expect([toDo?.name, doing?.name]).toEqual(['To Do', 'Doing']);
    await editor.change(card.id, { due: DUE, list: doing?.id ?? '' });
    await editor.change(card.id, { due: null });
    expect(await editor.read(card.id)).toMatchObject({ due: null, list: { name: 'Doing' } });
  });

  it('may be given to the members of its board, each with both names', async () => {
    const { id, username } = trello.person('Mae Lindqvist').member;
    expect(await editor.members(mission.board.id)).toContainEqual({ id, name: 'Mae Lindqvist', username });
  });
});

describe('the look for a comment', () => {
  const SECOND = 1_000;

  it('finds that of the app or of the person, of the same text, and of about that time', async () => {
    const made = await (await editor.prepareComment(card.id, 'Any news?'))(() => true);
    const now = Date.now();
    const find = async (text: string, since: number) => (await editor.findComment(card.id, text, since))?.id;
    expect(await find('Any news?', now)).toBe(made.id);
    expect(await find('Any news?', now + 50 * SECOND)).toBe(made.id);
    expect(await find('Any news?', now + 70 * SECOND)).toBeUndefined();
    expect(await find('Any news', now)).toBeUndefined();
  });

  it('finds it behind much else that happened meanwhile', async () => {
    const { id } = await (await editor.prepareComment(card.id, 'Any news?'))(() => true);
    for (let round = 0; round < 99; round += 1) trello.person('Sally Okafor').comment(card.id, 'Hm');
    for (const name of ['Crack', 'Leak']) trello.person('Sally Okafor').rename(card.id, name);
    expect(await editor.findComment(card.id, 'Any news?', Date.now())).toMatchObject({ id });
  });

  it('does not take that of somebody else for it', async () => {
    const sally = trello.person('Sally Okafor');
    sally.comment(card.id, 'Why?');
    expect(await editor.findComment(card.id, 'Why?', Date.now())).toBeUndefined();
    expect(await editor.findComment(card.id, 'Why?', Date.now(), 'another')).toBeUndefined();
    expect(await editor.findComment(card.id, 'Why?', Date.now(), sally.member.id)).toBeDefined();
  });
});
