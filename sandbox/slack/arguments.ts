import type { IncomingMessage } from 'node:http';

/** The arguments of one call: form fields (structures as JSON text) or the fields of a JSON body. */
export interface Arguments {
  /** All of them, as they were sent. */
  readonly all: Readonly<Record<string, unknown>>;
  /** Text, or a number as text. Undefined when missing or empty. */
  text(name: string): string | undefined;
  flag(name: string): boolean;
  /** A structure. `unreadable` when it is text that is not JSON. */
  structure(name: string): { value: unknown } | 'unreadable' | undefined;
}

export function readArguments(all: Readonly<Record<string, unknown>>): Arguments {
  return {
    all,
    text(name) {
      const value = all[name];
      if (typeof value === 'number') return String(value);
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    flag(name) {
      const value = all[name];
      return value === true || value === 'true' || value === '1' || value === 1;
    },
    structure(name) {
      const value = all[name];
      if (value === undefined || value === null || value === '') return undefined;
      if (typeof value !== 'string') return { value };
      try {
        return { value: JSON.parse(value) };
      } catch {
        return 'unreadable';
      }
    },
  };
}

/** The request's body as text, of any length: the callers are on the same machine. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The fields of a request's body. `unreadable` when a JSON body is not an object. */
export function parseBody(contentType: string, body: string): Record<string, unknown> | 'unreadable' {
  if (!contentType.includes('json')) return Object.fromEntries(new URLSearchParams(body));
  try {
    const parsed: unknown = JSON.parse(body === '' ? '{}' : body);
    return isRecord(parsed) ? parsed : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
