import type { Arguments } from '../arguments.ts';
import type { Messages } from '../messages.ts';
import type { OAuth } from '../oauth.ts';
import type { OpenViews } from '../open-views.ts';
import type { Triggers } from '../triggers.ts';
import type { Workspace } from '../workspace.ts';

/** What the methods of the Web API work on. */
export interface MethodContext {
  workspace: Workspace;
  messages: Messages;
  views: OpenViews;
  triggers: Triggers;
  /** Counts a message of the channel. 0 when it may be posted, else the whole seconds to wait. */
  takeMessage(channel: string): number;
  /** Counts an edit of any message of the workspace. 0 when it may be made, else the whole seconds to wait. */
  takeEdit(): number;
  /** The same of home tabs. */
  takePublication(): number;
  /** A new WebSocket URL for Socket Mode, on the host that the caller used. */
  socketAddress(host: string): string;
  oauth: Pick<OAuth, 'exchange' | 'refusalOfClient'>;
  /** Removes the app from the workspace. */
  uninstall(): void;
  revokeToken(): void;
}

export interface Method {
  /** Which token the method takes. */
  token: 'none' | 'bot' | 'app';
  /** All of them are needed. */
  scopes?: readonly string[];
  /** `host` is this server's address as the caller knows it, without the scheme. */
  run(context: MethodContext, given: Arguments, host: string): Answer;
}

/** Methods by their name: `chat.postMessage`. */
export type Methods = Readonly<Record<string, Method>>;

/** The body of a response. Its status is 200, or 429 when `retryAfterSeconds` is set. */
export type Answer =
  | { ok: true; [field: string]: unknown }
  | { ok: false; error: string; retryAfterSeconds?: number; [field: string]: unknown };

export type Refusal = Extract<Answer, { ok: false }>;

export function refuse(error: string, more: Record<string, unknown> = {}): Refusal {
  return { ok: false, error, ...more };
}

/** Slack names what is wrong with arguments in `response_metadata.messages`, each with a JSON pointer. */
export function refuseArguments(messages: readonly string[]): Refusal {
  return refuse('invalid_arguments', {
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}

/** @see https://docs.slack.dev/reference/methods/chat.postMessage#errors */
export function refuseBlocks(messages: readonly string[]): Refusal {
  return { ...refuseArguments(messages), error: 'invalid_blocks', errors: [...messages] };
}

export function missingArgument(name: string): Refusal {
  return refuseArguments([`missing required field: ${name} [json-pointer:/${name}]`]);
}

export function missingScope(needed: string, provided: readonly string[]): Refusal {
  return refuse('missing_scope', { needed, provided: provided.join(',') });
}
