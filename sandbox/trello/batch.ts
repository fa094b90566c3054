import { names } from './parameters.ts';
import { invalidValue, Refusal } from './refusal.ts';
import type { Call, Routes } from './router.ts';

const MOST = 10;
/** A batch counts as so many requests, however few it has. */
export const BATCH_COST = 10;

/**
 * `GET /batch?urls=/cards/a,/cards/b`: several reads in one request. Each item of the answer has one property, its
 * status: `{"200": {...}}`, or `{name, message, statusCode}` for a refusal. The shape of a refusal, and what happens to
 * more than 10, is reported by others only, and not verified. A comma inside one of the URLs has to be encoded twice.
 */
export function batchRoutes(get: (call: Call, url: string) => Promise<unknown>): Routes {
  return {
    'GET /batch': async (call) => {
      const urls = names(call.parameters, 'urls')?.filter(Boolean) ?? [];
      if (urls.length === 0 || urls.length > MOST) throw invalidValue('urls');
      return Promise.all(urls.map((url) => item(call, url)));
    },
  };

  async function item(call: Call, url: string): Promise<unknown> {
    try {
      if (!url.startsWith('/') || url.startsWith('/batch')) throw invalidValue('url');
      return { 200: await get(call, url.replace(/^\/1(?=\/)/, '')) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const message = typeof error.body === 'string' ? error.body : String(error.body.message);
      return { name: NAMES[error.status] ?? 'Error', message, statusCode: error.status };
    }
  }
}

const NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'UnauthorizedError',
  404: 'NotFoundError',
};
