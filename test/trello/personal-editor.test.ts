import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCard } from '../../sandbox/trello/cards.ts';
import { LOCAL_KEY } from '../../sandbox/trello/local-trello.ts';
import type { StoredAction, StoredCard, StoredList, StoredMember } from '../../sandbox/trello/model.ts';
import { type SeededBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import type { Person } from '../../src/flows/edit-card/ports.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { type Boards, createBoards } from '../../src/trello/boards.ts';
import { createTrelloClient, keyAndToken } from '../../src/trello/client.ts';
import { createEditorFor } from '../../src/trello/personal-editor.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';
import { type SetupScene, startSetupScene } from '../support/setup-scene.ts';

const TOKEN = 'token-of-yuri';
const PLACE = { channel: 'C1' };
const REVOKED =
  'Your Trello connection no longer works, so this was done by the app’s account. Connect again with `/spacex-task me`.';

let scene: SetupScene;
let boards: Boards;
let seeded: SeededBoard;
let card: StoredCard;
let yuri: StoredMember;
let ana: Person;
/** Who did what on the board, and what was told to whom. */
let acts: string[];
let told: string[];

beforeEach(async () => {
  scene = await startSetupScene();
  const { trello, team, workspaces, store, bruno } = scene;
  const log = pino({ level: 'silent' });
  seeded = seedMissionBoard(trello.state);
  const { id, name } = seeded.board;
  const account = await scene.connect(bruno);
  await workspaces.setups.putBoard(team, { id, name, account, list: 'To Do', doneList: 'Done' }, bruno);
  const [toDo] = seeded.lists as [StoredList];
  card = addCard(trello.state, trello.state.me, toDo, { name: 'Leak' });
  yuri = seeded.members.find(({ fullName }) => fullName === 'Yuri Tanaka') as StoredMember;
  ana = { team, user: scene.ana, name: 'Yuri Tanaka', member: yuri.id };
  boards = createBoards({
    workspaces,
    noteActions() {},
    connect: (of, token) => ({
      client: createTrelloClient({
        url: trello.url,
        authorization: async () => keyAndToken(LOCAL_KEY, token),
      }),
      quota: createQuota({
        limiter: store.limiter,
        events: createEvents(),
        key: LOCAL_KEY,
        account: of,
        tokenLimit: 0,
      }),
    }),
    own: undefined,
    cache: store.keyv('board'),
    log,
  });
  acts = [];
  told = [];
  trello.subscribe(({ type, idMemberCreator }: StoredAction) => {
    acts.push(`${trello.state.members.get(idMemberCreator)?.fullName}: ${type}`);
  });
});
afterEach(async () => {
  await boards.close();
  await scene.stop();
});

async function editor(person = ana, { isPlaced = true, people = {} } = {}) {
  const editorFor = createEditorFor({
    boards,
    people: { ...scene.workspaces.people, ...people },
    presser: {
      tell: async ({ channel }, { user }, words) => void told.push(`${channel} ${user}: ${words}`),
    },
    log: pino({ level: 'silent' }),
  });
  return await editorFor({ team: scene.team, board: seeded.board.id }, person, isPlaced ? PLACE : undefined);
}
async function connect({ id, username, fullName }: StoredMember) {
  scene.trello.grant(TOKEN, { id, username, fullName } as StoredMember);
  await scene.workspaces.people.connect(
    { team: scene.team, user: scene.ana },
    { id, username, fullName },
    TOKEN,
  );
}
const doing = () => String(seeded.lists[1]?.id);
const comment = async () => (await (await editor()).prepareComment(card.id, 'Any news?'))(() => true);

describe('an edit from Slack', () => {
  it('is made in the name of a person who has connected an account, and of nobody else', async () => {
    await connect(yuri);
    await (await editor()).change(card.id, { list: doing() });
    await comment();
    const bruno = await editor({ ...ana, user: scene.bruno, name: 'Bruno', member: undefined });
    await bruno.change(card.id, { complete: true });
    const me = scene.trello.state.me.fullName;
    expect(acts).toEqual(['Yuri Tanaka: updateCard', 'Yuri Tanaka: commentCard', `${me}: updateCard`]);
    expect(told).toEqual([]);
  });

  it('is made by the app’s account when the token is revoked, which is told once and deleted', async () => {
    await connect(yuri);
    scene.trello.revoke(TOKEN);
    const [first, second] = [await editor(), await editor()];
    await first.change(card.id, { list: doing() });
    await second.assign(card.id, yuri.id);
    await comment();
    const me = scene.trello.state.me.fullName;
    expect(acts).toEqual([`${me}: updateCard`, `${me}: addMemberToCard`, `${me}: commentCard`]);
    expect(told).toEqual([`C1 ${scene.ana}: ${REVOKED}`]);
    const who = { team: scene.team, user: scene.ana };
    expect(await scene.workspaces.people.account(who)).toBeUndefined();
    expect(await scene.workspaces.people.find(who)).toEqual({ id: yuri.id, name: 'Yuri Tanaka' });
    expect((await scene.acts()).at(-1)).toContain('which Trello refused');
  });

  it('makes a comment anew with the app’s account when the token was revoked just before it', async () => {
    await connect(yuri);
    const call = await (await editor()).prepareComment(card.id, 'Any news?');
    scene.trello.revoke(TOKEN);
    await call(() => true);
    expect(acts).toEqual([`${scene.trello.state.me.fullName}: commentCard`]);
  });

  it('is made by the app’s account for a person who is not on the board, whose account stays', async () => {
    await connect(scene.trello.state.addMember('Ines Absent'));
    await (await editor()).change(card.id, { list: doing() });
    expect(acts).toEqual([`${scene.trello.state.me.fullName}: updateCard`]);
    expect(told).toEqual([]);
    expect(await scene.workspaces.people.account({ team: scene.team, user: scene.ana })).toBeDefined();
  });

  it('is made by the app’s account where there is no place to answer at', async () => {
    await connect(yuri);
    await (await editor(ana, { isPlaced: false })).change(card.id, { list: doing() });
    expect(acts).toEqual([`${scene.trello.state.me.fullName}: updateCard`]);
  });

  it('is tried with the account of the person alone while Trello is away', async () => {
    await connect(yuri);
    const one = await editor();
    await one.assign(card.id, yuri.id);
    scene.trello.faults.add('*', { act: 'answer', status: 503 }, 2);
    await expect(one.change(card.id, { list: doing() })).rejects.toMatchObject({ retry: 'ambiguous' });
    await expect(one.unassign(card.id, yuri.id)).rejects.toMatchObject({ retry: 'ambiguous' });
    await one.unassign(card.id, yuri.id);
    expect(acts).toEqual(['Yuri Tanaka: addMemberToCard', 'Yuri Tanaka: removeMemberFromCard']);
  });

  it('is made although a refused token cannot be deleted', async () => {
    await connect(yuri);
    const away = () => Promise.reject(new Error('The store is away.'));
    const one = await editor(ana, { people: { disconnect: away } });
    scene.trello.revoke(TOKEN);
    await one.change(card.id, { list: doing() });
    expect(acts).toEqual([`${scene.trello.state.me.fullName}: updateCard`]);
    expect(told).toEqual([]);
  });

  it('keeps the token of a person while Trello refuses the app’s own as well', async () => {
    await connect(yuri);
    const one = await editor();
    scene.trello.revoke(TOKEN);
    scene.trello.revoke('local-trello-token');
    await expect(one.change(card.id, { list: doing() })).rejects.toMatchObject({
      code: 'trello_not_authorized',
    });
    expect(await scene.workspaces.people.account({ team: scene.team, user: scene.ana })).toBeDefined();
    expect(told).toEqual([]);
  });

  it('finds its comment again, whoever of the two has made it', async () => {
    await connect(yuri);
    const since = Date.now();
    const { id } = await comment();
    await scene.workspaces.people.disconnect({ team: scene.team, user: scene.ana });
    const again = await editor();
    expect(await again.findComment(card.id, 'Any news?', since, ana.member)).toEqual(
      expect.objectContaining({ id }),
    );
    expect(await again.findComment(card.id, 'Any news?', since)).toBeUndefined();
  });
});
