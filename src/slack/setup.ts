import type { AllMiddlewareArgs } from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { AppError, isAppError } from '../errors.ts';
import { type Admins, notSetUp } from '../workspaces/admins.ts';
import type { Audit } from '../workspaces/audit.ts';
import type { BoardCheck, BoardSetup } from '../workspaces/board-setup.ts';
import type { SlackPerson } from '../workspaces/people.ts';
import { type Board, type BoardSettings, boardFor, type Setup } from '../workspaces/setups.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { slackCode } from './errors.ts';
import { inTime } from './in-time.ts';
import { homeOf, type Sender } from './may-edit.ts';
import { escapeText } from './messages/rich-text.ts';
import type { BoardChoice, Offer } from './messages/setup-board-form.ts';
import { routeSentence, type SetupState, setupForm, shownBoards, stageOf } from './messages/setup-form.ts';
import type { SetupMetadata } from './messages/setup-parts.ts';
import { createOpenedForm } from './opened-form.ts';
import { respondOnlyTo } from './response-url.ts';
import type { WorkspaceFor } from './workspace.ts';

/** What the setup of a workspace is made of. */
export interface SetupParts {
  workspaces: Pick<Workspaces, 'installations' | 'accounts' | 'setups'>;
  admins: Admins;
  boards: BoardSetup;
  /** Where a person connects a Trello account; `undefined` without a public address. */
  connectUrl?: ((who: SlackPerson) => Promise<string>) | undefined;
  audit: Pick<Audit, 'add'>;
  /** The lists of a board that somebody just chose. */
  defaults: { list: string; doneList: string };
  /** The form that a person may have open. */
  opened: Keyv;
  /** A board has been connected, or is set otherwise: it is read at once. */
  boardSet: (board: { team: string; board: string }) => Promise<void>;
}

/** A form that is open, and what it is about. */
interface OpenForm {
  view_id: string;
  metadata: SetupMetadata;
}
type Client = AllMiddlewareArgs['client'];

export type SetupControls = ReturnType<typeof createSetupControls>;

