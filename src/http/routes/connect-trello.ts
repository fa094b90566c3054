import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isAppError } from '../../errors.ts';
import { connectPage, PAGE_FILES, PAGE_POLICY, type PageContent } from '../connect-page/page.ts';

type Refusal = { ok: false; sentence: string };

/** `browser`: a secret that only one browser has. */
export interface TrelloConnect {
  /** Of the page. */
  path: string;
  /** Where browsers reach this server. */
  publicUrl: string;
  open(state: string, browser: string): Promise<{ ok: true; authorize: string } | Refusal>;
  finish(sent: {
    state: string;
    token: string;
    browser: string;
  }): Promise<{ ok: true; sentence: string } | Refusal>;
}

const MAX_BODY_BYTES = 2_048;
/** Seconds. As long as a state is valid. */
const COOKIE_AGE = 600;
const SECRET = /^[\w-]{43}$/;

/** What cannot be read counts as not sent. */
const sentSchema = z
  .object({ state: z.string().catch(''), token: z.string().catch('') })
  .catch({ state: '', token: '' });

/**
 * `GET` of the page from which a browser goes to Trello and to which it comes back, its files, and `POST` of what it
 * brings. The token comes in the fragment of the address, which no server sees: a script sends it on.
 */
export async function connectTrello(
  app: FastifyInstance,
  { path, publicUrl, open, finish }: TrelloConnect,
): Promise<void> {
  const cookie = cookieFor(`${publicUrl}${path}`);
  const schema = { hide: true };

  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    done(null, sentSchema.parse(parseJson(String(body))));
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('Cache-Control', 'no-store').header('Content-Security-Policy', PAGE_POLICY);
  });

  // No HEAD: a program that looks at the link must not count as the browser that opened it.
  app.get<{ Querystring: { state?: unknown } }>(
    path,
    { schema, exposeHeadRoute: false, errorHandler: showTrouble },
    async (request, reply) => {
      if (!('state' in request.query)) return show(reply, 200, {});
      const browser = cookie.read(request) ?? randomBytes(32).toString('base64url');
      const { state } = request.query;
      const opened = await open(typeof state === 'string' ? state : '', browser);
      if (!opened.ok) return show(reply, 403, { sentence: opened.sentence });
      return show(reply.header('Set-Cookie', cookie.write(browser)), 200, { authorize: opened.authorize });
    },
  );

  app.post(path, { schema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const { state, token } = sentSchema.parse(request.body);
    const { ok, sentence } = await finish({ state, token, browser: cookie.read(request) ?? '' });
    return reply.code(ok ? 200 : 403).send({ sentence });
  });

  for (const { name, type, content } of PAGE_FILES) {
    const url = new URL(name, `http://localhost${path}`).pathname;
    app.get(url, { schema }, (_request, reply) => reply.type(type).send(content));
  }
}

/**
 * No script reads the cookie, and no page of another site sends it. It has to come with a person's click on a link in
 * Slack, so it is not `Strict`. Where all is https, no other host of the domain can set it (`__Host-`).
 */
function cookieFor(page: string) {
  const { protocol, pathname } = new URL(page);
  const isSecure = protocol === 'https:';
  const name = isSecure ? '__Host-trello-connect' : 'trello-connect';
  const more = isSecure ? 'Path=/; Secure' : `Path=${pathname}`;
  return {
    read({ headers }: FastifyRequest): string | undefined {
      const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
      const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
      return value !== undefined && SECRET.test(value) ? value : undefined;
    },
    write: (browser: string) => `${name}=${browser}; ${more}; Max-Age=${COOKIE_AGE}; HttpOnly; SameSite=Lax`,
  };
}

/** A browser is told of what went wrong on the page, not in the words of the API. The state is as good as before. */
function showTrouble(error: unknown, { log }: FastifyRequest, reply: FastifyReply): void {
  const isAway = isAppError(error, 'store_unavailable');
  if (isAway) log.warn({ err: error }, 'connect page put off');
  else log.error({ err: error }, 'connect page failed');
  const what = isAway ? 'Can’t save this right now.' : 'This app had a problem.';
  show(reply, isAway ? 503 : 500, { sentence: `${what} Load this page again in a minute.` });
}

function show(reply: FastifyReply, status: number, content: PageContent): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(connectPage(content));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
