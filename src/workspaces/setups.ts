import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { WorkspaceDeps } from './installations.ts';
import { createCollection } from './records.ts';

/** Who set it (Slack's id) and when (milliseconds since 1970). */
const changed = { by: z.string(), at: z.number() };

const boardSchema = z.object({
  /** Trello's id. */
  id: z.string(),
  name: z.string(),
  /** The id of the account that reads and changes it. */
  account: z.string(),
  /** The name of the list for new cards, and of the one whose cards count as finished. */
  list: z.string(),
  doneList: z.string(),
  /** Who is never drawn: Trello's ids of members; in the settings, usernames. */
  drawExcept: z.array(z.string()).readonly().optional(),
});
const choiceSchema = z.object({ board: z.string(), ...changed });

const schema = z.object({
  /** By their ids. */
  boards: z.record(z.string(), boardSchema.extend(changed)),
  /** For channels with a board of their own, by Slack's id of the channel. */
  routes: z.record(z.string(), choiceSchema),
  /** For all other channels. */
  otherwise: choiceSchema.optional(),
  /** Those who may change all this beside the one who installed the app: Slack's ids. */
  admins: z.object({ users: z.array(z.string()), ...changed }).optional(),
});

export type BoardSettings = z.infer<typeof boardSchema>;
export type Board = BoardSettings & Partial<z.infer<z.ZodObject<typeof changed>>>;
type Choice = { board: string; by?: string; at?: number };

/** What a workspace is connected to, as a whole: each question about it costs one read. */
export interface Setup {
  boards: Readonly<Record<string, Board>>;
  routes: Readonly<Record<string, Choice>>;
  otherwise?: Choice | undefined;
  admins?: { users: readonly string[]; by?: string; at?: number } | undefined;
}

export interface Setups {
  find(workspace: string): Promise<Setup>;
  /** Connects a board or changes its settings. The first one of a workspace becomes its board. */
  putBoard(workspace: string, board: BoardSettings, by: string): Promise<void>;
  /** Takes a board away, and every choice of it; cards go to another one. Resolves with whether it was there. */
  removeBoard(workspace: string, board: string, by: string): Promise<boolean>;
  /** Chooses the board of a channel; `undefined`: that of the workspace. False: there is no such board. */
  route(workspace: string, channel: string, board: string | undefined, by: string): Promise<boolean>;
  /** Chooses the board of the workspace. False: there is no such board. */
  routeOthers(workspace: string, board: string, by: string): Promise<boolean>;
  setAdmins(workspace: string, users: readonly string[], by: string): Promise<void>;
}

/** Whether somebody is left out of the draw. `except`: ids and usernames. */
export function isLeftOut(
  { id, username = '' }: { id: string; username?: string | undefined },
  except: readonly string[] = [],
): boolean {
  return except.includes(id) || except.includes(username);
}

/** The board for cards that are asked for in a channel, or in none. */
export function boardFor({ boards, routes, otherwise }: Setup, channel = ''): Board | undefined {
  return boards[routes[channel]?.board ?? ''] ?? boards[otherwise?.board ?? ''];
}

/** A board's name where there are several, so that people can tell them apart. */
export function nameAmongSeveral({ boards }: Setup, id: string): string | undefined {
  const isOneOfSeveral = Object.keys(boards).length > 1 && Object.hasOwn(boards, id);
  return isOneOfSeveral ? boards[id]?.name || undefined : undefined;
}

/**
 * Trello's id of the board that somebody chose for the cards of a channel, to be kept with a request. `undefined`: nobody did,
 * and it is that of the settings, whose id is not known before Trello has told it.
 */
export function chosenBoard({ boards, routes, otherwise }: Setup, channel = ''): string | undefined {
  const route = routes[channel] ?? otherwise;
  return route?.by !== undefined && Object.hasOwn(boards, route.board) ? route.board : undefined;
}

/** The board of that id. @throws AppError `not_connected` */
export function connectedBoard({ boards }: Setup, id: string): Board {
  const board = Object.hasOwn(boards, id) ? boards[id] : undefined;
  if (board) return board;
  throw new AppError({
    code: 'not_connected',
    retry: 'never',
    userMessage: 'This app is no longer connected to that board. An app admin can connect it again.',
    operatorMessage: `The workspace is not connected to board ${id}.`,
  });
}

