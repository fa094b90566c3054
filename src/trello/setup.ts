import type { BoardNeeds } from './board-watch.ts';
import type { TrelloClient } from './client.ts';
import { readSetupBoard, type SetupBoard } from './setup-board.ts';
import { type Owner, readCredentials } from './setup-credentials.ts';
import { type Finding, judgeBoard, judgeCredentials } from './setup-findings.ts';
import type { Repair } from './setup-repair.ts';
import { findByName } from './shape.ts';

/** What was found; `board` only when it could be read. */
export interface Inspection {
  findings: Finding[];
  board: SetupBoard | undefined;
}

export interface BoardSetup {
  /** Tries key and token, in two requests. `owner`: whose they are; undefined when Trello refuses them. */
  credentials(): Promise<{ findings: Finding[]; owner: Owner | undefined }>;
  /** Looks at all that the kinds need of a board, in one request. `address` is its id, short link or URL. */
  board(address: string, owner: Owner): Promise<Inspection>;
}

/** Looks at everything that the bridge needs of Trello, and changes nothing. It throws AppError when Trello is away. */
export function createBoardSetup({
  client,
  token,
  needs,
  now = () => new Date(),
}: {
  client: TrelloClient;
  token: string;
  needs: BoardNeeds;
  now?: () => Date;
}): BoardSetup {
  return {
    async credentials() {
      const answer = await readCredentials(client, token);
      return { findings: judgeCredentials(answer, now()), owner: answer.ok ? answer.owner : undefined };
    },
    async board(address, owner) {
      const answer = await readSetupBoard(client, address);
      return {
        findings: judgeBoard(answer, needs, owner),
        board: answer.ok ? answer.board : undefined,
      };
    },
  };
}

/** What stands on a new board beside the list for new cards, in the order of the work. */
const LISTS = ['To Do', 'Doing', 'Done'];

/** The lists that a new board still lacks, from left to right. */
export function listsOfNewBoard({ list }: BoardNeeds, board: SetupBoard): Repair[] {
  const usual = LISTS.map((name) => ({ name }));
  const wanted = findByName(usual, list) ? usual : [{ name: list }, ...usual];
  return wanted
    .filter(({ name }) => !findByName(board.lists, name))
    .map(({ name }) => ({ act: 'add list', name, position: 'bottom' }));
}
