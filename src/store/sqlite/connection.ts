import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { ANSWER_WITHIN, storeUnavailable } from '../errors.ts';
import { toRefused, toUnavailable } from './errors.ts';
import type { Answer, ChangeName, Operation, RowsName, WorkerMessage } from './statements.ts';

/**
 * The file, behind its thread. Operations take effect in the order in which they were asked for. What resolves is
 * committed and flushed; everything rejects with AppError `store_unavailable`.
 */
export interface Connection {
  /** Answers with the number of rows changed. */
  change(name: ChangeName, ...parameters: SQLInputValue[]): Promise<number>;
  /** The same without a flush of its own: it rides on the next one, at most {@link LAZY} later. Waits as long as it takes. */
  changeLazily(name: ChangeName, ...parameters: SQLInputValue[]): Promise<number>;
  rows<Row>(name: RowsName, ...parameters: SQLInputValue[]): Promise<Row[]>;
  /** Writes down what is left and lets go of the file. */
  close(): Promise<void>;
}

/** How long a lazy change may wait for company, in milliseconds. */
export const LAZY = 20;
const CLOSE_WITHIN = 3_000;

interface Waiting {
  operation: Operation;
  settle(answer: Answer): void;
  fail(error: unknown): void;
}

/** @throws AppError (retry `never`) that says why the file was refused */
export async function openConnection(path: string): Promise<Connection> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: path });
  await opened(worker, path);

  let queue: Waiting[] = [];
  let batch: Waiting[] | undefined;
  let flushing = false;
  let lazyTimer: NodeJS.Timeout | undefined;
  let ended: Error | undefined;
  let onIdle: (() => void) | undefined;

  function flush() {
    flushing = false;
    clearTimeout(lazyTimer);
    lazyTimer = undefined;
    if (batch || ended) return;
    if (queue.length === 0) return onIdle?.();
    batch = queue;
    queue = [];
    worker.postMessage(batch.map(({ operation }) => operation));
  }

  // Not at once: what others ask for in the same turn of the event loop shares the flush.
  const flushSoon = () => {
    if (flushing) return;
    flushing = true;
    setImmediate(flush);
  };

  worker.on('message', (message: WorkerMessage) => {
    if (!('answers' in message) || !batch) return;
    const answered = batch;
    batch = undefined;
    for (const [index, waiting] of answered.entries()) {
      const answer = message.answers[index];
      if (answer) waiting.settle(answer);
    }
    flushSoon();
  });
  const end = (cause: Error) => {
    ended ??= cause;
    for (const { fail } of [...(batch ?? []), ...queue])
      fail(storeUnavailable('its store has stopped', cause));
    batch = undefined;
    queue = [];
    onIdle?.();
  };
  worker.on('error', (error: unknown) => end(new Error('the thread of the store failed', { cause: error })));
  worker.on('exit', () => end(new Error('the thread of the store has ended')));

  function ask(operation: Operation, lazy: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (ended) return reject(storeUnavailable('its store has stopped', ended));
      const timer = lazy ? undefined : setTimeout(giveUp, ANSWER_WITHIN);
      const waiting: Waiting = {
        operation,
        settle(answer) {
          clearTimeout(timer);
          if ('trouble' in answer) reject(toUnavailable(answer.trouble));
          else resolve(answer);
        },
        fail(error) {
          clearTimeout(timer);
          reject(error);
        },
      };
      // What has not been sent yet is taken back; what has may still take effect.
      function giveUp() {
        queue = queue.filter((other) => other !== waiting);
        reject(storeUnavailable('its disk does not answer'));
      }
      queue.push(waiting);
      if (!lazy) flushSoon();
      else lazyTimer ??= setTimeout(flush, LAZY);
    });
  }

  const changes = (answer: Answer) => ('changes' in answer ? answer.changes : 0);

  return {
    change: async (name, ...parameters) => changes(await ask([name, ...parameters], false)),
    changeLazily: async (name, ...parameters) => changes(await ask([name, ...parameters], true)),
    async rows<Row>(name: RowsName, ...parameters: SQLInputValue[]) {
      const answer = await ask([name, ...parameters], false);
      return 'rows' in answer ? (answer.rows as Row[]) : [];
    },
    async close() {
      if (ended) return;
      const timer = setTimeout(() => void worker.terminate(), CLOSE_WITHIN);
      await new Promise<void>((resolve) => {
        onIdle = resolve;
        flushSoon();
      });
      if (!ended) {
        const exited = new Promise((resolve) => worker.once('exit', resolve));
        worker.postMessage('close');
        await exited;
      }
      clearTimeout(timer);
    },
  };
}

function opened(worker: Worker, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) =>
      reject(toRefused('unusable', path, { errcode: 0, message: String(error) }));
    const exited = () => fail('its thread ended');
    worker.once('error', fail);
    worker.once('exit', exited);
    worker.once('message', (message: WorkerMessage) => {
      worker.off('error', fail);
      worker.off('exit', exited);
      if ('refused' in message) reject(toRefused(message.refused, path, message.trouble));
      else resolve();
    });
  });
}
