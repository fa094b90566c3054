import { z } from 'zod';
import { AppError, readingError } from '../../errors.ts';
import type { Kind } from '../../tasks/kind.ts';
import type { BoardCheck, BoardSetup } from '../../workspaces/board-setup.ts';
import type { BoardSettings } from '../../workspaces/setups.ts';
import type { TrelloClient, TrelloRequest } from '../client.ts';
import { lacksRights, namesUnknownThing } from '../errors.ts';
import { OWNER_REQUEST, type Owner } from '../owner.ts';
import type { Quota } from '../rate-limit.ts';
import {
  BOARD_SHAPE_QUERY,
  boardNeeds,
  boardNotFound,
  createBoardSchema,
  drawPool,
  isDrawn,
  judgeRoom,
  listWhatBoardLacks,
} from '../shape.ts';
import { checkBoard, repairsOf, repairsOfNewBoard } from './check.ts';
import { findBoardsNamed, makeBoard, makeRepairs, type Repair } from './repair.ts';

const boardsSchema = z.array(
  z.object({ id: z.string(), name: z.string(), dateLastActivity: z.string().nullish() }),
);
const boardSchema = createBoardSchema();

/** What the set-up in Slack does to boards. `account`: Trello for an account of a workspace. */
export function createBoardSetup({
  account,
  kinds,
}: {
  account: (team: string, id: string) => Promise<{ client: TrelloClient; quota: Quota }>;
  kinds: readonly Kind[];
}): BoardSetup {
  /** Each request takes its unit of the account's quota: a person waits for it. */
  async function clientOf(team: string, id: string): Promise<TrelloClient> {
    const { client, quota } = await account(team, id);
    return {
      ...client,
      async request(request) {
        await quota.take('card');
        const answer = await client.request(request);
        // Only what it notes of a 429 matters here: the caller knows better what a refusal means.
        if (!answer.ok) await quota.refused(answer.refusal);
        return answer;
      },
    };
  }

  async function read<T>(
    { team, account: id }: { team: string; account: string },
    request: TrelloRequest<T>,
  ): Promise<T> {
    const { client, quota } = await account(team, id);
    await quota.take('card');
    const answer = await client.request(request).catch((error: unknown) => {
      throw readingError(error);
    });
    if (answer.ok) return answer.value;
    const error = await quota.refused(answer.refusal);
    const isUnseen = namesUnknownThing(answer.refusal) || lacksRights(answer.refusal);
    const ofBoard = request.path.startsWith('/boards/');
    throw isUnseen && ofBoard
      ? boardNotFound(request.path, error.operatorMessage, error)
      : readingError(error);
  }

  async function inspect(team: string, { id, name, account: accountId, list, drawExcept }: BoardSettings) {
    const owner: Owner = await read({ team, account: accountId }, OWNER_REQUEST);
    const needs = boardNeeds(kinds, { list, drawExcept });
    const client = await clientOf(team, accountId);
    const { findings, board } = await checkBoard(client, id, needs, owner).catch((error: unknown) => {
      throw readingError(error);
    });
    if (!board) return { client, owner, findings, check: describe([boardNotFound(name, 'not to be seen')]) };
    // Archived lists are read, too, to be reopened; a card cannot go there.
    const open = { ...board, lists: board.lists.filter(({ closed }) => !closed) };
    const problems = [...listWhatBoardLacks(open, needs), ...judgeRoom(open, list).obstacles];
    return { client, owner, findings, check: describe(problems, repairsOf(findings)) };
  }

  return {
    async boards(team, id) {
      const boards = await read(
        { team, account: id },
        {
          method: 'GET',
          path: '/members/me/boards',
          query: { filter: 'open', fields: 'name,dateLastActivity' },
          schema: boardsSchema,
        },
      );
      const latest = ({ dateLastActivity: at }: (typeof boards)[number]) => (at ? Date.parse(at) : 0);
      return boards
        .sort((one, other) => latest(other) - latest(one))
        .map(({ id: board, name }) => ({ id: board, name }));
    },

    async parts(team, id, board) {
      const where = { team, account: id };
      const path = `/boards/${encodeURIComponent(board)}`;
      const [shape, owner] = await Promise.all([
        read(where, { method: 'GET', path, query: BOARD_SHAPE_QUERY, schema: boardSchema }),
        read(where, OWNER_REQUEST),
      ]);
      return {
        lists: shape.lists.map(({ name }) => name),
        members: kinds.some(isDrawn) ? drawPool({ ...shape, owner }) : [],
      };
    },

    async create(team, id, name, list) {
      const client = await clientOf(team, id);
      const [existing] = await findBoardsNamed(client, name);
      if (existing !== undefined) {
        throw new AppError({
          code: 'board_exists',
          retry: 'never',
          userMessage: `There is a board “${name}” already. Choose it, or take another name.`,
          operatorMessage: `There is a board “${name}” already: ${existing}.`,
        });
      }
      const made = await makeBoard(client, name);
      const { findings } = await inspect(team, { ...made, account: id, list, doneList: '' });
      await makeRepairs(client, made.id, repairsOfNewBoard(findings, list), () => {});
      return { id: made.id, name: made.name };
    },

    check: async (team, board) => (await inspect(team, board)).check,

    async repair(team, board) {
      const { client, findings } = await inspect(team, board);
      await makeRepairs(client, board.id, repairsOf(findings), () => {});
      return (await inspect(team, board)).check;
    },
  };
}

function describe(problems: readonly AppError[], repairs: readonly Repair[] = []): BoardCheck {
  return {
    problems: problems.map(({ userMessage }) => userMessage),
    repair: repairs.length > 0 ? inWords(repairs) : undefined,
  };
}

/** “Adds the list “To Do” and the label “Bug”.” */
function inWords(repairs: readonly Repair[]): string {
  const added = repairs.flatMap(({ act, name }) =>
    act === 'add list' ? `the list “${name}”` : act === 'add label' ? `the label “${name}”` : [],
  );
  const reopened = repairs.flatMap(({ act, name }) =>
    act === 'reopen list' ? `the archived list “${name}”` : [],
  );
  const all = new Intl.ListFormat('en-GB', { type: 'conjunction' });
  const parts = [
    ...(added.length > 0 ? [`adds ${all.format(added)}`] : []),
    ...(reopened.length > 0 ? [`reopens ${all.format(reopened)}`] : []),
  ];
  const sentence = parts.join(' and ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
