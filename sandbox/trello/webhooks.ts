import { createHmac } from 'node:crypto';
import { checkMember } from './access.ts';
import { ownToken } from './credentials.ts';
import { createDisturbance, type Disturbance } from './disturbance.ts';
import { isId } from './ids.ts';
import type { StoredAction, StoredMember } from './model.ts';
import { flag, requiredId, requiredText, text } from './parameters.ts';
import { invalidId, invalidValue, modelNotFound, Refusal, resourceNotFound } from './refusal.ts';
import { BOARD_FIELDS, pick, type Render } from './render.ts';
import type { Call, Routes } from './router.ts';
import type { TrelloState } from './state.ts';

export interface StoredWebhook {
  id: string;
  /** The key it was made with: its secret signs. */
  key: string;
  token: string;
  description: string;
  idModel: string;
  callbackURL: string;
  active: boolean;
  consecutiveFailures: number;
  firstConsecutiveFailDate: string | null;
}

/** A request to a callback. */
export interface Delivery {
  idWebhook: string;
  idAction: string;
  type: string;
  /** Milliseconds since 1970. */
  at: number;
  /** 1 for the first try. */
  tries: number;
  /** Of the response; 0 when there was none, undefined while it is awaited. */
  status?: number;
}

export interface Webhooks {
  routes: Routes;
  readonly all: ReadonlyMap<string, StoredWebhook>;
  /** Every request to a callback, in the order in which they were sent. */
  readonly deliveries: readonly Delivery[];
  /** Delivers late, twice, in another order, or never, until it is cleared. */
  readonly disturbance: Disturbance;
  /** A token's webhooks end with it. */
  dropToken(token: string): void;
  /** Cancels pending retries. */
  close(): void;
}

/** Trello waits so long for the answer to a delivery. Milliseconds. */
const CALLBACK_TIMEOUT = 30_000;
/** A webhook is disabled when it failed so often in a row, and for so long. */
const FAILURES = 1000;
const FAILING_FOR = 30 * 24 * 60 * 60_000;

/**
 * Webhooks: the callback is checked at creation, deliveries are signed and retried, and a 410 response deletes the
 * webhook. `retryDelays` are milliseconds; `secretOf` is the secret of a key, `appOf` its app; `isValid`: whether a token
 * has neither been revoked nor expired.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
 */
