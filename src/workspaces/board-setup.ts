import type { BoardSettings } from './setups.ts';

/** A board that an account may use. */
export interface OfferedBoard {
  id: string;
  name: string;
}

/** A member of a board; `username` is the name behind the @. */
export interface OfferedMember {
  id: string;
  name: string;
  username?: string | undefined;
}

/** What can be chosen of a board. */
export interface BoardParts {
  /** The names of its open lists, from left to right. */
  lists: readonly string[];
  /** Everybody who can be drawn, those who are left out as well; nobody where no kind of task draws. */
  members: readonly OfferedMember[];
}

/** What a board lacks, in words for people. */
export interface BoardCheck {
  /** Each says what is wrong, and who can do what about it. None: everything is in place. */
  problems: string[];
  /** What {@link BoardSetup.repair} would change: “Adds the list “To Do”.” `undefined`: there is nothing that it can. */
  repair?: string | undefined;
}

/**
 * What the set-up of a workspace does to boards. `team`: Slack's id of the workspace; `account`: the id of its Trello account.
 * Every method rejects with AppError.
 */
export interface BoardSetup {
  /** The account's open boards, those with the latest changes first. */
  boards(team: string, account: string): Promise<OfferedBoard[]>;
  parts(team: string, account: string, board: string): Promise<BoardParts>;
  /** Makes a board with all that the kinds of task need. @throws AppError `board_exists` */
  create(team: string, account: string, name: string, list: string): Promise<OfferedBoard>;
  /** Changes nothing. */
  check(team: string, board: BoardSettings): Promise<BoardCheck>;
  /** Adds what is missing, and checks again. */
  repair(team: string, board: BoardSettings): Promise<BoardCheck>;
}
