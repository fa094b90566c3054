import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { AppError } from './errors.ts';

/** What the person is told when the port cannot be opened: “The bridge cannot {purpose} on … (…). {remedy}” */
export interface ListenOptions {
  host: string;
  port: number;
  purpose: string;
  remedy: string;
}

/** Resolves once the port is open. @throws AppError `cannot_listen` (retry `never`) with what to change. */
export async function listen(server: Server, { host, port, purpose, remedy }: ListenOptions): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const why = code === 'EADDRINUSE' ? 'another program has it' : code;
    throw new AppError({
      code: 'cannot_listen',
      retry: 'never',
      userMessage: `The bridge cannot ${purpose} on ${host}, port ${port} (${why}). ${remedy}`,
      cause,
    });
  }
}

/** Where an open server listens. */
export function addressOf(server: Server): { host: string; port: number } {
  const { address, port } = server.address() as AddressInfo;
  return { host: address, port };
}
