import { webApi } from '@slack/bolt';
import { afterEach } from 'vitest';
import {
  type LocalSlackOptions,
  type RunningLocalSlack,
  startLocalSlack,
} from '../../../sandbox/slack/server.ts';
import { silentLogger } from './silent-logger.ts';

/** A local Slack for each test of a file, and Slack's own client for it. */
export function useLocalSlack() {
  let slack: RunningLocalSlack;
  afterEach(() => slack.close());

  return {
    get slack() {
      return slack;
    },
    async start(options: LocalSlackOptions = {}) {
      slack = await startLocalSlack(options);
    },
    client: (token = slack.workspace.app.botToken, timeout = 0) =>
      new webApi.WebClient(token, {
        slackApiUrl: slack.apiUrl,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout,
        logger: silentLogger,
      }),
    /** The id of a channel. */
    id: (name: string) => slack.workspace.channel(name).id,
  };
}

/** What Slack says when it refuses a call. */
export async function refusal(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof webApi.WebAPIPlatformError)) throw new Error(`not refused: ${String(error)}`);
  return { ...error.data };
}