export function createWebhooks({
  state,
  render,
  secretOf,
  appOf,
  isValid,
  retryDelays,
}: {
  state: TrelloState;
  render: Render;
  secretOf: (key: string) => string;
  appOf: (key: string) => string | undefined;
  isValid: (token: string) => boolean;
  retryDelays: readonly number[];
}): Webhooks {
  const all = new Map<string, StoredWebhook>();
  const deliveries: Delivery[] = [];
  const disturbance = createDisturbance();
  const retries = new Set<NodeJS.Timeout>();
  let closed = false;

  function boardOf(id: string) {
    return state.boards.get(state.cards.get(id)?.idBoard ?? state.lists.get(id)?.idBoard ?? id);
  }

  /** The watched thing, as it is in a delivery. */
  function modelOf(id: string): unknown {
    const card = state.cards.get(id);
    if (card) return render.card(card);
    const list = state.lists.get(id);
    if (list) return render.list(list);
    const board = state.boards.get(id);
    if (board) return pick(render.board(board), BOARD_FIELDS);
    const member = state.members.get(id);
    return member && render.member(member);
  }

  /** @throws Refusal */
  function checkModel(id: string, me: StoredMember): void {
    const board = boardOf(id);
    if (board) checkMember(board, me);
    else if (!state.members.has(id)) throw resourceNotFound();
  }

  async function deliver(
    webhook: StoredWebhook,
    action: StoredAction,
    body: string,
    tries = 1,
  ): Promise<void> {
    if (closed || !all.has(webhook.id)) return;
    const signature = createHmac('sha1', secretOf(webhook.key))
      .update(body + webhook.callbackURL)
      .digest('base64');
    const isOwnApp = action.idApp !== undefined && action.idApp === appOf(webhook.key);
    const delivery: Delivery = {
      idWebhook: webhook.id,
      idAction: action.id,
      type: action.type,
      at: state.now(),
      tries,
    };
    deliveries.push(delivery);
    delivery.status = await call(webhook.callbackURL, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'TrelloWebhookServer/1.0',
        'x-trello-webhook': signature,
        ...(isOwnApp &&
          action.clientIdentifier !== undefined && { 'x-trello-client-identifier': action.clientIdentifier }),
      },
    });
    if (delivery.status === 410) all.delete(webhook.id);
    if (delivery.status === 200) return noteSuccess(webhook);
    noteFailure(webhook);
    const wait = retryDelays[tries - 1];
    if (wait === undefined || closed) return;
    const timer = setTimeout(() => {
      retries.delete(timer);
      void deliver(webhook, action, body, tries + 1);
    }, wait);
    retries.add(timer);
  }

  function noteFailure(webhook: StoredWebhook): void {
    webhook.consecutiveFailures += 1;
    webhook.firstConsecutiveFailDate ??= new Date(state.now()).toISOString();
    const since = Date.parse(webhook.firstConsecutiveFailDate);
    if (webhook.consecutiveFailures >= FAILURES && state.now() - since >= FAILING_FOR) webhook.active = false;
  }

  const unsubscribe = state.subscribe((action) => {
    for (const webhook of all.values()) {
      if (!isValid(webhook.token)) {
        all.delete(webhook.id);
        continue;
      }
      if (!webhook.active || !isAbout(action, webhook.idModel)) continue;
      const { id, idModel, callbackURL } = webhook;
      const body = JSON.stringify({
        action: render.action(action),
        model: modelOf(idModel),
        webhook: { id, idModel, callbackURL },
      });
      disturbance.pass(() => deliver(webhook, action, body));
    }
  });

  async function create({ parameters, key, token, me }: Call) {
    const callbackURL = requiredText(parameters, 'callbackURL');
    const idModel = requiredId(parameters, 'idModel');
    checkModel(idModel, me);
    const made = { callbackURL, idModel, token };
    refuseSecond(made);
    await checkCallback(callbackURL);
    // Another request for the same may have been faster.
    refuseSecond(made);
    const webhook: StoredWebhook = {
      id: state.ids.id(),
      key,
      ...made,
      description: text(parameters, 'description') ?? '',
      active: flag(parameters, 'active') ?? true,
      consecutiveFailures: 0,
      firstConsecutiveFailDate: null,
    };
    all.set(webhook.id, webhook);
    return shown(webhook);
  }

  function refuseSecond(
    made: Pick<StoredWebhook, 'callbackURL' | 'idModel' | 'token'>,
    self?: StoredWebhook,
  ) {
    for (const other of all.values()) {
      if (other === self || other.token !== made.token || other.idModel !== made.idModel) continue;
      if (other.callbackURL !== made.callbackURL) continue;
      throw new Refusal(400, 'A webhook with that callback, model, and token already exists');
    }
  }

  async function change(call: Call) {
    const { parameters, token, me } = call;
    const webhook = ownWebhook(call);
    const next = {
      token,
      callbackURL:
        parameters.callbackURL === undefined ? webhook.callbackURL : requiredText(parameters, 'callbackURL'),
      idModel: parameters.idModel === undefined ? webhook.idModel : requiredId(parameters, 'idModel'),
    };
    const active = flag(parameters, 'active') ?? webhook.active;
    const description = text(parameters, 'description') ?? webhook.description;
    checkModel(next.idModel, me);
    refuseSecond(next, webhook);
    if (next.callbackURL !== webhook.callbackURL) await checkCallback(next.callbackURL);
    // A webhook that is woken up starts to count anew; otherwise its next failure would disable it again.
    if (active && !webhook.active) noteSuccess(webhook);
    Object.assign(webhook, next, { active, description });
    return shown(webhook);
  }

  /** The status of a refusal is reported by one user, and not verified. */
  function ownWebhook({ path, token }: Call): StoredWebhook {
    if (!isId(path.id)) throw invalidId();
    const webhook = all.get(path.id.toLowerCase());
    if (!webhook) throw modelNotFound();
    if (webhook.token !== token) throw new Refusal(401, 'webhook does not belong to token');
    return webhook;
  }

  return {
    all,
    deliveries,
    disturbance,
    routes: {
      'POST /webhooks': create,
      'GET /webhooks/:id': (call) => shown(ownWebhook(call)),
      'PUT /webhooks/:id': change,
      'DELETE /webhooks/:id': (call) => {
        all.delete(ownWebhook(call).id);
        return {};
      },
      'GET /tokens/:token/webhooks': (call) => {
        const own = ownToken(call);
        return [...all.values()].filter(({ token }) => token === own).map(shown);
      },
      'POST /tokens/:token/webhooks': (call) => {
        ownToken(call);
        return create(call);
      },
    },
    dropToken(token) {
      for (const webhook of all.values()) if (webhook.token === token) all.delete(webhook.id);
    },
    close() {
      closed = true;
      unsubscribe();
      disturbance.clear();
      for (const timer of retries) clearTimeout(timer);
    },
  };
}

function noteSuccess(webhook: StoredWebhook): void {
  webhook.consecutiveFailures = 0;
  webhook.firstConsecutiveFailDate = null;
}

/** @throws Refusal unless the callback answers `HEAD` with 200 */
async function checkCallback(callbackURL: string): Promise<void> {
  if (!URL.canParse(callbackURL)) throw invalidValue('callbackURL');
  const status = await call(callbackURL, { method: 'HEAD' });
  if (status !== 200) {
    throw new Refusal(400, `URL (${callbackURL}) did not return 200 status code, got ${status}`);
  }
}

/** Resolves with the status of the response; 0 when there was none. */
async function call(url: string, init: RequestInit): Promise<number> {
  try {
    const signal = AbortSignal.timeout(CALLBACK_TIMEOUT);
    const { status, body } = await fetch(url, { ...init, redirect: 'manual', signal });
    await body?.cancel();
    return status;
  } catch {
    return 0;
  }
}

function isAbout({ idBoard, idCard, idMemberCreator, member, data }: StoredAction, idModel: string): boolean {
  const lists = [data.list, data.listBefore, data.listAfter] as ({ id: string } | undefined)[];
  return [idBoard, idCard, idMemberCreator, member?.id, ...lists.map((list) => list?.id)].includes(idModel);
}

function shown({ key: _key, token: _token, ...webhook }: StoredWebhook) {
  return webhook;
}
