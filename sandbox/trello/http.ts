import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Parameters } from './parameters.ts';
import { Refusal } from './refusal.ts';

/** Trello's edge refuses a longer URL. Bytes. */
const URL_LIMIT = 8 * 1024;
const BODY_LIMIT = 10 * 1024 * 1024;

/** @throws Refusal 414 */
export function checkUrlLength(url: string): void {
  if (url.length > URL_LIMIT) throw new Refusal(414, 'Request-URI Too Large');
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** The body as text. @throws Refusal 413, or a connection error when the request ends early. */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_LIMIT) {
        request.pause();
        reject(new Refusal(413, 'Payload Too Large'));
      } else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')),
    );
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the request was aborted')));
  });
}

/** The query and the form or JSON body, which has precedence. @throws Refusal 400 for a malformed body */
export function parameters(query: string, body: string, contentType: string | undefined): Parameters {
  if (body === '') return query === '' ? {} : fromForm(query);
  const sent = contentType?.startsWith('application/x-www-form-urlencoded') ? fromForm(body) : fromJson(body);
  return query === '' ? sent : { ...fromForm(query), ...sent };
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

export function write(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
