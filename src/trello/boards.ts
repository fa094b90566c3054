import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AppError, readingError } from '../errors.ts';
import type { BoardOf } from '../flows/card-activity/link.ts';
import type { BoardAction } from '../flows/card-activity/news.ts';
import type { BoardNames, History } from '../flows/card-activity/ports.ts';
import type { CardEditor } from '../flows/edit-card/ports.ts';
import type { Account } from '../workspaces/accounts.ts';
import { notSetUp } from '../workspaces/admins.ts';
import type { Secret } from '../workspaces/installations.ts';
import type { OwnAccount, SlackPerson } from '../workspaces/people.ts';
import {
  type Board as BoardSettings,
  boardFor,
  connectedBoard,
  nameAmongSeveral,
  type Setup,
} from '../workspaces/setups.ts';
import { OWN_ACCOUNT } from '../workspaces/variables.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { type BoardReader, createBoardReader } from './board.ts';
import type { TrelloClient } from './client.ts';
import { createCardEditor } from './editor.ts';
import { lacksRights, namesUnknownThing, SIGN_IN_REFUSED } from './errors.ts';
import { createHistory } from './history.ts';
import type { Quota } from './rate-limit.ts';
import { hasName } from './shape.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

/** Trello with the token of one account. */
export interface Connection {
  client: TrelloClient;
  quota: Quota;
  /** The id of the account's member. */
  ownId(): Promise<string>;
  webhooks: Webhooks;
  /** `board`: its id, short link or address. */
  readerOf(board: string): BoardReader;
}

/** A board that a workspace is connected to, with what it takes to work on it. */
export interface ConnectedBoard extends BoardSettings, Pick<Connection, 'client' | 'quota' | 'webhooks'> {
  reader: BoardReader;
  history: History;
  editor: CardEditor;
}

/** The boards of workspaces. Each is looked up anew, so that a change of the setup holds at once in every instance. */
export interface Boards {
  /**
   * `board`: Trello's id; without it the board of the workspace.
   * @throws AppError `not_set_up`, `not_connected`, `trello_not_authorized` (`never`)
   */
  of(team: string, board?: string): Promise<ConnectedBoard>;
  /** An account of a workspace. @throws AppError `trello_not_authorized` */
  account(team: string, account: string): Promise<Connection>;
  isConnected(board: BoardOf): Promise<boolean>;
  names(team: string): Promise<BoardNames>;
  /** An editor with the account that a person has connected. `reader`: of the card's board. */
  editorOf(person: SlackPerson, account: OwnAccount, reader: BoardReader): Promise<CardEditor>;
  /** A board's name where the workspace has several, so that people can tell them apart. */
  nameAmongSeveral(board: BoardOf): Promise<string | undefined>;
  /**
   * The id of a connected board by its id or short link; Trello is asked for a short link until it is known.
   * @throws AppError of Trello
   */
  find(team: string, named: string): Promise<string | undefined>;
  /** How many boards are read with the account of this one. */
  sharing(board: BoardOf): Promise<number>;
  /** Requests that may be sent at once with the token of the settings; `undefined`: there is none, or no limit. */
  left(): Promise<number | undefined>;
  /** The board of the settings, where they name one. */
  own: BoardReader | undefined;
  close(): Promise<void>;
}

const SHORT_LINK_LENGTH = 8;
const idSchema = z.object({ id: z.string() });

/** A token that was connected anew is another one. */
const versionOf = ({ id, at }: Pick<Account, 'id' | 'at'>) => `${id} ${at ?? ''}`;