/** What the command, the buttons and the forms of the setup share. */
export function createSetupControls({
  workspaces,
  admins,
  boards,
  connectUrl,
  audit,
  defaults,
  opened,
  boardSet,
  workspaceFor,
  log,
}: SetupParts & { workspaceFor: WorkspaceFor; log: Logger }) {
  const { installations, accounts, setups } = workspaces;

  /** What the store says: a few reads, and no request to Trello. */
  async function read(who: SlackPerson): Promise<SetupState & { isAdmin: boolean }> {
    const { team } = who;
    const [setup, connected, users, installation] = await Promise.all([
      setups.find(team),
      accounts.list(team),
      admins.of(team),
      installations.find(team),
    ]);
    const isAdmin = users.includes(who.user);
    return {
      setup,
      accounts: connected.map(({ id, fullName, username, by, at, token }) => {
        return { id, name: fullName || username, by, at, works: token !== undefined };
      }),
      admins: users,
      installer: installation?.installer,
      connectUrl: isAdmin ? await connectUrl?.(who) : undefined,
      isAdmin,
    };
  }

  /** With what Trello says: of connected boards how they are, without one what can be chosen. */
  async function complete(
    { team }: SlackPerson,
    state: SetupState,
    { channel }: SetupMetadata,
  ): Promise<SetupState> {
    switch (stageOf(state)) {
      case 'connect':
        return state;
      case 'choose':
        return { ...state, offer: await offerOf(team, state) };
      case 'ready': {
        const shown = shownBoards(state.setup, channel);
        const checks = shown.map(async (board) => [board.id, await checkOf(team, board)] as const);
        return { ...state, checks: new Map(await Promise.all(checks)) };
      }
    }
  }

  async function checkOf(team: string, board: Board): Promise<BoardCheck> {
    return await boards.check(team, board).catch((error) => ({ problems: [wordsOf(error)] }));
  }

  async function offerOf(team: string, { accounts: all }: Pick<SetupState, 'accounts'>): Promise<Offer> {
    const working = all.filter(({ works }) => works);
    const found = await Promise.allSettled(
      working.map(async ({ id }) =>
        (await boards.boards(team, id)).map((board) => ({ ...board, account: id })),
      ),
    );
    const read = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = found.find((one) => one.status === 'rejected');
    if (read.length === 0 && failed) return { trouble: wordsOf(failed.reason) };
    // Two accounts may be on the same board.
    return { boards: [...new Map(read.flat().map((board) => [board.id, board])).values()] };
  }

  /**
   * Who pressed or sent something, when they are an app admin of their own workspace. `action` is for the operator.
   * @throws AppError `not_admin`
   */
  async function adminOf(sender: Sender, action: string): Promise<SlackPerson> {
    const team = homeOf(sender);
    const who = { team: team ?? '', user: sender.user.id };
    if (team !== undefined && (await admins.of(team)).includes(who.user)) return who;
    await noteRefusal(who);
    const names = await admins.names(who.team);
    throw new AppError({
      code: 'not_admin',
      retry: 'never',
      userMessage: `Only app admins can change the setup${names === 'an app admin' ? '' : `: ${names}`}.`,
      operatorMessage: `${who.user} of ${who.team}: ${action} refused.`,
    });
  }

  async function noteRefusal({ team, user }: SlackPerson): Promise<void> {
    log.info({ team, user, code: 'not_admin' }, 'setup refused');
    await audit.add({ team, who: user, act: 'refused', what: 'to change the setup' });
  }

  /** `undefined` while the store does not say soon. @throws AppError `not_set_up`: there is no board */
  async function knownSetup(team: string): Promise<Setup | undefined> {
    const setup = await inTime(setups.find(team));
    if (setup && Object.keys(setup.boards).length === 0) throw notSetUp(team, await admins.names(team));
    return setup;
  }

  /** What can be chosen in place of a board, and of it. */
  async function choice(
    { team }: SlackPerson,
    state: SetupState,
    chosen: BoardChoice['chosen'],
    isRouted: boolean,
  ): Promise<BoardChoice> {
    const offer = await offerOf(team, state);
    const { boards: connected } = state.setup;
    // A board of the settings has nobody who set it, and cannot go.
    const canGo = connected[chosen.id]?.by !== undefined && Object.keys(connected).length > 1;
    const removable = canGo ? chosen.id : undefined;
    if ('trouble' in offer) return { offer, chosen, parts: offer, isRouted, removable };
    const offered = offer.boards.find(({ id }) => id === chosen.id) ?? offer.boards[0];
    const parts = offered
      ? await boards.parts(team, offered.account, offered.id).catch((error) => ({ trouble: wordsOf(error) }))
      : { trouble: 'This Trello account has no board yet.' };
    return { offer, chosen: { ...chosen, ...offered }, parts, isRouted, removable };
  }

  /** Connects a board, or changes its lists, and sends the cards of a channel to it, or those of the workspace. */
  async function use(
    { team, user }: SlackPerson,
    board: BoardSettings,
    channel: string | undefined,
  ): Promise<void> {
    await setups.putBoard(team, board, user);
    // It is connected all the same, and is read with its first card.
    await boardSet({ team, board: board.id }).catch((error: unknown) =>
      log.warn({ err: error, team, board: board.id }, 'a connected board is not read at once'),
    );
    if (channel !== undefined) await setups.route(team, channel, board.id, user);
    else if ((await setups.find(team)).otherwise?.board !== board.id) {
      await setups.routeOthers(team, board.id, user);
    }
  }

  /**
   * Draws an open form as things stand now; one that was closed meanwhile is left. `trouble`: of a board, what kept this app
   * from repairing it.
   */
  async function redraw(
    client: Client,
    who: SlackPerson,
    { view_id, metadata }: OpenForm,
    trouble?: { board: string; words: string },
  ): Promise<void> {
    const state = await complete(who, await read(who), metadata);
    if (trouble) state.checks?.get(trouble.board)?.problems.unshift(trouble.words);
    await client.views.update({ view_id, view: setupForm(state, metadata) }).catch(unlessClosed);
  }

  const openedForm = createOpenedForm({ name: 'setup', opened, workspaceFor, redraw, log });

  /** Keeps which form a person has open, to draw it again when they have connected an account. */
  async function remember(
    who: SlackPerson,
    state: SetupState,
    { view_id, metadata }: OpenForm,
  ): Promise<void> {
    if (state.connectUrl === undefined) return;
    const redrawn = metadata.redrawn || stageOf(state) !== 'ready';
    const form: OpenForm = { view_id, metadata: { ...metadata, ...(redrawn && { redrawn }) } };
    await openedForm.remember(who, form);
  }

  /** Says where cards go now to the one who set it, where they typed the command. */
  async function sayRoute(setup: Setup, metadata: SetupMetadata): Promise<void> {
    const board = boardFor(setup, metadata.channel);
    if (!board || !metadata.responseUrl) return;
    await respondOnlyTo(metadata.responseUrl, { text: escapeText(routeSentence(board, metadata)) }).catch(
      (error: unknown) => log.warn({ err: error }, 'the change was not told'),
    );
  }

  return {
    workspaces,
    boards,
    defaults,
    read,
    complete,
    choice,
    adminOf,
    noteRefusal,
    knownSetup,
    use,
    redraw,
    remember,
    /** A person has connected an account in their browser: the form that they came from goes on. */
    connected: openedForm.drawAgain,
    sayRoute,
  };
}

/** What a person reads of a failure; one that has no sentence is thrown on. */
export function wordsOf(error: unknown): string {
  if (!isAppError(error)) throw error;
  return error.userMessage;
}

export function unlessClosed(error: unknown): void {
  if (slackCode(error) !== 'not_found') throw error;
}
