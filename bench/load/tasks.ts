import { SignJWT } from 'jose';
import { Client } from 'undici';
import { SECRET } from '../programs/bridge.ts';

export interface Load {
  /** Where `/tasks` is; the requests go round when there are several. */
  urls: readonly string[];
  concurrency: number;
  /** Ends after this many milliseconds, or after so many tasks. */
  until: { milliseconds: number } | { tasks: number };
  /** Whether every task has to be done when it is answered. */
  mustBeDone?: boolean;
}

export interface LoadResult {
  tasks: number;
  seconds: number;
  perSecond: number;
  /** Milliseconds until the whole answer was there, of each task. */
  latencies: number[];
}

const BODY = JSON.stringify({
  type: 'issue',
  title: 'Send message',
  description: 'Let pilots send messages to the control tower. '.repeat(5),
});

/** Sends tasks, `concurrency` at a time, each caller its next one as soon as it has the answer to the last. */
export async function sendTasks({ urls, concurrency, until, mustBeDone = true }: Load): Promise<LoadResult> {
  const headers = { authorization: `Bearer ${await makeToken()}`, 'content-type': 'application/json' };
  const latencies: number[] = [];
  const start = performance.now();
  const end = 'milliseconds' in until ? start + until.milliseconds : Number.POSITIVE_INFINITY;
  let left = 'tasks' in until ? until.tasks : Number.POSITIVE_INFINITY;

  async function caller(url: string) {
    const client = new Client(url);
    while (left > 0 && performance.now() < end) {
      left -= 1;
      const sent = performance.now();
      const answer = await client.request({ method: 'POST', path: '/tasks', headers, body: BODY });
      const text = await answer.body.text();
      latencies.push(performance.now() - sent);
      const isAccepted = answer.statusCode === 201 || (!mustBeDone && answer.statusCode === 202);
      if (!isAccepted) throw new Error(`a task was answered with ${answer.statusCode}: ${text}`);
    }
    await client.close();
  }

  const callers = Array.from({ length: concurrency }, (_, place) => caller(urls[place % urls.length] ?? ''));
  await Promise.all(callers);
  const seconds = (performance.now() - start) / 1_000;
  return { tasks: latencies.length, seconds, perSecond: latencies.length / seconds, latencies };
}

async function makeToken(): Promise<string> {
  return await new SignJWT({ scope: 'tasks:write' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('bench')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}
