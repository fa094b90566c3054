import type { ServerResponse } from 'node:http';
import type { Refusal } from './refusal.ts';

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
