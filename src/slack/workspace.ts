import { format } from 'node:util';
import { type Logger as BoltLogger, LogLevel, webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import type { Installation, Installations } from '../workspaces/installations.ts';
import { slackCode, toAppError } from './errors.ts';

/** A Slack workspace that the app is installed in. */
export interface Workspace {
  client: webApi.WebClient;
  /** The app's bot, once Slack has told it: what comes from it is never answered. */
  bot: { botId?: string; botUserId?: string };
  /** The workspace's address with a slash at the end, once Slack has told it. */
  url: string | undefined;
  /** The workspace's name, once Slack has told it. */
  name: string | undefined;
  /** The name by which the app is mentioned and invited, once Slack has told it. */
  botName: string | undefined;
}

/** Finds the workspace of a team. @throws AppError `uninstalled`, or as the store and the vault do. */
export type WorkspaceFor = (team: string) => Promise<Workspace>;

/** A later answer is of no use; Slack itself lets a command's trigger live for 3 s. Milliseconds. */
const ANSWER_WITHIN = 10_000;
const ASK_AGAIN_AFTER = 10_000;

/** The log in the shape that Slack's libraries want. Their `debug` is our `trace`: it shows whole requests. */
export function boltLogger(log: Logger): BoltLogger {
  return {
    debug: (...parts) => log.trace(format(...parts)),
    info: (...parts) => log.info(format(...parts)),
    warn: (...parts) => log.warn(format(...parts)),
    error: (...parts) => log.error(format(...parts)),
    setLevel() {},
    getLevel: () => (log.level === 'trace' ? LogLevel.DEBUG : LogLevel.INFO),
    setName() {},
  };
}

/**
 * Options for every Slack client of the program. Nothing is retried in here: such a retry could post twice, and jobs
 * retry by themselves.
 */
export function clientOptions(
  apiUrl: string,
  log: Logger,
  answerWithin = ANSWER_WITHIN,
): webApi.WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: answerWithin,
    logger: boltLogger(log),
    allowAbsoluteUrls: false,
  };
}

/**
 * The workspaces that the app is installed in. Each look-up is one read, so that every instance sees at once that the app
 * was removed, or installed anew. `answerWithin`: a later answer is of no use any more. Milliseconds.
 */
export function createWorkspaceFor({
  installations,
  apiUrl,
  log,
  answerWithin,
}: {
  installations: Pick<Installations, 'find'>;
  apiUrl: string;
  log: Logger;
  answerWithin?: number | undefined;
}): WorkspaceFor {
  const clients = new Map<string, { installedAt: number | undefined; client: webApi.WebClient }>();

  return async (team) => {
    const { token, installedAt, ...told } = (await installations.find(team)) ?? {};
    if (!token) {
      clients.delete(team);
      throw new AppError({
        code: 'uninstalled',
        retry: 'never',
        userMessage: 'This app is no longer installed in this Slack.',
        operatorMessage: `${team}: uninstalled; its jobs end, its links rest.`,
      });
    }
    const known = clients.get(team);
    const isCurrent = known && known.installedAt === installedAt;
    const client = isCurrent
      ? known.client
      : new webApi.WebClient(await token(), clientOptions(apiUrl, log, answerWithin));
    if (!isCurrent) clients.set(team, { installedAt, client });
    const { url, name, botName, botId, botUserId } = told;
    return { client, bot: { ...(botId && { botId }), ...(botUserId && { botUserId }) }, url, name, botName };
  };
}

/** What Slack tells of the installation that a bot token belongs to. */
export async function askInstallation(
  client: webApi.WebClient,
): Promise<Pick<Installation, 'workspace' | 'url' | 'name' | 'botName' | 'botId' | 'botUserId'>> {
  const { url, team_id, team, user, bot_id, user_id } = await client.auth.test();
  return {
    ...(team_id && { workspace: team_id }),
    ...(team && { name: team }),
    ...(bot_id && { botId: bot_id }),
    ...(user_id && { botUserId: user_id }),
    url,
    botName: user,
  };
}

/** Whose the settings' bot token is. `answerWithin`: a later answer is of no use any more. Milliseconds. */
export function createTokenCheck({
  botToken,
  apiUrl,
  log,
  answerWithin,
}: {
  botToken: string;
  apiUrl: string;
  log: Logger;
  answerWithin?: number | undefined;
}) {
  const client = new webApi.WebClient(botToken, clientOptions(apiUrl, log, answerWithin));
  let told: Omit<Installation, 'token'> = {};
  let state = { ok: false, detail: 'Slack has not been asked yet.' };
  let timer: NodeJS.Timeout | undefined;

  /**
   * Asks Slack whose the token is; while Slack cannot be reached, again and again in the background.
   * @throws AppError `slack_token_refused` when Slack refuses the token.
   */
  async function start(): Promise<void> {
    try {
      told = await askInstallation(client);
      state = { ok: true, detail: `The app is in the workspace “${told.name}”.` };
    } catch (cause) {
      const error = toAppError(cause, 'auth.test');
      if (error.retry === 'never') {
        const operatorMessage = `Slack refuses SLACK_BOT_TOKEN (${slackCode(cause)}). Take the “Bot User OAuth Token” of your app at api.slack.com/apps, “OAuth & Permissions”.`;
        const userMessage = 'Slack no longer accepts this app’s sign-in.';
        throw new AppError({
          code: 'slack_token_refused',
          retry: 'never',
          userMessage,
          operatorMessage,
          cause,
        });
      }
      state = { ok: false, detail: `Slack cannot be reached at the moment. ${error.operatorMessage}` };
      log.error({ err: cause }, state.detail);
      timer = setTimeout(() => start().catch((error: unknown) => log.error({ err: error })), ASK_AGAIN_AFTER);
      timer.unref();
    }
  }

  /** `told`: what Slack has told so far. `state`: whether it has accepted the bot token. */
  return { botToken, told: () => told, state: () => state, start, stop: () => clearTimeout(timer) };
}

/**
 * A link to a message, without a request of its own. `thread`: the `ts` of the message that it answers.
 * @see https://docs.slack.dev/reference/methods/chat.getPermalink
 */
export function messageLink(
  { url }: Pick<Workspace, 'url'>,
  channel: string,
  ts: string,
  thread?: string,
): string | undefined {
  const inThread = thread === undefined ? '' : `?thread_ts=${thread}&cid=${channel}`;
  return url && `${url}archives/${channel}/p${ts.replace('.', '')}${inThread}`;
}
