import { webApi } from '@slack/bolt';
import { AppError } from '../errors.ts';

/** Slack's codes that mean: not here, not by this app, and not after a wait either. */
const NOT_HERE = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'is_inactive',
  'restricted_action',
  'restricted_action_read_only_channel',
  'restricted_action_thread_only_channel',
  'restricted_action_non_threadable_channel',
  'restricted_action_thread_locked',
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

/** Slack's codes for trouble on its own side: the call may have taken effect. */
const TROUBLE = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);
const PASSING = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded', 'team_added_to_org']);

/** The code in Slack's `{ok: false, error}`, where the error is that. */
export function slackCode(error: unknown): string | undefined {
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : undefined;
}

/** True when Slack refuses a message at that place for good. */
export function isRefusedHere(error: unknown): boolean {
  return NOT_HERE.has(slackCode(error) ?? '');
}

/** What an error of the Web API means for a delivery. */
export function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (cause instanceof webApi.WebAPIRateLimitedError) {
    return new AppError({
      code: 'slack_rate_limited',
      retry: 'later',
      retryAfter: cause.retryAfter * 1000,
      userMessage: 'Slack asks for a pause because of many messages.',
      cause,
    });
  }
  const code = slackCode(cause);
  if (code !== undefined && !TROUBLE.has(code)) {
    return new AppError({
      code: `slack_${code}`,
      retry: PASSING.has(code) ? 'later' : 'never',
      userMessage: `Slack refuses the message (${code}).`,
      cause,
    });
  }
  return new AppError({
    code: 'slack_unavailable',
    retry: 'ambiguous',
    userMessage: 'Slack has trouble at the moment.',
    cause,
  });
}
