import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Job, JobStatus } from '../delivery/job.ts';
import { AppError } from '../errors.ts';
import type { OperatorJobs } from './jobs.ts';

export interface OperatorDoor {
  close(): Promise<void>;
}

/**
 * Lets the operator's command reach the jobs of a running process that holds its file alone. A socket in the file
 * system, which only the user that runs the program may open: it is no door of the network.
 */
export async function openOperatorDoor({
  path,
  jobs,
  log,
}: {
  path: string;
  jobs: OperatorJobs;
  log: Logger;
}): Promise<OperatorDoor> {
  const server = createServer((request, response) => {
    answer(jobs, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'operator request failed');
      reply(response, 500, null);
    });
  });
  // What a killed process left. The store's lock has made sure that no other one is alive.
  try {
    rmSync(path, { force: true });
    await listenAlone(server, path);
  } catch (cause) {
    throw new AppError({
      code: 'door_blocked',
      retry: 'never',
      userMessage: `The bridge cannot open ${path}, through which “npm run jobs” reaches it. Remove what is there, or let the bridge write to its folder.`,
      cause,
    });
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The socket has its owner's rights alone from the moment it is there: it is made within `listen`, under the mask. */
async function listenAlone(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await listening;
}

async function answer(jobs: OperatorJobs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://operator');
  const [, collection, id, act] = url.pathname.split('/');
  if (collection !== 'jobs') return reply(response, 404, null);
  if (!id) return reply(response, 200, await jobs.list(readFilter(url.searchParams)));
  switch (`${request.method} ${act ?? ''}`) {
    case 'GET ':
      return reply(response, 200, (await jobs.find(id)) ?? null);
    case 'POST retry':
      return reply(response, 200, await jobs.retry(id));
    case 'DELETE ':
      return reply(response, 200, await jobs.drop(id));
    default:
      return reply(response, 405, null);
  }
}

function readFilter(query: URLSearchParams): { status?: JobStatus; limit: number } {
  const status = query.get('status') as JobStatus | null;
  return { limit: Number(query.get('limit')), ...(status && { status }) };
}

function reply(response: ServerResponse, status: number, body: Job | Job[] | boolean | null): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
