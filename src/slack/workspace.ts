import { type Logger, webApi } from '@slack/bolt';

/** A Slack workspace that the app is installed in. */
export interface Workspace {
  client: webApi.WebClient;
  /** The workspace's address with a slash at the end, once Slack has told it. */
  url: string | undefined;
}

/** Tells the workspace of a team. */
export type WorkspaceFor = (team: string) => Workspace;

/** An answer later than this is of no use; Slack itself lets a command's trigger live for 3 s. Milliseconds. */
const ANSWER_WITHIN = 10_000;

/**
 * Options for every Slack client of the program. Nothing is retried in here: a retry behind the delivery's back could
 * post twice, and the delivery retries by itself.
 */
export function clientOptions(
  apiUrl: string,
  logger: Logger,
  answerWithin = ANSWER_WITHIN,
): webApi.WebClientOptions {
  return {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: answerWithin,
    logger,
    allowAbsoluteUrls: false,
  };
}

/**
 * A client for the Web API with the bot's rights. `logger` is Slack's kind of logger, `answerWithin` the milliseconds
 * after which an answer is of no use any more.
 */
export function createBotClient({
  botToken,
  apiUrl,
  logger,
  answerWithin,
}: {
  botToken: string;
  apiUrl: string;
  logger: Logger;
  answerWithin?: number | undefined;
}) {
  return new webApi.WebClient(botToken, clientOptions(apiUrl, logger, answerWithin));
}

/** A link to a message, without a request of its own. @see https://docs.slack.dev/reference/methods/chat.getPermalink */
export function messageLink({ url }: Workspace, channel: string, ts: string): string | undefined {
  return url && `${url}archives/${channel}/p${ts.replace('.', '')}`;
}
