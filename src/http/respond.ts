import type { ServerResponse } from 'node:http';

export type Headers = Readonly<Record<string, string>>;

/**
 * Ends `response` with `body` as JSON. Past Express's `response.json`, which would negotiate, hash and parse what is
 * known here beforehand.
 */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
  type = 'application/json; charset=utf-8',
): void {
  sendText(response, status, JSON.stringify(body), type, headers);
}

/** Ends `response` with `text`, as the media type `type`. Does nothing when the other side is gone or answered. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  type: string,
  headers: Headers = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] as string);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}
