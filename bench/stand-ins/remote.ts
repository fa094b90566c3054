import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Addresses, StandInCommands, TrelloSort } from './process.ts';

type Commands = Record<string, (...given: never[]) => unknown>;
interface Question {
  number: number;
  name: string;
  given: unknown[];
}
type Answer = { number: number; value: unknown } | { number: number; error: string } | { open: true };

/** The commands of the stand-ins, asked from another process. */
export type Remote<C extends Commands> = {
  [Name in keyof C]: (...given: Parameters<C[Name]>) => Promise<Awaited<ReturnType<C[Name]>>>;
};

/** The other sides, in a process of their own. */
export interface StandIns {
  ask: Remote<StandInCommands>;
  addresses: Addresses;
  stop(): Promise<void>;
}

export async function startStandIns(trello: TrelloSort): Promise<StandIns> {
  const child = fork(join(import.meta.dirname, 'process.ts'), [trello]);
  const ask = createRemote<StandInCommands>(child);
  const ended = once(child, 'exit').then(() => {
    throw new Error('the stand-ins have ended');
  });
  ended.catch(() => {});
  await Promise.race([once(child, 'message'), ended]);
  return {
    ask,
    addresses: await ask.addresses(),
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function createRemote<C extends Commands>(child: ChildProcess): Remote<C> {
  const waiting = new Map<number, (answer: Answer) => void>();
  let numbers = 0;
  child.on('message', (answer: Answer) => {
    if ('open' in answer) return;
    waiting.get(answer.number)?.(answer);
    waiting.delete(answer.number);
  });
  const call = (name: string, given: unknown[]) =>
    new Promise((resolve, reject) => {
      const number = ++numbers;
      waiting.set(number, (answer) => {
        if ('error' in answer) reject(new Error(`stand-ins, ${name}: ${answer.error}`));
        else if ('value' in answer) resolve(answer.value);
      });
      child.send({ number, name, given } satisfies Question);
    });
  return new Proxy({} as Remote<C>, {
    get:
      (_, name) =>
      (...given: unknown[]) =>
        call(String(name), given),
  });
}

/** In the process of the stand-ins: answers what the other process asks. */
export function serveCommands(commands: Commands): void {
  const say = (answer: Answer) => process.send?.(answer);
  process.on('message', async ({ number, name, given }: Question) => {
    try {
      const command = commands[name] as ((...given: unknown[]) => unknown) | undefined;
      if (!command) throw new Error('no such command');
      say({ number, value: (await command(...given)) ?? null });
    } catch (error) {
      say({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  // Nobody is left to ask.
  process.once('disconnect', () => process.exit(0));
  say({ open: true });
}
