import type { RequestHandler } from 'express';
import { sendJson } from './respond.ts';

/** Each part that people need, by name. `detail` and `warnings` are sentences without secrets. */
export type Readiness = () => Promise<Record<string, { ok: boolean; detail: string; warnings?: string[] }>>;

/** `GET /health/live`: the process answers. */
export const live: RequestHandler = (_request, response) => {
  sendJson(response, 200, { status: 'ok' }, NOT_KEPT);
};

/** `GET /health/ready`: everything that a request needs works at the moment. */
export function readyHandler(readiness: Readiness): RequestHandler {
  return async (_request, response) => {
    const parts = await readiness();
    const ok = Object.values(parts).every((part) => part.ok);
    sendJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', parts }, NOT_KEPT);
  };
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };
