import { hash } from 'node:crypto';
import { once } from 'node:events';
import { lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Logger } from 'pino';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { storeLocation } from '../store-location.ts';
import { ACTS, type Admin } from './admin.ts';

export type AdminSocket = Awaited<ReturnType<typeof openAdminSocket>>;

/** A longer address is refused or cut. @see unix(7) */
const LONGEST_ADDRESS = 100;

/**
 * Where the operator's commands reach a process that holds an embedded store: beside its file or, where others can write to
 * that folder or its path is too long, in a folder of its own. `undefined` for a store that several processes can open.
 * @throws AppError `admin_socket_unsafe` when that folder of its own is somebody else's.
 */
export function adminSocketPath(storeUrl: string): string | undefined {
  const location = storeLocation(storeUrl);
  if (location?.type !== 'sqlite') return undefined;
  const beside = `${resolve(location.path)}.sock`;
  if (Buffer.byteLength(beside) <= LONGEST_ADDRESS && !canOthersWrite(dirname(beside))) return beside;
  return join(privateFolder(`bridge-${hash('sha256', beside).slice(0, 16)}`), 'admin.sock');
}

/** Whoever can write to the folder of a socket could put one of their own into its place. */
function canOthersWrite(folder: string): boolean {
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o022) !== 0;
}

/** A folder in the temporary folder, where anybody may have made one of that name before. */
function privateFolder(name: string): string {
  const folder = join(tmpdir(), name);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, or cannot be made.
  }
  const made = lstatSync(folder, { throwIfNoEntry: false });
  if (made?.isDirectory() && made.uid === process.getuid?.() && !canOthersWrite(folder)) return folder;
  throw new AppError({
    code: 'admin_socket_unsafe',
    retry: 'never',
    userMessage: `Commands such as “npm run jobs” reach the bridge through the folder ${folder}. It cannot be made, belongs to another user, or can be written to by others. Run both as the same user, and remove the folder if it is not theirs.`,
  });
}

/**
 * Lets the operator's commands reach a running process that holds its file alone: an HTTP server on a Unix
 * socket, which only the user that runs the program may open.
 * @throws AppError `admin_socket_blocked` with what to change.
 */
export async function openAdminSocket({ path, admin, log }: { path: string; admin: Admin; log: Logger }) {
  const server = createServer(async (request, response) => {
    try {
      response.end(JSON.stringify((await answer(admin, log, request)) ?? null));
    } catch (error) {
      log.error({ err: error }, 'admin request failed');
      response.writeHead(500).end();
    }
  });
  try {
    // Left by a process that was killed: the store's lock has made sure that no other one is alive.
    rmSync(path, { force: true });
    await listenPrivately(server, path);
  } catch (cause) {
    throw new AppError({
      code: 'admin_socket_blocked',
      retry: 'never',
      userMessage: `The bridge cannot open ${path}, through which commands such as “npm run jobs” reach it. Remove what is there, or let the bridge write to its folder.`,
      cause,
    });
  }
  return {
    async close(): Promise<void> {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Only the owner may open the socket, from the moment that `listen` makes it: the mask is set around it. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening');
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await listening;
}

/** `POST /act` with the argument as JSON; the answer is what the act resolves with. */
async function answer(admin: Admin, log: Logger, request: IncomingMessage): Promise<unknown> {
  const act = z.enum(ACTS).parse(request.url?.slice(1));
  const argument = await json(request);
  const result = await admin[act](argument as never);
  if (result === true) log.info({ job: argument, act }, 'changed by an operator');
  if (act === 'rotateKeys') log.info({ act, result }, 'changed by an operator');
  return result;
}

/** The process behind the socket at `path`. `undefined`: no process is there. */
export async function connectAdminSocket(
  path: string,
): Promise<(Admin & { close(): Promise<void> }) | undefined> {
  const dispatcher = new Agent({ connect: { socketPath: path } });
  async function ask(act: keyof Admin, argument: unknown = null) {
    const options = { dispatcher, method: 'POST', body: JSON.stringify(argument) } as const;
    const { statusCode, body } = await request(`http://admin/${act}`, options);
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`the running bridge answered ${statusCode}`);
    return JSON.parse(text) ?? undefined;
  }
  try {
    await ask('list', { limit: 1 });
  } catch (error) {
    await dispatcher.close();
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const acts = Object.fromEntries(ACTS.map((act) => [act, (argument: unknown) => ask(act, argument)]));
  return { ...(acts as unknown as Admin), close: () => dispatcher.close() };
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(code);
}
