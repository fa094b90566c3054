/** What a Web API method answers: HTTP 200 with this body, but HTTP 429 when `retryAfterSeconds` is there. */
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
  return refuse('invalid_blocks', {
    errors: [...messages],
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  });
}

export function missingArgument(name: string): Refusal {
  return refuseArguments([`missing required field: ${name} [json-pointer:/${name}]`]);
}

export function missingScope(needed: string, provided: readonly string[]): Refusal {
  return refuse('missing_scope', { needed, provided: provided.join(',') });
}
