import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { AppError } from '../../errors.ts';
import { withTimeout } from '../../timeout.ts';
import { ANSWER_WITHIN, storeUnavailable } from '../errors.ts';
import { openError, toRefused, toUnavailable } from './errors.ts';
import type { Answer, Operation } from './worker.ts';

/**
 * The file, behind its thread. Operations take effect in the order in which they were asked for. What resolves is
 * committed and flushed to the disk; everything rejects with AppError `store_unavailable`.
 */
export interface Connection {
  /** What the operator has to know of an earlier loss. */
  readonly warnings: string[];
  /** Resolves with the rows that the statement returns. */
  query<Row>(sql: string, ...parameters: SQLInputValue[]): Promise<Row[]>;
  /** The same without a flush of its own: it shares the next one, at most {@link LAZY} later. Has no time-out. */
  queryLazily(sql: string, ...parameters: SQLInputValue[]): Promise<unknown>;
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}

/** How long a lazy change may wait for others, in milliseconds. */
const LAZY = 20;
const CLOSE_WITHIN = 3_000;

interface Waiting extends PromiseWithResolvers<Answer> {
  operation: Operation;
}

/**
 * Makes the file and its folder where they are missing, unless the file `mustExist`.
 * @throws AppError (retry `never`) with why it was refused.
 */
export async function openConnection(path: string, mustExist: boolean): Promise<Connection> {
  const { worker, warnings } = await openWorker(path, mustExist);
  let queue: Waiting[] = [];
  let sent: Waiting[] = [];
  let lazyFlush: NodeJS.Timeout | undefined;
  let ended: AppError | undefined;

  function send() {
    clearTimeout(lazyFlush);
    lazyFlush = undefined;
    worker.postMessage(queue.map(({ operation }) => operation));
    sent = sent.concat(queue);
    queue = [];
  }

  function flush() {
    if (sent.length === 0 && queue.length > 0) send();
  }

  function end(cause: Error) {
    ended ??= storeUnavailable(`sqlite:${path}`, 'its thread has stopped', cause);
    for (const { reject } of [...sent, ...queue]) reject(ended);
    sent = [];
    queue = [];
  }

  worker.on('message', (answers: Answer[]) => {
    for (const answer of answers) sent.shift()?.resolve(answer);
    setImmediate(flush);
  });
  worker.on('error', (error: unknown) => end(new Error('the thread of the store failed', { cause: error })));
  worker.on('exit', () => end(new Error('the thread of the store has ended')));

  function ask(operation: Operation): Waiting {
    if (ended) throw ended;
    const waiting = { operation, ...Promise.withResolvers<Answer>() };
    queue.push(waiting);
    return waiting;
  }

  function rowsOf(answer: Answer): unknown[] {
    if ('error' in answer) throw toUnavailable(path, answer.error);
    return answer.rows;
  }

  return {
    warnings,
    async query<Row>(sql: string, ...parameters: SQLInputValue[]) {
      const waiting = ask({ sql, parameters });
      // Not at once: what others ask for in the same turn of the event loop shares the flush.
      setImmediate(flush);
      const answer = await withTimeout(ANSWER_WITHIN, waiting.promise, () => {
        // What has not been sent yet is taken back; what has been sent may still take effect.
        queue = queue.filter((other) => other !== waiting);
        return storeUnavailable(`sqlite:${path}`, 'its disk does not answer');
      });
      return rowsOf(answer) as Row[];
    },
    async queryLazily(sql, ...parameters) {
      const waiting = ask({ sql, parameters });
      lazyFlush ??= setTimeout(flush, LAZY);
      return rowsOf(await waiting.promise);
    },
    async close() {
      if (ended) return;
      const exited = once(worker, 'exit');
      const timer = setTimeout(() => void worker.terminate(), CLOSE_WITHIN);
      send();
      worker.postMessage('close');
      await exited;
      clearTimeout(timer);
    },
  };
}

async function openWorker(path: string, mustExist: boolean): Promise<{ worker: Worker; warnings: string[] }> {
  try {
    if (mustExist && !existsSync(path)) throw openError('missing', 'there is no such file');
    makeFile(resolve(path));
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: resolve(path) });
    const [warnings] = await once(worker, 'message');
    return { worker, warnings };
  } catch (error) {
    throw toRefused(error, path);
  }
}

/** Only its owner may read the file: it holds what people wrote. */
function makeFile(path: string) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    // `wx` never opens a file that is there: closing it again would drop the lock that this process may have on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
