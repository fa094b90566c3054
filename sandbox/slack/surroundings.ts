import type { Answer } from './answer.ts';
import type { Arguments } from './arguments.ts';
import type { MessageRate } from './message-rate.ts';
import type { Messages } from './messages.ts';
import type { OpenViews } from './open-views.ts';
import type { Triggers } from './triggers.ts';
import type { Workspace } from './workspace.ts';

/** What the methods of the Web API work on. */
export interface Surroundings {
  workspace: Workspace;
  messages: Messages;
  views: OpenViews;
  triggers: Triggers;
  messageRate: MessageRate;
  /** A fresh address for a Socket Mode connection, on the host that the caller used. */
  socketAddress(host: string): string;
}

export interface Method {
  /** Which token the method takes. */
  token: 'none' | 'bot' | 'app';
  /** Every one of them is needed. */
  scopes?: readonly string[];
  /** `host` is the caller's idea of this server's address, without the scheme. */
  run(surroundings: Surroundings, given: Arguments, host: string): Answer;
}

/** Methods by their name: `chat.postMessage`. */
export type Methods = Readonly<Record<string, Method>>;
