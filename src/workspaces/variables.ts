import type { Account } from './accounts.ts';
import type { Installation } from './installations.ts';
import type { BoardSettings, Setup } from './setups.ts';

/**
 * What the settings connect: one installation, one account, one board. Each is `undefined` for another workspace; until
 * Slack has told which one the bot token belongs to, it is any.
 */
export interface OfVariables {
  installation(workspace: string): Installation | undefined;
  account(workspace: string): Account | undefined;
  setup(workspace: string): Setup | undefined;
}

/** The id of the account of `TRELLO_API_TOKEN`: that of its member is not known until Trello is asked. */
export const OWN_ACCOUNT = 'variables';

/** Stands for a workspace where a request comes from none, as over the API. */
export const NO_WORKSPACE = '';

export function createOfVariables({
  botToken,
  trello,
  admins,
  told,
  board,
}: {
  /** `undefined`: workspaces install the app by OAuth. */
  botToken: string | undefined;
  /** `undefined`: each workspace connects its own. */
  trello:
    | ({ token: string; board: string } & Pick<BoardSettings, 'list' | 'doneList' | 'drawExcept'>)
    | undefined;
  /** Slack's ids of those who may change the setup. */
  admins: readonly string[];
  /** What Slack has told of the installation so far. */
  told: () => Omit<Installation, 'token'>;
  /** What Trello has told of the board so far. */
  board: () => { id: string; name: string } | undefined;
}): OfVariables {
  const isIts = (workspace: string) =>
    workspace === NO_WORKSPACE || (told().workspace ?? workspace) === workspace;
  return {
    installation: (workspace) =>
      botToken !== undefined && isIts(workspace) ? { ...told(), token: async () => botToken } : undefined,
    account: (workspace) =>
      trello && isIts(workspace)
        ? { id: OWN_ACCOUNT, username: '', fullName: '', token: async () => trello.token }
        : undefined,
    setup(workspace) {
      if (!trello || !isIts(workspace)) return undefined;
      const { list, doneList, drawExcept } = trello;
      const { id, name } = board() ?? { id: trello.board, name: '' };
      return {
        boards: { [id]: { id, name, account: OWN_ACCOUNT, list, doneList, drawExcept } },
        routes: {},
        otherwise: { board: id },
        admins: { users: admins },
      };
    },
  };
}
