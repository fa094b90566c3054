import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';

/** Trello's edge refuses a longer URL. Bytes. */
const URL_LIMIT = 8 * 1024;
/** A file of 10 MB, and what a multipart body has around it. */
const BODY_LIMIT = 10 * 1024 * 1024 + 64 * 1024;

/** A response that is not JSON. */
export class RawBody {
  readonly type: string;
  readonly content: Buffer;

  constructor(type: string, content: Buffer) {
    this.type = type;
    this.content = content;
  }
}

/** @throws Refusal 414 */
export function checkUrlLength(url: string): void {
  if (url.length > URL_LIMIT) throw new Refusal(414, 'Request-URI Too Large');
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * The body. One that is too large is read to its end before it is refused, so that every client gets the answer.
 * @throws Refusal 413, or a connection error when the request ends early.
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => {
      if (length > BODY_LIMIT) reject(new Refusal(413, 'Payload Too Large'));
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the request was aborted')));
  });
}

/** The query and the form or JSON body, which has precedence. @throws Refusal 400 for a malformed body */
export async function parameters(
  query: string,
  body: Buffer | undefined,
  contentType = '',
): Promise<Parameters> {
  const asked = query === '' ? {} : fromForm(query);
  if (body === undefined || body.length === 0) return asked;
  if (contentType.startsWith('multipart/form-data'))
    return { ...asked, ...(await fromMultipart(body, contentType)) };
  const text = body.toString('utf8');
  const isForm = contentType.startsWith('application/x-www-form-urlencoded');
  return { ...asked, ...(isForm ? fromForm(text) : fromJson(text)) };
}

/** A file is `{name, type, content}`. */
async function fromMultipart(body: Buffer, contentType: string): Promise<Parameters> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw new Refusal(400, 'invalid form');
    });
  const parts = await Promise.all(
    [...form].map(async ([name, value]) => {
      if (typeof value === 'string') return [name, value];
      return [name, { name: value.name, type: value.type, content: Buffer.from(await value.arrayBuffer()) }];
    }),
  );
  return Object.fromEntries(parts);
}

function fromForm(encoded: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(encoded));
}

function fromJson(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Refusal(400, 'Invalid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'Invalid JSON');
  }
  return value as Record<string, unknown>;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT_TYPE = 'text/plain; charset=utf-8';

export function refuse(response: ServerResponse, { status, body }: Refusal): void {
  if (typeof body === 'string') write(response, status, TEXT_TYPE, body);
  else write(response, status, JSON_TYPE, JSON.stringify(body));
}

export function write(
  response: ServerResponse,
  status: number,
  type: string,
  content: string | Buffer,
): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(content) });
  response.end(content);
}
