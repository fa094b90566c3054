import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'undici';
import type { SignedRequest } from '../stand-ins/signed-requests.ts';

export interface Door {
  /** The address of Slack's requests. */
  url: string;
  requests: readonly SignedRequest[];
}

/** After an answer, before the next request: what a program does behind its acknowledgement is over by then. */
const PAUSE = 10;

/**
 * Sends every door its requests, one at a time and in turns request by request, over a connection that stays open as
 * Slack's does. Answers with the milliseconds of each, until the whole answer was there.
 * @throws Error when a request is not acknowledged.
 */
export async function timeAcknowledgements<Name extends string>(
  doors: Readonly<Record<Name, Door>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(doors) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const clients = names.map((name) => ({ name, client: new Client(new URL(doors[name].url).origin) }));
  const count = Math.min(...names.map((name) => doors[name].requests.length));
  for (let number = 0; number < count; number += 1) {
    // Nobody is always the one behind the other.
    for (const { name, client } of number % 2 === 0 ? clients : clients.toReversed()) {
      times[name].push(await timeOne(client, doors[name], number));
      await delay(PAUSE);
    }
  }
  for (const { client } of clients) await client.close();
  return times;
}

async function timeOne(client: Client, { url, requests }: Door, number: number): Promise<number> {
  const { headers, body } = requests[number] as SignedRequest;
  const start = performance.now();
  const answer = await client.request({ method: 'POST', path: new URL(url).pathname, headers, body });
  const text = await answer.body.text();
  const time = performance.now() - start;
  if (answer.statusCode !== 200 || text.includes('errors')) {
    throw new Error(`not acknowledged: ${answer.statusCode} ${text}`);
  }
  return time;
}
