import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AppError, isAppError } from '../errors.ts';
import type { WebhookState } from '../flows/card-activity/ports.ts';
import type { TrelloClient, TrelloRequest } from './client.ts';
import { describeRefusal, type Refusal } from './errors.ts';
import type { Quota } from './rate-limit.ts';

const webhookSchema = z.object({
  id: z.string(),
  description: z.string().catch(''),
  idModel: z.string(),
  callbackURL: z.string(),
  active: z.boolean(),
  /** Deliveries in a row that were not answered with 200. One success sets it to 0. */
  consecutiveFailures: z.number().default(0),
  firstConsecutiveFailDate: z.string().nullish(),
});

/** Trello posts each action on the model to the callback URL. It belongs to one token, and ends with it. */
export type Webhook = z.infer<typeof webhookSchema>;

/** Every method but `keepWebhook` rejects with AppError as {@link Quota.refused} makes it, and as the client does. */
export interface Webhooks {
  /** Those of this token, for whatever model and address. */
  list(): Promise<Webhook[]>;
  /**
   * Trello sends `HEAD callbackURL` meanwhile, and wants 200: the server must be listening. Resolves with the webhook of
   * that address that is there already, if there is one.
   * @throws AppError `webhook_refused` (`never`)
   */
  create(wanted: { model: string; callbackURL: string; description: string }): Promise<Webhook>;
  /** Does nothing when it is gone already. */
  delete(id: string): Promise<void>;
  /**
   * Sees to it that the board has one webhook of ours, which is on and has that address. To be called from time to time:
   * nothing else shows that deliveries fail. `board` is the whole id; rejects only with what is no AppError.
   */
  keepWebhook(wanted: { board: string; callbackURL: string }): Promise<WebhookState>;
}

/** By it a webhook with an older address is known as ours: those of other programs that have this token stay. */
const DESCRIPTION = 'News of this board for the bridge to Slack';

/** @see https://developer.atlassian.com/cloud/trello/rest/api-group-webhooks/ */
export function createWebhooks({
  client,
  quota,
  token,
  log,
}: {
  client: TrelloClient;
  quota: Quota;
  /** The client's. */
  token: string;
  log: Logger;
}): Webhooks {
  const states = new Map<string, WebhookState>();

  async function ask<T>(
    request: TrelloRequest<T>,
    accept: (refusal: Refusal) => Promise<T | undefined> | T | undefined = () => undefined,
  ): Promise<T> {
    await quota.take('background');
    const answer = await client.request(request);
    if (answer.ok) return answer.value;
    const { refusal } = answer;
    const accepted = await accept(refusal);
    if (accepted !== undefined) return accepted;
    const error = await quota.refused(refusal);
    throw error.code === 'trello_refused' ? webhookRefused(refusal, error) : error;
  }

  /**
   * The token has to be in the path: `GET /members/me/tokens?webhooks=true` is refused to some tokens, and has those of
   * all. The client keeps it out of every message.
   * @see https://github.com/trello-archive/api-docs/issues/78
   */
  const list = () =>
    ask({
      method: 'GET',
      path: `/tokens/${encodeURIComponent(token)}/webhooks`,
      schema: z.array(webhookSchema),
    });

  const find = async (model: string, callbackURL: string) =>
    (await list()).find((webhook) => webhook.idModel === model && webhook.callbackURL === callbackURL);

  const create: Webhooks['create'] = ({ model, callbackURL, description }) =>
    ask(
      {
        method: 'POST',
        path: '/webhooks',
        body: { idModel: model, callbackURL, description },
        schema: webhookSchema,
      },
      // Another instance was faster, or an answer was lost.
      ({ text }) => (/already exists/i.test(text) ? find(model, callbackURL) : undefined),
    );

  const turnOn = (id: string) =>
    ask({ method: 'PUT', path: `/webhooks/${id}`, body: { active: true }, schema: webhookSchema });

  const remove: Webhooks['delete'] = async (id) => {
    const gone = ({ status, foreign }: Refusal) => (status === 404 && !foreign ? true : undefined);
    await ask({ method: 'DELETE', path: `/webhooks/${id}`, schema: z.unknown() }, gone);
  };

  async function removeOld(webhooks: readonly Webhook[]): Promise<void> {
    for (const { id, callbackURL } of webhooks) {
      try {
        await remove(id);
        log.info({ webhook: id, callbackURL }, 'webhook with an old address deleted');
      } catch (error) {
        if (!isAppError(error)) throw error;
        log.warn({ err: error, webhook: id }, 'webhook with an old address not deleted');
      }
    }
  }

  return {
    list,
    create,
    delete: remove,
    async keepWebhook({ board, callbackURL }) {
      const key = `${board} ${callbackURL}`;
      const last = states.get(key);
      const note = (now: Omit<WebhookState, 'since'> & { since?: number }): WebhookState => {
        const since = now.since ?? (now.state === last?.state ? last.since : Date.now());
        const noted = { ...now, since };
        states.set(key, noted);
        return noted;
      };
      try {
        const onBoard = (await list()).filter(({ idModel }) => idModel === board);
        let own = onBoard.find((webhook) => webhook.callbackURL === callbackURL);
        own ??= await create({ model: board, callbackURL, description: DESCRIPTION });
        if (!own.active) {
          own = await turnOn(own.id);
          log.warn({ webhook: own.id }, 'webhook turned on again: Trello had switched it off');
        }
        // Only now: until the new one is there, the old address may still reach us.
        await removeOld(
          onBoard.filter(
            (webhook) => webhook.callbackURL !== callbackURL && webhook.description === DESCRIPTION,
          ),
        );
        return note(stateOf(own));
      } catch (error) {
        if (!isAppError(error)) throw error;
        // While Trello is away, nothing is known of a webhook that was there.
        if (error.retry !== 'never' && last) return last;
        return note({ state: 'off', reason: error.operatorMessage });
      }
    },
  };
}

function stateOf({
  active,
  callbackURL,
  consecutiveFailures: failures,
  firstConsecutiveFailDate: first,
}: Webhook): Omit<WebhookState, 'since'> & { since?: number } {
  if (!active) return { state: 'off', reason: `Trello keeps the webhook of ${callbackURL} switched off.` };
  if (failures === 0) return { state: 'working' };
  const since = first ? Date.parse(first) : Number.NaN;
  return {
    state: 'failing',
    ...(Number.isFinite(since) && { since }),
    reason: `Trello could not deliver to ${callbackURL}, ${failures} times in a row. Check PUBLIC_URL.`,
  };
}

function webhookRefused({ status, text, call }: Refusal, cause: unknown): AppError {
  return new AppError({
    code: 'webhook_refused',
    retry: 'never',
    userMessage:
      'Trello can’t tell this app at once what happens on the board, so updates come later. An app admin can check the app’s public address.',
    operatorMessage: `Trello: ${status} ${describeRefusal(text)} for ${call}. Check PUBLIC_URL.`,
    cause,
  });
}

/**
 * True when a delivery was signed with the secret of the API key. `rawBody` is what arrived, byte for byte; `callbackURL`
 * the address as it was registered, not as a proxy passes it on; `signature` the header `X-Trello-Webhook`.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/#webhook-signatures
 */
export function checkSignature(
  rawBody: Uint8Array,
  callbackURL: string,
  signature: string | readonly string[] | undefined,
  secret: string,
): boolean {
  if (typeof signature !== 'string' || secret === '') return false;
  const expected = Buffer.from(
    createHmac('sha1', secret).update(rawBody).update(callbackURL).digest('base64'),
  );
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
