import type { types } from '@slack/bolt';

/** A later answer of Slack's is of no use. Milliseconds. */
const ANSWER_WITHIN = 5_000;

/**
 * Shows something to the person who typed the command or pressed the button, and to nobody else. It works 5 times within
 * 30 minutes, also where the app may not post. `url`: of a request that Slack signed or sent through the app's own
 * socket, so the address is Slack's; whoever knows it may write there.
 * @see https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
 */
export async function respondOnlyTo(
  url: string,
  message: { text: string; blocks?: types.KnownBlock[]; thread_ts?: string | undefined },
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message }),
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  });
  if (!response.ok) throw new Error(`Slack answered ${response.status} to a response.`);
}
