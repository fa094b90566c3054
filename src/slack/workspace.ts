import { format } from 'node:util';
import { type Logger as BoltLogger, LogLevel, webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { slackCode, toAppError } from './errors.ts';

/** A Slack workspace that the app is installed in. */
export interface Workspace {
  client: webApi.WebClient;
  /** Slack's id of the workspace, once Slack has told it. */
  id: string | undefined;
  /** The workspace's address with a slash at the end, once Slack has told it. */
  url: string | undefined;
  /** The workspace's name, once Slack has told it. */
  name: string | undefined;
  /** The name by which the app is mentioned and invited, once Slack has told it. */
  botName: string | undefined;
}

/** Finds the workspace of a team. */
export type WorkspaceFor = (team: string) => Workspace;

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

/** The workspace of the environment's bot token. `answerWithin`: a later answer is of no use any more. Milliseconds. */
export function createTokenWorkspace({
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
  const workspace: Workspace = { client, id: undefined, url: undefined, name: undefined, botName: undefined };
  let state = { ok: false, detail: 'Slack has not been asked yet.' };
  let timer: NodeJS.Timeout | undefined;

  /**
   * Asks Slack whose the token is; while Slack cannot be reached, again and again in the background.
   * @throws AppError `slack_token_refused` when Slack refuses the token.
   */
  async function start(): Promise<void> {
    try {
      const { url, team, team_id: id, user } = await client.auth.test();
      Object.assign(workspace, { id, url, name: team, botName: user });
      state = { ok: true, detail: `The app is in the workspace “${team}”.` };
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

  /** `state`: whether Slack has accepted the bot token. */
  return { workspace, state: () => state, start, stop: () => clearTimeout(timer) };
}

/** A link to a message, without a request of its own. @see https://docs.slack.dev/reference/methods/chat.getPermalink */
export function messageLink({ url }: Workspace, channel: string, ts: string): string | undefined {
  return url && `${url}archives/${channel}/p${ts.replace('.', '')}`;
}