export function createBoards({
  workspaces: { setups, accounts },
  connect,
  own,
  cache,
  noteActions,
  log,
}: {
  workspaces: Pick<Workspaces, 'setups' | 'accounts'>;
  /** Makes what sends requests with a token; `account` names its quota. */
  connect: (account: string, token: string) => Pick<Connection, 'client' | 'quota'>;
  /** What the settings name: the token of {@link OWN_ACCOUNT}, and the board. */
  own: { token: string; board: string } | undefined;
  /** The shapes of boards. */
  cache: Keyv;
  /** Called with what a read of a board's history has found. */
  noteActions: (board: BoardOf, actions: readonly BoardAction[]) => void;
  log: Logger;
}): Boards {
  const connections = new Map<string, { version: string; connection: Promise<Connection> }>();
  const ownConnection = own && connectionOf(OWN_ACCOUNT, own.token, '');

  function connectionOf(name: string, token: string, team: string): Connection {
    const { client, quota } = connect(name, token);
    const readers = new Map<string, BoardReader>();
    return {
      client,
      quota,
      webhooks: createWebhooks({ client, quota, token, log }),
      ownId: createOwnId({ client, quota }),
      readerOf(board) {
        const found = readers.get(board) ?? [...readers.values()].find((one) => one.known()?.id === board);
        const reader = found ?? createBoardReader({ client, quota, cache, board, team, log });
        readers.set(board, reader);
        return reader;
      },
    };
  }

  /** Ids by workspace and short link, which a board keeps for good. */
  const shortLinks = new Map<string, string>();

  async function idOfShortLink(
    team: string,
    { boards }: Setup,
    shortLink: string,
  ): Promise<string | undefined> {
    for (const id of new Set(Object.values(boards).map((board) => board.account))) {
      const { client, quota } = await account(team, id);
      await quota.take('card');
      const path = `/boards/${shortLink}`;
      const answer = await client.request({ method: 'GET', path, query: { fields: 'id' }, schema: idSchema });
      if (answer.ok) return answer.value.id;
      const { refusal } = answer;
      const error = await quota.refused(refusal);
      if (!namesUnknownThing(refusal) && !lacksRights(refusal)) throw error;
    }
    return undefined;
  }

  async function account(team: string, id: string): Promise<Connection> {
    if (id === OWN_ACCOUNT && ownConnection) return ownConnection;
    const found = await accounts.find(team, id);
    const { token } = found ?? {};
    if (!found || !token) throw notAuthorized(team, id);
    return await connectionAt(`${team} ${id}`, versionOf(found), token, team);
  }

  async function connectionAt(
    key: string,
    version: string,
    token: Secret,
    team: string,
  ): Promise<Connection> {
    const known = connections.get(key);
    if (known?.version === version) return await known.connection;
    const connection = token().then((text) => connectionOf(key, text, team));
    connections.set(key, { version, connection });
    void known?.connection.then(({ client }) => client.close());
    connection.catch(() => connections.delete(key));
    return await connection;
  }

  return {
    account,
    own: ownConnection?.readerOf(own?.board ?? ''),
    async of(team, id) {
      const setup = await setups.find(team);
      const settings = id === undefined ? boardFor(setup) : connectedBoard(setup, id);
      if (!settings) throw notSetUp(team, 'an app admin');
      const connection = await account(team, settings.account);
      const { client, quota, webhooks, ownId } = connection;
      const reader = connection.readerOf(settings.id);
      const isDoneList = (board: string, list: string) =>
        hasName({ name: list }, setup.boards[board]?.doneList ?? settings.doneList);
      return {
        ...settings,
        client,
        quota,
        webhooks,
        reader,
        history: createHistory({
          client,
          quota,
          ownId,
          isDoneList,
          noteActions: (actions) => noteActions({ team, board: settings.id }, actions),
        }),
        editor: createCardEditor({ client, quota, ownId, reader, drawExcept: settings.drawExcept }),
      };
    },
    async isConnected({ team, board }) {
      return Object.hasOwn((await setups.find(team)).boards, board);
    },
    async names(team) {
      const { boards } = await setups.find(team);
      return {
        isDoneList: (board, list) => hasName({ name: list }, boards[board]?.doneList ?? ''),
        name: (board) => boards[board]?.name,
      };
    },
    async editorOf({ team, user }, found, reader) {
      const key = `${team} person ${user}`;
      const { client, quota } = await connectionAt(key, versionOf(found), found.token, team);
      return createCardEditor({ client, quota, ownId: async () => found.id, reader });
    },
    async nameAmongSeveral({ team, board }) {
      return nameAmongSeveral(await setups.find(team), board);
    },
    async find(team, named) {
      const setup = await setups.find(team);
      if (Object.hasOwn(setup.boards, named)) return named;
      if (named.length !== SHORT_LINK_LENGTH) return undefined;
      const key = `${team} ${named}`;
      const id = shortLinks.get(key) ?? (await idOfShortLink(team, setup, named));
      if (id === undefined || !Object.hasOwn(setup.boards, id)) return undefined;
      shortLinks.set(key, id);
      return id;
    },
    async sharing({ team, board }) {
      const all = Object.values((await setups.find(team)).boards);
      const own = all.find(({ id }) => id === board);
      return all.filter((other) => other.account === own?.account).length;
    },
    left: async () => await ownConnection?.quota.left(),
    async close() {
      const all = [...connections.values()].map(({ connection }) => connection);
      await Promise.all([ownConnection, ...all].map(async (one) => (await one)?.client.close()));
    },
  };
}

/** Asks once whose the token is. */
function createOwnId({ client, quota }: Pick<Connection, 'client' | 'quota'>): () => Promise<string> {
  let own: Promise<string> | undefined;

  async function ask(): Promise<string> {
    await quota.take('activity');
    const answer = await client
      .request({ method: 'GET', path: '/members/me', query: { fields: 'id' }, schema: idSchema })
      .catch((error: unknown) => Promise.reject(readingError(error)));
    if (!answer.ok) throw readingError(await quota.refused(answer.refusal));
    return answer.value.id;
  }

  return () => {
    own ??= ask().catch((error: unknown) => {
      own = undefined;
      throw error;
    });
    return own;
  };
}

function notAuthorized(team: string, account: string): AppError {
  return new AppError({
    code: 'trello_not_authorized',
    retry: 'never',
    userMessage: SIGN_IN_REFUSED,
    operatorMessage: `Workspace ${team} has no token of the Trello account ${account}: run \`npm run connect -- trello\`.`,
  });
}