function describeBoard({ id, list, drawExcept = [] }: BoardSettings): string {
  const except = drawExcept.length > 0 ? `, never drawn: ${drawExcept.join(', ')}` : '';
  return `board ${id}, new cards in “${list}”${except}`;
}

/** One record a workspace. */
const ID = 'setup';
type Stored = z.infer<typeof schema>;

export function createSetups({ records, audit, ofVariables }: Omit<WorkspaceDeps, 'vault'>): Setups {
  const stored = createCollection(records, ID, schema);

  /** Changes the record unless `edit` says that it has nothing to change it to. */
  async function change(
    workspace: string,
    edit: (before: Stored) => Stored | undefined,
    entry: { by: string; act: string; what: string },
  ): Promise<boolean> {
    let hasChanged = false;
    await stored.change(workspace, ID, (before) => {
      const after = edit(before ?? { boards: {}, routes: {} });
      hasChanged = after !== undefined;
      return after ?? before;
    });
    const { by, act, what } = entry;
    if (hasChanged) await audit.add({ team: workspace, who: by, act, what });
    return hasChanged;
  }

  /** The board is in the store, or is that of the settings. */
  const isKnown = (workspace: string, { boards }: Stored, board: string) =>
    Object.hasOwn(boards, board) || Object.hasOwn(ofVariables?.setup(workspace)?.boards ?? {}, board);

  return {
    async find(workspace) {
      const own = ofVariables?.setup(workspace);
      const found = await stored.get(workspace, ID);
      const users = new Set([...(own?.admins?.users ?? []), ...(found?.admins?.users ?? [])]);
      return {
        boards: { ...own?.boards, ...found?.boards },
        routes: found?.routes ?? {},
        otherwise: found?.otherwise ?? own?.otherwise,
        admins: users.size > 0 ? { ...found?.admins, users: [...users] } : undefined,
      };
    },
    async putBoard(workspace, board, by) {
      const at = Date.now();
      const first = ofVariables?.setup(workspace) ? undefined : { board: board.id, by, at };
      await change(
        workspace,
        (before) => ({
          ...before,
          boards: { ...before.boards, [board.id]: { ...board, by, at } },
          otherwise: before.otherwise ?? first,
        }),
        { by, act: 'connected', what: describeBoard(board) },
      );
    },
    removeBoard: (workspace, board, by) =>
      change(
        workspace,
        (before) => {
          if (!Object.hasOwn(before.boards, board)) return undefined;
          const { [board]: _, ...boards } = before.boards;
          const routes = Object.entries(before.routes).filter(([, route]) => route.board !== board);
          const [next] = Object.keys(boards);
          const another = next === undefined ? undefined : { board: next, by, at: Date.now() };
          const otherwise = before.otherwise?.board === board ? another : before.otherwise;
          return { ...before, boards, routes: Object.fromEntries(routes), otherwise };
        },
        { by, act: 'disconnected', what: `board ${board}` },
      ),
    route: (workspace, channel, board, by) =>
      change(
        workspace,
        (before) => {
          const { [channel]: _, ...others } = before.routes;
          if (board === undefined) return { ...before, routes: others };
          if (!isKnown(workspace, before, board)) return undefined;
          return { ...before, routes: { ...others, [channel]: { board, by, at: Date.now() } } };
        },
        { by, act: 'routed', what: `channel ${channel} to ${board ?? 'the board of the workspace'}` },
      ),
    routeOthers: (workspace, board, by) =>
      change(
        workspace,
        (before) =>
          isKnown(workspace, before, board)
            ? { ...before, otherwise: { board, by, at: Date.now() } }
            : undefined,
        { by, act: 'routed', what: `the workspace to board ${board}` },
      ),
    async setAdmins(workspace, users, by) {
      await change(
        workspace,
        (before) => ({ ...before, admins: { users: [...users], by, at: Date.now() } }),
        { by, act: 'named', what: `as app admins: ${users.join(', ') || 'nobody'}` },
      );
    },
  };
}
