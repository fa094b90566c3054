import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseBody } from './arguments.ts';
import { readText } from './request-body.ts';
import { type ResponseTarget, respond } from './respond.ts';
import type { Surroundings } from './surroundings.ts';

export const RESPONSE_PATH = '/slack-response/';

export type ResponseUrls = ReturnType<typeof createResponseUrls>;

/** @see https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const USES = 5;
const LIFETIME = 30 * 60_000;
/** More than these are forgotten, so that a long run does not fill the memory. */
const REMEMBERED = 10_000;

/** The addresses that come with a command or a message's button, to which the app may answer later. */
export function createResponseUrls(surroundings: Surroundings) {
  const targets = new Map<string, ResponseTarget & { usesLeft: number; until: number }>();

  return {
    /** `origin` is this server's own address, such as `http://127.0.0.1:4100`. */
    issue(origin: string, target: ResponseTarget): string {
      const id = randomBytes(18).toString('base64url');
      targets.set(id, { ...target, usesLeft: USES, until: Date.now() + LIFETIME });
      if (targets.size > REMEMBERED) targets.delete(targets.keys().next().value ?? '');
      return `${origin}${RESPONSE_PATH}${id}`;
    },
    async answer(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
      const body = parseBody('application/json', await readText(request));
      const target = targets.get(id);
      if (!target || target.until < Date.now()) return send(response, 404, 'expired_url');
      if (target.usesLeft === 0) return send(response, 404, 'used_url');
      if (body === 'unreadable') return send(response, 400, 'invalid_payload');
      const refusal = respond(surroundings, target, body);
      if (refusal) return send(response, 400, refusal.error);
      target.usesLeft -= 1;
      response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
    },
  };
}

function send(response: ServerResponse, status: number, error: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ ok: false, error }));
}
