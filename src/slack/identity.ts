import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { slackCode, toAppError } from './errors.ts';
import type { Workspace } from './workspace.ts';

export interface SlackIdentity {
  workspace: Workspace;
  /** Whether Slack has accepted the bot token. */
  state(): { ok: boolean; detail: string };
  /**
   * Asks Slack who the token belongs to; while Slack cannot be reached, again and again in the background.
   * @throws AppError `slack_token_refused` when Slack refuses the token.
   */
  start(): Promise<void>;
  stop(): void;
}

const ASK_AGAIN_AFTER = 10_000;

/** The workspace of the environment's bot token. */
export function createIdentity({ client, log }: { client: Workspace['client']; log: Logger }): SlackIdentity {
  const workspace: Workspace = { client, url: undefined };
  let state = { ok: false, detail: 'Slack has not been asked yet.' };
  let timer: NodeJS.Timeout | undefined;

  async function ask(): Promise<void> {
    try {
      const { url, team } = await client.auth.test();
      workspace.url = url;
      state = { ok: true, detail: `The app is in the workspace “${team}”.` };
    } catch (error) {
      if (slackCode(error) && toAppError(error).retry === 'never') throw refused(error);
      state = { ok: false, detail: 'Slack cannot be reached at the moment.' };
      log.error({ err: error }, state.detail);
      timer = setTimeout(() => ask().catch((later: unknown) => log.error({ err: later })), ASK_AGAIN_AFTER);
      timer.unref();
    }
  }

  return { workspace, state: () => state, start: ask, stop: () => clearTimeout(timer) };
}

function refused(cause: unknown): AppError {
  return new AppError({
    code: 'slack_token_refused',
    retry: 'never',
    userMessage: `Slack refuses SLACK_BOT_TOKEN (${slackCode(cause)}). Take the “Bot User OAuth Token” of your app at api.slack.com/apps, “OAuth & Permissions”.`,
    cause,
  });
}
