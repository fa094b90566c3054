import { App, type BlockAction, type ButtonAction, type StaticSelectAction } from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { Homes } from '../flows/app-home/flow.ts';
import type { ExistingCards, FindSimilar } from '../flows/create-card/ports.ts';
import { cardJobId, type Submit } from '../flows/create-card/submit.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Kind } from '../tasks/kind.ts';
import type { Parsed } from '../tasks/request.ts';
import type { WantedConnection } from '../workspaces/connections.ts';
import { type Installations, workspaceIdOf } from '../workspaces/installations.ts';
import type { People } from '../workspaces/people.ts';
import { boardFor, chosenBoard, connectedBoard } from '../workspaces/setups.ts';
import { createAppRemoved } from './app-removed.ts';
import { createTellWhere } from './elsewhere.ts';
import { createErrorHandler } from './error-handler.ts';
import { createFormMemory } from './form-memory.ts';
import { createAccept, identityOf } from './form-request.ts';
import { createCardListener } from './listeners/actions/card.ts';
import { createHomeMeListener } from './listeners/actions/home-me.ts';
import { createHomePageListener } from './listeners/actions/home-page.ts';
import { createKindListener } from './listeners/actions/kind.ts';
import { createRetryListener, type RetryQueue } from './listeners/actions/retry.ts';
import { createChangeBoardListener } from './listeners/actions/setup-change-board.ts';
import { createChooseBoardListener } from './listeners/actions/setup-choose-board.ts';
import { acknowledgeConnect } from './listeners/actions/setup-connect.ts';
import { createCreateBoardListener } from './listeners/actions/setup-create-board.ts';
import { createDisconnectListener } from './listeners/actions/setup-disconnect.ts';
import { createFixBoardListener } from './listeners/actions/setup-fix-board.ts';
import { createRemoveBoardListener } from './listeners/actions/setup-remove-board.ts';
import { createOpenSetup } from './listeners/commands/setup.ts';
import { createCommandListener } from './listeners/commands/spacex-task.ts';
import { createHomeOpenedListener } from './listeners/events/app-home-opened.ts';
import { createUninstalledListener } from './listeners/events/app-uninstalled.ts';
import { createTokensRevokedListener } from './listeners/events/tokens-revoked.ts';
import {
  CREATE_TASK_FROM_MESSAGE,
  createTaskFromMessageListener,
} from './listeners/shortcuts/create-task-from-message.ts';
import { createNewTaskListener, NEW_TASK } from './listeners/shortcuts/new-task.ts';
import { createCardFormListener, createRemoveListener } from './listeners/views/card-form.ts';
import {
  createDisconnectMeListener,
  createMe,
  createMeListener,
  ME_CONNECT,
  ME_DISCONNECT,
  ME_FORM,
  type MembersOf,
  type OwnConnectUrl,
} from './listeners/views/me.ts';
import { createSetupListener } from './listeners/views/setup.ts';
import { createBoardFormListener } from './listeners/views/setup-board.ts';
import { createNewBoardListener } from './listeners/views/setup-new-board.ts';
import { createFollowListener, createSimilarListener } from './listeners/views/similar.ts';
import { type BoardChosen, createTaskFormListener } from './listeners/views/task-form.ts';
import type { CardControls } from './may-edit.ts';
import { REMOVE } from './messages/edit-form.ts';
import { COMMAND } from './messages/help.ts';
import { HOME_ME, HOME_NEW_TASK, HOME_PAGE } from './messages/home.ts';
import { CARD_BLOCK, RETRY } from './messages/root.ts';
import {
  BOARD,
  BOARD_FORM,
  CHANGE_BOARD,
  CONNECT,
  CREATE_BOARD,
  DISCONNECT,
  FIX_BOARD,
  NEW_BOARD_FORM,
  REMOVE_BOARD,
  SETUP_FORM,
} from './messages/setup-parts.ts';
import { FOLLOW, SIMILAR_FORM } from './messages/similar-form.ts';
import { BOARD_FIELD, KIND_FIELD, TASK_FORM } from './messages/task-form.ts';
import { createReceiver, type SlackConnection, type SlackEnd } from './receiver.ts';
import { createSetupControls, type SetupParts } from './setup.ts';
import { createSimilar } from './similar.ts';
import type { SourceMessages } from './source-messages.ts';
import { boltLogger, clientOptions, type WorkspaceFor } from './workspace.ts';

