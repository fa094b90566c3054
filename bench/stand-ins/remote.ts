import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Addresses, StandInCommands } from './process.ts';
import type { TrelloVariant } from './trello.ts';

type Commands = Record<string, (...args: never[]) => unknown>;
interface Call {
  number: number;
  name: string;
  args: unknown[];
}
type Reply = { number: number; value: unknown } | { number: number; error: string } | { ready: true };

/** Commands that another process runs. */
export type Remote<C extends Commands> = {
  [Name in keyof C]: (...args: Parameters<C[Name]>) => Promise<Awaited<ReturnType<C[Name]>>>;
};

/** Slack and Trello in their own process; disposing of them stops it. */
export interface StandIns extends AsyncDisposable {
  call: Remote<StandInCommands>;
  addresses: Addresses;
}

export async function startStandIns(variant: TrelloVariant): Promise<StandIns> {
  const child = fork(join(import.meta.dirname, 'process.ts'), [variant]);
  const call = createRemote<StandInCommands>(child);
  const exited = once(child, 'exit').then(() => {
    throw new Error('the stand-ins have exited');
  });
  exited.catch(() => {});
  await Promise.race([once(child, 'message'), exited]);
  return {
    call,
    addresses: await call.addresses(),
    async [Symbol.asyncDispose]() {
      const stopped = once(child, 'exit');
      child.kill('SIGTERM');
      await stopped;
    },
  };
}

function createRemote<C extends Commands>(child: ChildProcess): Remote<C> {
  const pending = new Map<number, (reply: Reply) => void>();
  let calls = 0;
  child.on('message', (reply: Reply) => {
    if ('ready' in reply) return;
    pending.get(reply.number)?.(reply);
    pending.delete(reply.number);
  });
  const call = (name: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      const number = ++calls;
      pending.set(number, (reply) => {
        if ('error' in reply) reject(new Error(`stand-ins, ${name}: ${reply.error}`));
        else if ('value' in reply) resolve(reply.value);
      });
      child.send({ number, name, args } satisfies Call);
    });
  return new Proxy({} as Remote<C>, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        call(String(name), args),
  });
}

/** In the process of the stand-ins: runs the commands that the other process calls. */
export function serveCommands(commands: Commands): void {
  const send = (reply: Reply) => process.send?.(reply);
  process.on('message', async ({ number, name, args }: Call) => {
    try {
      const command = commands[name] as ((...args: unknown[]) => unknown) | undefined;
      if (!command) throw new Error('no such command');
      send({ number, value: (await command(...args)) ?? null });
    } catch (error) {
      send({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  // The process that calls has exited.
  process.once('disconnect', () => process.exit(0));
  send({ ready: true });
}
