import { webApi } from '@slack/bolt';
import { AppError, isAppError } from '../errors.ts';

/** Slack's codes that mean: not here, not by this app, and not after a wait either. */
const NOT_HERE = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'is_inactive',
  'cannot_reply_to_message',
  'thread_not_found',
  'messages_tab_disabled',
  'user_not_found',
  'user_disabled',
  'cannot_dm_bot',
  'missing_scope',
  'team_access_not_granted',
  'access_denied',
  'no_permission',
  'ekm_access_denied',
]);
/** Slack's codes for errors on its own side: the call may have taken effect. */
const SERVER_ERRORS = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);
const PASSING = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded', 'team_added_to_org']);

/** The code in Slack's `{ok: false, error}`, where the error or its cause is that. */
export function slackCode(error: unknown): string | undefined {
  const cause = isAppError(error) ? error.cause : error;
  return cause instanceof webApi.WebAPIPlatformError ? cause.data.error : undefined;
}

/** True when Slack refuses a message at that place for good. */
export function isRefusedHere(error: unknown): boolean {
  const code = slackCode(error) ?? '';
  return NOT_HERE.has(code) || code.startsWith('restricted_action');
}

/** Slack's codes for a message whose blocks are wrong, and nothing else. */
const BLOCKS_REFUSED = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long']);

/** True when the same message would be taken without its blocks. */
export function areBlocksRefused(error: unknown): boolean {
  return BLOCKS_REFUSED.has(slackCode(error) ?? '');
}

/** What an error of the Web API means for a job. `method` is for the operator. */
export function toAppError(cause: unknown, method: string): AppError {
  if (isAppError(cause)) return cause;
  if (cause instanceof webApi.WebAPIRateLimitedError) {
    return new AppError({
      code: 'slack_rate_limited',
      retry: 'later',
      retryAfter: cause.retryAfter * 1000,
      userMessage: 'Slack is limiting this app.',
      operatorMessage: `Slack: ratelimited on ${method}, ${cause.retryAfter} s.`,
      cause,
    });
  }
  const code = slackCode(cause);
  if (code === undefined || SERVER_ERRORS.has(code)) {
    return new AppError({
      code: 'slack_unavailable',
      retry: 'ambiguous',
      userMessage: 'Slack isn’t answering.',
      operatorMessage: `Slack: ${code ?? (cause instanceof Error ? cause.message : String(cause))} on ${method}.`,
      cause,
    });
  }
  return new AppError({
    code: `slack_${code}`,
    retry: PASSING.has(code) ? 'later' : 'never',
    userMessage: 'Slack didn’t accept this message.',
    operatorMessage: `Slack: ${code} on ${method}.`,
    cause,
  });
}
