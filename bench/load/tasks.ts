import { SignJWT } from 'jose';
import { Client } from 'undici';
import { SECRET } from '../programs/bridge.ts';

export interface Load {
  /** Addresses of the program; the callers are spread over them. */
  urls: readonly string[];
  concurrency: number;
  until: { milliseconds: number } | { tasks: number };
  /** Whether an answer without the card (202) is an error. Default: true. */
  mustBeDone?: boolean;
}

export interface LoadResult {
  tasks: number;
  seconds: number;
  perSecond: number;
  /** Of each task, milliseconds until the end of its response. */
  latencies: number[];
}

const BODY = JSON.stringify({
  type: 'issue',
  title: 'Send message',
  description: 'Let pilots send messages to the control tower. '.repeat(5),
});

/** Sends tasks from `concurrency` callers; each sends its next task when the last one is answered. */
export async function sendTasks({ urls, concurrency, until, mustBeDone = true }: Load): Promise<LoadResult> {
  const headers = { authorization: `Bearer ${await createToken()}`, 'content-type': 'application/json' };
  const latencies: number[] = [];
  const start = performance.now();
  const end = 'milliseconds' in until ? start + until.milliseconds : Number.POSITIVE_INFINITY;
  let left = 'tasks' in until ? until.tasks : Number.POSITIVE_INFINITY;

  async function runCaller(url: string) {
    const client = new Client(url);
    while (left > 0 && performance.now() < end) {
      left -= 1;
      const sent = performance.now();
      const response = await client.request({ method: 'POST', path: '/tasks', headers, body: BODY });
      const text = await response.body.text();
      latencies.push(performance.now() - sent);
      const isAccepted = response.statusCode === 201 || (!mustBeDone && response.statusCode === 202);
      if (!isAccepted) throw new Error(`a task was answered with ${response.statusCode}: ${text}`);
    }
    await client.close();
  }

  const callers = Array.from({ length: concurrency }, (_, index) =>
    runCaller(urls[index % urls.length] ?? ''),
  );
  await Promise.all(callers);
  const seconds = (performance.now() - start) / 1_000;
  return { tasks: latencies.length, seconds, perSecond: latencies.length / seconds, latencies };
}

async function createToken(): Promise<string> {
  return await new SignJWT({ scope: 'tasks:write' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}
