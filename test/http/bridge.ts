import { createServer } from 'node:net';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { CardNow } from '../../src/flows/card-activity/card-now.ts';
import { asMade } from '../../src/flows/card-activity/link.ts';
import type { Card } from '../../src/flows/create-card/job.ts';
import { createSubmit } from '../../src/flows/create-card/submit.ts';
import { createAuthenticate } from '../../src/http/authenticate.ts';
import { createHttpServer, type HttpDependencies } from '../../src/http/server.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { type Failure, type Job, STATUSES } from '../../src/jobs/job.ts';
import type { Queue } from '../../src/jobs/queue.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

export const SECRET = 'a secret of thirty-two bytes or more';

/** A board that is connected: its short link and its id. */
export const BOARD = 'AbCd1234';
export const BOARD_ID = '65f1c0de9a8b7c6d5e4f3a2b';

export const CARD: Card = {
  id: 'card-1',
  title: 'Send message',
  url: 'https://trello.example/c/1',
  list: 'To Do',
  labels: [],
};

/** The same card, after a while. */
export const CARD_NOW: CardNow = {
  state: {
    ...asMade({ card: CARD.id, board: BOARD_ID, url: CARD.url, request: { title: 'Sent' } }),
    list: { id: 'list-2', name: 'Doing', closed: false },
    members: [{ id: 'member-1', name: 'Chen Wei' }],
    labels: ['Bug'],
    due: Date.parse('2031-04-14T12:00:00.000Z'),
  },
  asOf: Date.parse('2031-04-12T09:30:07.000Z'),
  deleted: false,
};

/** What becomes of every job that is added: a card, a failure, or nothing for now. */
export type Fate = { card: Card } | { failure: Omit<Failure, 'step'> } | undefined;

export type MemoryJobs = Pick<Queue, 'add' | 'find' | 'ofOwner' | 'settled'> & { all: Map<string, Job> };

/** Jobs in memory, settled by fate as soon as anybody waits for them. */
export function memoryJobs(fate: () => Fate = () => ({ card: CARD })): MemoryJobs {
  const all = new Map<string, Job>();
  return {
    all,
    async add(job) {
      const first = all.get(job.id) ?? job;
      all.set(job.id, first);
      return first;
    },
    find: async (id) => all.get(id),
    async ofOwner(owner, { statuses = STATUSES, after, limit }) {
      const place = ({ createdAt, id }: Pick<Job, 'createdAt' | 'id'>) => `${createdAt} ${id}`;
      return [...all.values()]
        .filter((job) => job.owner === owner && statuses.includes(job.status))
        .filter((job) => !after || place(job) < place(after))
        .sort((one, other) => (place(one) < place(other) ? 1 : -1))
        .slice(0, limit);
    },
    async settled(id) {
      const job = all.get(id);
      const result = fate();
      if (!job || !result) return job;
      const settled: Job =
        'card' in result
          ? { ...job, status: 'done', steps: { card: { result: result.card } } }
          : { ...job, status: 'failed', failure: { step: 'card', ...result.failure } };
      all.set(id, settled);
      return settled;
    },
  };
}

export interface BridgeOptions extends Partial<HttpDependencies> {
  memory?: MemoryJobs;
  /** Any that is free unless given. */
  port?: number;
}

/** The HTTP edge as it runs, on a port of its own, over jobs in memory. Closed when the test has finished. */
export async function startBridge({
  memory = memoryJobs(),
  port: wanted = 0,
  ...changes
}: BridgeOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const server = createHttpServer({
    kinds: KINDS,
    submit: createSubmit({ queue: memory, events: createEvents() }),
    queue: memory,
    readCardNow: async () => CARD_NOW,
    authenticate: createAuthenticate({ mode: 'secret', secret: SECRET }),
    readiness: async () => ({ store: { ok: true, detail: 'The store answers.' } }),
    limits: { requestsPerMinute: 1_000_000 },
    corsOrigins: [],
    findPlace: async ({ claim }, { board, channel }) => {
      if (board !== undefined && board !== BOARD) return undefined;
      const team = claim ?? 'T1';
      if (board !== undefined) return { team, board: BOARD_ID };
      return channel === undefined ? {} : { team, otherwiseBoard: BOARD_ID };
    },
    log,
    version: '0.0.0',
    ...changes,
  });
  await server.listen('127.0.0.1', wanted);
  onTestFinished(() => server.close());
  const { host, port } = server.address();
  const url = `http://${host}:${port}`;
  return {
    url,
    host,
    port,
    server,
    memory,
    lines,
    async post(body: unknown, headers: Record<string, string> = {}) {
      return await fetch(`${url}/tasks`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await token()}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      });
    },
    async get(path: string, subject = 'ci') {
      return await fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${await token({ subject })}` },
      });
    },
  };
}

export interface TokenOptions {
  subject?: string;
  claims?: Record<string, unknown>;
  secret?: string;
  expiresIn?: string;
}

export async function token({
  subject = 'ci',
  claims = { scope: 'tasks:write' },
  secret = SECRET,
  expiresIn = '1h',
}: TokenOptions = {}): Promise<string> {
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret));
}

/** A port of this machine on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

export const ISSUE = {
  type: 'issue',
  title: 'Send message',
  description: 'Let pilots send messages to Central',
};
