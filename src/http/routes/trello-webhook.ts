import type { FastifyInstance } from 'fastify';

/** `early`: the program has just started. */
export type Receipt = 'noted' | 'forged' | 'gone' | 'early';

/** As in the path: Slack's id of the workspace, and Trello's id of the board. */
interface WatchedBoard {
  team: string;
  board: string;
}

export interface TrelloWebhook {
  /** The path before the two ids. */
  path: string;
  look(board: WatchedBoard): Promise<Receipt>;
  receive(
    board: WatchedBoard,
    body: Uint8Array,
    signature: string | readonly string[] | undefined,
  ): Promise<Receipt>;
}

/** After 410 Trello deletes the webhook; after anything else but 200 it delivers again, three times at most. */
const STATUS = { noted: 200, forged: 401, gone: 410, early: 503 } as const satisfies Record<Receipt, number>;
/** Bytes. A description before and after, and the whole board, each character escaped, have two thirds of it. */
const BODY_LIMIT = 524_288;

/**
 * `HEAD` and `POST` of a webhook's address. The answer waits for nothing but the store.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
 */
export async function trelloWebhook(
  app: FastifyInstance,
  { path, look, receive }: TrelloWebhook,
): Promise<void> {
  // The signature is of the bytes as they came.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const url = `${path}/:team/:board`;
  const schema = { hide: true };
  app.head<{ Params: WatchedBoard }>(url, { schema }, async (request, reply) =>
    reply.code(STATUS[await look(request.params)]).send(),
  );
  app.post<{ Params: WatchedBoard }>(url, { schema, bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const receipt = await receive(request.params, body, request.headers['x-trello-webhook']);
    return reply.code(STATUS[receipt]).send();
  });
}
