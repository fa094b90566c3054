import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { request } from 'undici';
import type { Addresses } from '../stand-ins/process.ts';
import { type Child, startChild } from './child.ts';

export const SECRET = 'a-secret-of-at-least-thirty-two-bytes';

const ROOT = resolve(import.meta.dirname, '../..');

export interface BridgeOptions {
  stands: Addresses;
  /** `sqlite:…` or `redis://…` */
  store: string;
  /** Trello requests per 10 s; 0: no limit. */
  tokenLimit?: number;
}

/** The bridge as `npm start` runs it, in HTTP mode. Resolves when `/health/ready` has answered 200. */
export async function startBridge({ stands, store, tokenLimit = 0 }: BridgeOptions): Promise<Child> {
  const environment = {
    SLACK_BOT_TOKEN: stands.botToken,
    SLACK_SIGNING_SECRET: stands.signingSecret,
    SLACK_API_URL: stands.slack,
    TRELLO_API_KEY: stands.trelloKey,
    TRELLO_API_TOKEN: stands.trelloToken,
    TRELLO_API_URL: stands.trello,
    TRELLO_BOARD: stands.board,
    TRELLO_TOKEN_LIMIT: String(tokenLimit),
    STORE_URL: store,
    API_JWT_SECRET: SECRET,
    API_REQUESTS_PER_MINUTE: '1000000',
    HOST: '127.0.0.1',
    PORT: '0',
  };
  const bridge = await startChild([...startFlags(), join(ROOT, 'src/start.js')], environment, readUrl);
  await answers(`${bridge.url}/health/ready`);
  return bridge;
}

/** Node's flags as in the script `start`, but for the file of an environment that is not ours. */
function startFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const words: string[] = String(scripts.start).split(' ');
  return words.filter((word) => word.startsWith('--') && !word.startsWith('--env-file'));
}

/** The last line of the start, in the log. */
function readUrl(line: string): string | undefined {
  if (!line.includes('"the bridge is open"')) return undefined;
  const { host, port } = JSON.parse(line);
  return `http://${host}:${port}`;
}

const READY_WITHIN = 60_000;

async function answers(url: string): Promise<void> {
  const until = Date.now() + READY_WITHIN;
  for (;;) {
    const { statusCode, body } = await request(url);
    const text = await body.text();
    if (statusCode === 200) return;
    if (Date.now() > until) throw new Error(`the bridge does not become ready: ${text}`);
  }
}
