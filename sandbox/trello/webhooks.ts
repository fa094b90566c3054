import { createHmac } from 'node:crypto';
import { isId } from './ids.ts';
import type { StoredAction } from './model.ts';
import { flag, requiredId, requiredText, text } from './parameters.ts';
import { invalidId, modelNotFound, Refusal, resourceNotFound } from './refusal.ts';
import type { Render } from './render.ts';
import type { Call, Routes } from './router.ts';
import type { TrelloState } from './state.ts';

export interface StoredWebhook {
  id: string;
  token: string;
  description: string;
  idModel: string;
  callbackURL: string;
  active: boolean;
  consecutiveFailures: number;
  firstConsecutiveFailDate: string | null;
}

export interface Webhooks {
  routes: Routes;
  readonly all: ReadonlyMap<string, StoredWebhook>;
  /** Cancels pending retries. */
  close(): void;
}

/** Milliseconds. */
const CALLBACK_TIMEOUT = 10_000;

/**
 * Webhooks: the callback is checked at creation, deliveries are signed and retried, and a 410 response deletes the
 * webhook. `retryDelays` are milliseconds.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
 */
export function createWebhooks({
  state,
  render,
  secret,
  retryDelays,
}: {
  state: TrelloState;
  render: Render;
  secret: string;
  retryDelays: readonly number[];
}): Webhooks {
  const all = new Map<string, StoredWebhook>();
  const retries = new Set<NodeJS.Timeout>();
  let closed = false;

  function modelOf(id: string): unknown {
    const board = state.boards.get(id);
    if (board) return render.board(board);
    const card = state.cards.get(id);
    if (card) return render.card(card);
    const list = state.lists.get(id);
    if (list) return render.list(list);
    const member = state.members.get(id);
    return member && render.member(member);
  }

  async function deliver(webhook: StoredWebhook, body: string, identifier: string | undefined, tries = 0) {
    if (closed || !all.has(webhook.id)) return;
    const signature = createHmac('sha1', secret)
      .update(body + webhook.callbackURL)
      .digest('base64');
    const status = await call(webhook.callbackURL, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'TrelloWebhookServer/1.0',
        'x-trello-webhook': signature,
        ...(identifier !== undefined && { 'x-trello-client-identifier': identifier }),
      },
    });
    if (status === 410) all.delete(webhook.id);
    if (status === 200) {
      webhook.consecutiveFailures = 0;
      webhook.firstConsecutiveFailDate = null;
      return;
    }
    webhook.consecutiveFailures += 1;
    webhook.firstConsecutiveFailDate ??= new Date(state.now()).toISOString();
    const wait = retryDelays[tries];
    if (wait === undefined || closed) return;
    const timer = setTimeout(() => {
      retries.delete(timer);
      void deliver(webhook, body, identifier, tries + 1);
    }, wait);
    retries.add(timer);
  }

  const unsubscribe = state.subscribe((action) => {
    for (const webhook of all.values()) {
      if (!webhook.active || !isAbout(action, webhook.idModel)) continue;
      const body = JSON.stringify({
        action: render.action(action),
        model: modelOf(webhook.idModel),
        webhook: shown(webhook),
      });
      void deliver(webhook, body, action.clientIdentifier);
    }
  });

  async function create({ state: { ids }, parameters, token }: Call) {
    const callbackURL = requiredText(parameters, 'callbackURL');
    const idModel = requiredId(parameters, 'idModel');
    if (!URL.canParse(callbackURL)) throw new Refusal(400, 'invalid value for callbackURL');
    if (modelOf(idModel) === undefined) throw resourceNotFound();
    for (const other of all.values()) {
      if (other.callbackURL === callbackURL && other.idModel === idModel && other.token === token) {
        throw new Refusal(400, 'A webhook with that callback, model, and token already exists');
      }
    }
    const status = await call(callbackURL, { method: 'HEAD' });
    if (status !== 200) {
      throw new Refusal(400, `URL (${callbackURL}) did not return 200 status code, got ${status}`);
    }
    const webhook: StoredWebhook = {
      id: ids.id(),
      token,
      description: text(parameters, 'description') ?? '',
      idModel,
      callbackURL,
      active: flag(parameters, 'active') ?? true,
      consecutiveFailures: 0,
      firstConsecutiveFailDate: null,
    };
    all.set(webhook.id, webhook);
    return shown(webhook);
  }

  function ownWebhook({ path, token }: Call): StoredWebhook {
    if (!isId(path.id)) throw invalidId();
    const webhook = all.get(path.id);
    if (webhook?.token !== token) throw modelNotFound();
    return webhook;
  }

  return {
    all,
    routes: {
      'POST /webhooks': create,
      'GET /webhooks/:id': (call) => shown(ownWebhook(call)),
      'PUT /webhooks/:id': (call) => {
        const webhook = ownWebhook(call);
        webhook.active = flag(call.parameters, 'active') ?? webhook.active;
        webhook.description = text(call.parameters, 'description') ?? webhook.description;
        return shown(webhook);
      },
      'DELETE /webhooks/:id': (call) => {
        all.delete(ownWebhook(call).id);
        return {};
      },
      'GET /tokens/:token/webhooks': ({ path }) =>
        [...all.values()].filter(({ token }) => token === path.token).map(shown),
    },
    close() {
      closed = true;
      unsubscribe();
      for (const timer of retries) clearTimeout(timer);
    },
  };
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

function isAbout({ idBoard, idCard, idMemberCreator, data }: StoredAction, idModel: string): boolean {
  const lists = [data.list, data.listBefore, data.listAfter] as ({ id: string } | undefined)[];
  return [idBoard, idCard, idMemberCreator, ...lists.map((list) => list?.id)].includes(idModel);
}

function shown({ token: _, ...webhook }: StoredWebhook) {
  return webhook;
}
