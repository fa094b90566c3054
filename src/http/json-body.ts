import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Problem } from './problem.ts';

/** The largest body, in bytes. The longest valid task, every character of it escaped, is smaller. */
export const BODY_LIMIT = 102_400;

export type Body = { value: unknown } | { refused: Problem };

const JSON_TYPE = /^application\/(?:json|[\w.!#$&^-]+\+json)[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?;?$/i;

/**
 * Reads a JSON body: at most {@link BODY_LIMIT} bytes of well-formed UTF-8, with every name once. Stricter than most
 * parsers on purpose: what is not certain is refused, and never silently replaced or dropped.
 */
export async function readJsonBody(request: IncomingMessage): Promise<Body> {
  const problem = complainAboutHeaders(request);
  if (problem) return { refused: problem };
  const bytes = await readBytes(request);
  if (!bytes) return refuse('body_too_large', `The body may have ${BODY_LIMIT} bytes at most.`);
  if (!isUtf8(bytes)) return refuse('malformed_json', 'The body is not valid UTF-8.');
  return parse(withoutByteOrderMark(bytes.toString('utf8')));
}

function complainAboutHeaders({ headers }: IncomingMessage): Problem | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return {
      code: 'unsupported_media_type',
      detail: 'Send the body as it is, without a Content-Encoding.',
      headers: { 'Accept-Encoding': 'identity' },
    };
  }
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    return { code: 'unsupported_media_type', detail: 'Send the body as application/json, in UTF-8.' };
  }
  if (Number(headers['content-length']) > BODY_LIMIT) {
    return { code: 'body_too_large', detail: `The body may have ${BODY_LIMIT} bytes at most.` };
  }
  return undefined;
}

/** The whole body; `undefined` as soon as it is too large: the rest of it flows by unread. */
function readBytes(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

/** @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1 */
function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function parse(text: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('malformed_json', whatIsWrong(text));
  }
  const twice = isFlatObject(value) ? nameThatStandsTwice(text) : undefined;
  if (twice === undefined) return { value };
  return refuse('malformed_json', `The field ${JSON.stringify(twice)} stands there twice. Send it once.`);
}

function whatIsWrong(text: string): string {
  if (text.trim() === '') return 'The body is empty. Send a JSON object.';
  return 'The body is not JSON. Look for a missing quote, comma or brace.';
}

/** In a deeper object the same name may stand twice with good reason, and no task has one. */
function isFlatObject(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((part) => typeof part !== 'object' || part === null)
  );
}

/** Of two values under one name `JSON.parse` keeps the last without a word. `text` is valid JSON. */
function nameThatStandsTwice(text: string): string | undefined {
  const names = new Set<string>();
  for (let start = text.indexOf('"'); start !== -1; ) {
    const end = endOfString(text, start);
    if (isFollowedByColon(text, end)) {
      const name = JSON.parse(text.slice(start, end)) as string;
      if (names.has(name)) return name;
      names.add(name);
    }
    start = text.indexOf('"', end);
  }
  return undefined;
}

/** The place after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isFollowedByColon(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
}

function refuse(code: 'malformed_json' | 'body_too_large', detail: string): Body {
  return { refused: { code, detail } };
}
