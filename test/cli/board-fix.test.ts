import { describe, expect, it } from 'vitest';
import { addLabel, addList, dropLabel } from '../../sandbox/trello/boards.ts';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import type { StoredBoard } from '../../sandbox/trello/model.ts';
import { seedBoard, seedEmptyBoard, seedLargeBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { createTrelloClient, keyAndToken } from '../../src/trello/client.ts';
import { BOARD_SHAPE_QUERY, createBoardSchema, listWhatBoardLacks } from '../../src/trello/shape.ts';
import { NEEDS, useLocalTrello } from './board-command.ts';

const here = useLocalTrello();
const { on, run } = here;

const names = (items: readonly { name: string }[]) => items.map(({ name }) => name);

/** What the running bridge would say of the board. */
async function lackingForBridge({ id }: StoredBoard): Promise<string[]> {
  const client = createTrelloClient({
    url: here.trello.url,
    authorization: async () => keyAndToken(LOCAL_KEY, LOCAL_TOKEN),
  });
  const answer = await client.request({
    method: 'GET',
    path: `/boards/${id}`,
    query: BOARD_SHAPE_QUERY,
    schema: createBoardSchema(),
  });
  await client.close();
  if (!answer.ok) throw new Error(answer.refusal.text);
  return listWhatBoardLacks(answer.value, NEEDS).map(({ operatorMessage }) => operatorMessage);
}

describe('board fix', () => {
  it('makes an empty board ready at once, and changes nothing the second time', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 5, stderr: '' });
    expect(names(board.lists)).toEqual(['To Do']);
    expect(board.labels).toMatchObject([
      { name: 'Bug', color: 'red' },
      { name: 'Maintenance', color: 'orange' },
      { name: 'Research', color: 'blue' },
      { name: 'Test', color: 'green' },
    ]);
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 0 });
    expect(await lackingForBridge(board)).toEqual([]);
  });

  it('gives a new label a colour that the board uses least', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    const maintenance = board.labels.find(({ name }) => name === 'Maintenance');
    Object.assign(maintenance ?? {}, { name: 'Hull' });
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 1 });
    expect(board.labels.at(-1)).toMatchObject({ name: 'Maintenance', color: 'purple' });
  });

  it('says what it would do when there is nobody to ask, and does nothing', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const text = await run(['fix'], on(board));
    expect(text).toMatchObject({
      code: 1,
      changes: 0,
      stdout: expect.stringContaining('add the label “Bug” (red)'),
    });
    expect(text.stdout).toContain('--yes');
    const json = await run(['fix', '--json'], on(board));
    expect(json).toMatchObject({ code: 1, changes: 0 });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      planned: [
        { act: 'add list', name: 'To Do' },
        ...NEEDS.labels.map((name) => ({ act: 'add label', name })),
      ],
      done: [],
    });
  });

  it.each(NEEDS.labels)('finds and mends a label “%s” that was taken away', async (name) => {
    const { board } = seedMissionBoard(here.trello.state);
    const label = board.labels.find((one) => one.name === name);
    if (!label) throw new Error(`the seed has no label ${name}`);
    dropLabel(here.trello.state, here.trello.state.me, label);
    expect(await run(['check'], on(board))).toMatchObject({ code: 1 });
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 1 });
    expect(names(board.labels).toSorted()).toEqual([...NEEDS.labels].toSorted());
  });

  it('adds a list that was renamed away, and leaves the renamed one alone', async () => {
    const { board, lists } = seedMissionBoard(here.trello.state);
    Object.assign(lists[0] ?? {}, { name: 'Later' });
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 1 });
    expect(names(board.lists)).toEqual(['To Do', 'Later', 'Doing', 'Done']);
  });

  it('reopens an archived list instead of making a second one', async () => {
    const { board, lists } = seedMissionBoard(here.trello.state);
    Object.assign(lists[0] ?? {}, { closed: true });
    expect(await run(['check'], on(board))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('list “To Do”: archived'),
    });
    const fixed = await run(['fix', '--yes', '--json'], on(board));
    expect(fixed).toMatchObject({ code: 0, changes: 1 });
    expect(JSON.parse(fixed.stdout).done).toEqual([{ act: 'reopen list', name: 'To Do', id: lists[0]?.id }]);
    expect(board.lists).toMatchObject([
      { name: 'To Do', closed: false },
      { name: 'Doing' },
      { name: 'Done' },
    ]);
  });

  it('leaves an archived list alone when an open one has the name', async () => {
    const { board, lists } = seedMissionBoard(here.trello.state);
    Object.assign(lists[0] ?? {}, { closed: true });
    addList(here.trello.state, here.trello.state.me, board, { name: 'to do' });
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 0 });
  });

  it('does not make a label again that is there in another case', async () => {
    const { board } = seedBoard(here.trello.state, { name: 'Loud', lists: [' TO DO '] });
    for (const name of NEEDS.labels) {
      addLabel(here.trello.state, here.trello.state.me, board, { name: name.toUpperCase(), color: null });
    }
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 0 });
  });

  it('goes on where an interrupted run ended', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    here.trello.faults.add('POST /labels', { act: 'reset', when: 'after' }, 1);
    const interrupted = await run(['fix', '--yes', '--json'], on(board));
    expect(interrupted.code).toBe(3);
    expect(JSON.parse(interrupted.stdout)).toMatchObject({
      ok: false,
      error: { code: 'trello_unreachable', message: expect.stringContaining('Run this again') },
      done: [{ act: 'add list' }],
    });
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 3 });
    expect(names(board.labels)).toEqual([...NEEDS.labels]);
    expect(names(board.lists)).toEqual(['To Do']);
  });

  it('says that a person has to invite somebody when nobody can be given work', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    for (const membership of board.memberships) membership.deactivated = true;
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({
      code: 1,
      changes: 0,
      stdout: expect.stringContaining('Invite somebody'),
    });
  });

  it('takes a handful of requests on a board with 200 labels and 1,000 cards', async () => {
    const { board } = seedLargeBoard(here.trello.state);
    const untouched = names(board.labels);
    expect(await run(['check'], on(board))).toMatchObject({ code: 0, requests: 3 });
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 0, requests: 3 });

    const bug = board.labels.find(({ name }) => name === 'Bug');
    if (!bug) throw new Error('the seed has no label Bug');
    dropLabel(here.trello.state, here.trello.state.me, bug);
    expect(await run(['fix', '--yes'], on(board))).toMatchObject({ code: 0, changes: 1, requests: 5 });
    expect(names(board.labels).toSorted()).toEqual(untouched.toSorted());
    expect(board.cards).toHaveLength(1000);
  });
});