/** Somebody has connected an account of Trello's in their browser. Never rejects. */
type Connected = (connection: WantedConnection) => Promise<void>;

/** Everything that a person can do to the app in Slack, each with its handler. */
export function createSlackApp({
  connection,
  apiUrl,
  workspaceFor,
  installations,
  kinds,
  parse,
  submit,
  queue,
  typed,
  messages,
  similar: { isThere, ...similarParts },
  controls,
  membersOf,
  ownConnectUrl,
  homes,
  setup,
  log,
}: {
  connection: SlackConnection;
  apiUrl: string;
  workspaceFor: WorkspaceFor;
  installations: Pick<Installations, 'markGone'>;
  kinds: readonly Kind[];
  parse: (input: unknown) => Parsed;
  submit: Submit;
  queue: RetryQueue & Pick<Queue, 'settled' | 'find'>;
  /** What stood in fields of a form that are out of sight at the moment. */
  typed: Keyv;
  messages: SourceMessages;
  /** Cards like one that is asked for. `asked`: requests whose person is shown such cards. */
  similar: { find: FindSimilar; asked: Keyv } & Pick<ExistingCards, 'isThere'>;
  /** What the buttons of a card need. */
  controls: Omit<CardControls, 'workspaceFor' | 'people'> & { people: People };
  membersOf: MembersOf;
  ownConnectUrl: OwnConnectUrl;
  homes: Homes;
  setup: SetupParts;
  log: Logger;
}): SlackEnd & { connected: Connected } {
  const { receiver, ...end } = createReceiver(connection, apiUrl, log);
  const app = new App({
    receiver,
    async authorize(source) {
      const { client, bot } = await workspaceFor(workspaceIdOf(source) ?? '');
      return { botToken: String(client.token), ...bot };
    },
    clientOptions: clientOptions(apiUrl, log),
    logger: boltLogger(log),
    extendedErrorHandler: true,
    convoStore: false,
  });

  const memory = createFormMemory({ typed, log });
  const { edits, people } = controls;
  const me = createMe({
    people,
    membersOf,
    ownConnectUrl,
    opened: setup.opened,
    workspaceFor,
    log,
  });
  const setupControls = createSetupControls({ ...setup, workspaceFor, log });
  const { knownSetup } = setupControls;
  const openSetup = createOpenSetup(setupControls);
  app.command(COMMAND, createCommandListener({ kinds, openMe: me.open, openSetup, knownSetup }));
  const newTask = createNewTaskListener({ kinds, knownSetup });
  app.shortcut({ type: 'shortcut', callback_id: NEW_TASK }, newTask);
  app.shortcut(
    { type: 'message_action', callback_id: CREATE_TASK_FROM_MESSAGE },
    createTaskFromMessageListener({ kinds, people, messages, knownSetup }),
  );
  app.action(
    { type: 'block_actions', block_id: new RegExp(`^(?:${KIND_FIELD}|${BOARD_FIELD})(?:\\.|$)`) },
    createKindListener({ kinds, memory, knownSetup }),
  );
  app.action<BlockAction<ButtonAction>>(
    { type: 'block_actions', action_id: RETRY },
    createRetryListener({ queue, workspaceFor, log }),
  );
  const similar = createSimilar({
    ...similarParts,
    isKnown: async (form) => (await queue.find(cardJobId(identityOf(form)))) !== undefined,
    log,
  });
  const boardOf: BoardChosen = async (team, channel, chosen) => {
    const found = await setup.workspaces.setups.find(team);
    if (chosen === undefined) {
      return { settled: chosenBoard(found, channel), shown: boardFor(found, channel)?.id };
    }
    const { id } = connectedBoard(found, chosen);
    return { settled: id, shown: id };
  };
  const tellWhere = createTellWhere({ queue, workspaceFor, log });
  const accept = createAccept({ submit, messages });
  const taking = { parse, accept, boardOf, similar, tellWhere, log };
  app.view(
    { callback_id: TASK_FORM, type: 'view_submission' },
    createTaskFormListener({ ...taking, kinds, memory, knownSetup }),
  );
  const similarControls = { ...taking, isThere };
  app.view({ callback_id: SIMILAR_FORM, type: 'view_submission' }, createSimilarListener(similarControls));
  app.action<BlockAction<ButtonAction>>(
    { type: 'block_actions', action_id: FOLLOW },
    createFollowListener(similarControls),
  );
  const card: CardControls = { ...controls, workspaceFor };
  const cardBlock = new RegExp(`^${CARD_BLOCK}`);
  app.action({ type: 'block_actions', block_id: cardBlock }, createCardListener(card));
  const withForm = edits.filter(({ form }) => form);
  for (const { name } of withForm) {
    app.view({ callback_id: name, type: 'view_submission' }, createCardFormListener(card));
  }
  const due = withForm.find(({ form }) => form?.field?.input === 'moment');
  if (due) app.action({ type: 'block_actions', action_id: REMOVE }, createRemoveListener(card, due));
  app.view(
    { callback_id: ME_FORM, type: 'view_submission' },
    createMeListener({ people, changed: homes.changed }),
  );
  app.event('app_home_opened', createHomeOpenedListener(homes));
  app.action<BlockAction<ButtonAction>>(
    { type: 'block_actions', action_id: new RegExp(`^${HOME_PAGE}`) },
    createHomePageListener(homes),
  );
  app.action({ type: 'block_actions', action_id: HOME_NEW_TASK }, newTask);
  app.action({ type: 'block_actions', action_id: HOME_ME }, createHomeMeListener(me.open));
  const appRemoved = createAppRemoved({ installations, log });
  app.event('app_uninstalled', createUninstalledListener(appRemoved));
  app.event('tokens_revoked', createTokensRevokedListener(appRemoved));
  const button = (action_id: string) => ({ type: 'block_actions' as const, action_id });
  app.action(button(CONNECT), acknowledgeConnect);
  app.action(button(ME_CONNECT), acknowledgeConnect);
  app.action<BlockAction<ButtonAction>>(
    button(ME_DISCONNECT),
    createDisconnectMeListener({ people, meForm: me.meForm, changed: homes.changed }),
  );
  app.action<BlockAction<StaticSelectAction>>(button(BOARD), createChooseBoardListener(setupControls));
  for (const [action, createListener] of [
    [CREATE_BOARD, createCreateBoardListener],
    [CHANGE_BOARD, createChangeBoardListener],
    [FIX_BOARD, createFixBoardListener],
    [DISCONNECT, createDisconnectListener],
    [REMOVE_BOARD, createRemoveBoardListener],
  ] as const) {
    app.action<BlockAction<ButtonAction>>(button(action), createListener(setupControls));
  }
  const form = (callback_id: string) => ({ callback_id, type: 'view_submission' as const });
  app.view(form(SETUP_FORM), createSetupListener(setupControls));
  app.view(form(BOARD_FORM), createBoardFormListener(setupControls));
  app.view(form(NEW_BOARD_FORM), createNewBoardListener(setupControls));
  app.error(createErrorHandler({ workspaceFor, log }));

  return {
    ...end,
    async connected({ purpose, ...who }) {
      await (purpose === 'workspace' ? setupControls : me).connected(who);
    },
  };
}
