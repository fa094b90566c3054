import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { request } from 'undici';
import type { Addresses } from '../stand-ins/process.ts';
import { type Child, startChild } from './child.ts';

export const SECRET = 'a-secret-of-at-least-thirty-two-bytes';

const ROOT = resolve(import.meta.dirname, '../..');

export interface BridgeOptions {
  standIns: Addresses;
  /** `sqlite:…` or `redis://…` */
  store: string;
  /** Trello requests per 10 s; 0: no limit. */
  tokenLimit?: number;
  /** How often the board is read; 0: never. */
  pollSeconds?: number;
  /** Further variables, or others. */
  environment?: Readonly<Record<string, string>>;
}

/** Starts the bridge in HTTP mode, as `npm start` does. Resolves when `/health/ready` has answered 200. */
export async function startBridge({
  standIns,
  store,
  tokenLimit = 0,
  // A board that is read costs one request each time, whatever is asked for meanwhile.
  pollSeconds = 0,
  environment: others = {},
}: BridgeOptions): Promise<Child> {
  const environment = {
    SLACK_BOT_TOKEN: standIns.botToken,
    SLACK_SIGNING_SECRET: standIns.signingSecret,
    SLACK_API_URL: standIns.slack,
    TRELLO_API_KEY: standIns.trelloKey,
    TRELLO_API_TOKEN: standIns.trelloToken,
    TRELLO_API_URL: standIns.trello,
    TRELLO_BOARD: standIns.board,
    TRELLO_TOKEN_LIMIT: String(tokenLimit),
    TRELLO_POLL_SECONDS: String(pollSeconds),
    STORE_URL: store,
    API_JWT_SECRET: SECRET,
    API_REQUESTS_PER_MINUTE: '1000000',
    HOST: '127.0.0.1',
    PORT: '0',
    ...others,
  };
  const bridge = await startChild(startArguments(), environment, readUrl);
  await waitUntilReady(bridge.url);
  return bridge;
}

/** What the script `start` gives to Node, without its `.env` file. */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [, , ...args] = String(scripts.start).replace(' --import ./src/env-file.ts', '').split(' ');
  const flags = args.slice(0, -1);
  return [...flags, join(ROOT, args.at(-1) ?? '')];
}

/** The address is in the last line that the start logs. */
function readUrl(line: string): string | undefined {
  if (!line.includes('"the bridge is open"')) return undefined;
  const { host, port } = JSON.parse(line);
  return `http://${host}:${port}`;
}

const READY_WITHIN = 60_000;

async function waitUntilReady(url: string): Promise<void> {
  const until = Date.now() + READY_WITHIN;
  for (;;) {
    const { statusCode, body } = await request(`${url}/health/ready`);
    const text = await body.text();
    if (statusCode === 200) return;
    if (Date.now() > until) throw new Error(`the bridge does not become ready: ${text}`);
  }
}
