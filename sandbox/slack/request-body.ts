import type { IncomingMessage } from 'node:http';

/** The request's body as text, of any length: the callers are on the same machine. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
