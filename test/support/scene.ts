import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type RunningLocalSlack, startLocalSlack } from '../../sandbox/slack/server.ts';
import type { LocalTrelloOptions } from '../../sandbox/trello/local-trello.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { environmentFor } from './bridge.ts';
import { createRedisServer, redisMissing } from './redis.ts';

export const BASE_SCOPES = ['commands', 'chat:write', 'chat:write.public', 'im:write'];
/** With these an app may look for a message that it may have posted. */
export const HISTORY_SCOPES = [...BASE_SCOPES, 'channels:history', 'groups:history', 'im:history'];

/** A Slack and a Trello on real sockets, with nothing between them yet. */
export interface Scene {
  slack: RunningLocalSlack;
  trello: RunningTrello;
  environment: Record<string, string>;
  close(): Promise<void>;
}

export interface SceneOptions {
  scopes?: string[];
  storeUrl: string;
  trello?: LocalTrelloOptions;
}

export async function startScene(options: SceneOptions): Promise<Scene> {
  const { scopes = HISTORY_SCOPES, storeUrl } = options;
  const [slack, trello] = await Promise.all([startLocalSlack({ scopes }), startLocalTrello(options.trello)]);
  const { board } = seedMissionBoard(trello.state);
  return {
    slack,
    trello,
    environment: {
      ...environmentFor(slack, trello.url, 'socket'),
      TRELLO_BOARD: board.id,
      TRELLO_TOKEN_LIMIT: '0',
      LOG_LEVEL: 'info',
      STORE_URL: storeUrl,
    },
    async close() {
      await slack.close();
      await trello.close();
    },
  };
}

/** What became of the requests of a scene. */
export function outcomeOf({ slack, trello }: Pick<Scene, 'slack' | 'trello'>) {
  const messages = [...slack.workspace.channels.keys()].flatMap((id) =>
    slack.messages.inChannel(id).filter(({ user }) => user === slack.workspace.app.botUserId),
  );
  return {
    cards: [...trello.state.cards.values()].filter(({ desc }) => desc.includes('Reference `')),
    roots: messages.filter(({ thread_ts }) => !thread_ts),
    replies: [...slack.workspace.channels.keys()].flatMap((id) =>
      slack.messages
        .inChannel(id)
        .filter(({ thread_ts }) => !thread_ts)
        .flatMap(({ ts }) => slack.messages.replies(id, ts)),
    ),
  };
}

const COMES_TO_ITS_END_WITHIN = 40_000;

/** Waits until the one request of a scene has come to its end: so many of each, and the root message says so. */
export async function expectOutcome(
  scene: Pick<Scene, 'slack' | 'trello'>,
  { cards = 1, roots = 1, replies = 1, words = '"name":"pushpin"' } = {},
): Promise<void> {
  const seen = () => {
    const outcome = outcomeOf(scene);
    return {
      cards: outcome.cards.length,
      roots: outcome.roots.length,
      replies: outcome.replies.length,
      words: outcome.roots.every(({ blocks }) => JSON.stringify(blocks).includes(words)),
    };
  };
  const wanted = { cards, roots, replies, words: true };
  const until = Date.now() + COMES_TO_ITS_END_WITHIN;
  while (!isDeepStrictEqual(seen(), wanted) && Date.now() < until) await delay(50);
  expect(seen()).toEqual(wanted);
}

/** Stores for scenes, a fresh one each time. */
export interface Stores {
  name: 'sqlite' | 'redis';
  missing: string | undefined;
  open(): Promise<void>;
  fresh(): string;
  close(): Promise<void>;
}

export const STORES: readonly Stores[] = [sqliteStores(), redisStores()];

/** A suite for each of the stores. Where one cannot be had here, its tests are listed as skipped, with the reason. */
export function describeStores(
  name: string,
  suite: (stores: Stores) => void,
  stores: readonly Stores[] = STORES,
): void {
  for (const store of stores) {
    const why = store.missing === undefined ? '' : ` (skipped: ${store.missing})`;
    describe.skipIf(store.missing)(`${name} ${store.name}${why}`, () => {
      beforeAll(store.open);
      afterAll(store.close);
      suite(store);
    });
  }
}

function sqliteStores(): Stores {
  let folder: string;
  let count = 0;
  return {
    name: 'sqlite',
    missing: undefined,
    async open() {
      folder = mkdtempSync(join(tmpdir(), 'scene-'));
    },
    fresh: () => `sqlite:${join(folder, `${++count}`, 'bridge.db')}`,
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function redisStores(): Stores {
  let server: Awaited<ReturnType<typeof createRedisServer>>;
  let count = 0;
  return {
    name: 'redis',
    missing: redisMissing(),
    async open() {
      server = await createRedisServer({ settings: ['--databases', '100'] });
      await server.start();
    },
    fresh: () => `${server.url}/${count++}`,
    close: () => server.remove(),
  };
}
