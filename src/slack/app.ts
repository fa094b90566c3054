import { App, type Logger as BoltLogger } from '@slack/bolt';
import type { RequestHandler } from 'express';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { Submit } from '../delivery/submit.ts';
import type { Kind } from '../tasks/kind.ts';
import type { Parsed } from '../tasks/request.ts';
import { createCommandHandler } from './command.ts';
import { createErrorNet } from './error-net.ts';
import { createKindChoiceHandler } from './kind-choice.ts';
import { COMMAND } from './messages.ts';
import { KIND_FIELD, TASK_MODAL } from './modal.ts';
import { createReception, type SlackDoor } from './receiver.ts';
import { createSubmissionHandler } from './submission.ts';
import { clientOptions, type WorkspaceFor } from './workspace.ts';

export interface SlackApp {
  /** In HTTP mode: serves Slack's endpoint. */
  routes: RequestHandler | undefined;
  /** Opens the socket in Socket Mode. @throws Slack's refusal of the app token. */
  connect(): Promise<void>;
  connected(): boolean;
  stop(): Promise<void>;
}

/** Everything that a person can do to the app in Slack, each with its handler. */
export function createSlackApp({
  door,
  botToken,
  apiUrl,
  workspaceFor,
  kinds,
  parse,
  submit,
  typed,
  log,
  boltLog,
}: {
  door: SlackDoor;
  botToken: string;
  apiUrl: string;
  workspaceFor: WorkspaceFor;
  kinds: readonly Kind[];
  parse: (input: unknown) => Parsed;
  submit: Submit;
  /** What stood in fields of a form that are out of sight at the moment. */
  typed: Keyv;
  log: Logger;
  /** The same log in the shape of Slack's libraries. */
  boltLog: BoltLogger;
}): SlackApp {
  const reception = createReception(door, log, boltLog);
  const app = new App({
    receiver: reception.receiver,
    authorize: async () => ({ botToken }),
    clientOptions: clientOptions(apiUrl, boltLog),
    logger: boltLog,
    extendedErrorHandler: true,
    convoStore: false,
  });

  app.command(COMMAND, createCommandHandler({ kinds }));
  app.action({ type: 'block_actions', block_id: KIND_FIELD }, createKindChoiceHandler({ kinds, typed, log }));
  app.view(
    { callback_id: TASK_MODAL, type: 'view_submission' },
    createSubmissionHandler({ parse, submit, log }),
  );
  app.error(createErrorNet({ workspaceFor, log }));

  return {
    routes: reception.routes,
    connected: reception.connected,
    connect: reception.open,
    stop: reception.close,
  };
}
