import { Client } from 'undici';
import type { SignedRequest } from '../stand-ins/signed-requests.ts';

/** Where Slack's requests go, over a connection that stays open as Slack's does. */
export interface SlackDoor {
  /** Sends one request. @throws Error when it is not acknowledged, or a form comes back with errors. */
  send(request: SignedRequest | undefined): Promise<void>;
  stop(): Promise<void>;
}

/** `url`: of the program. */
export function openSlackDoor(url: string): SlackDoor {
  const client = new Client(url);
  return {
    async send(request) {
      const answer = await client.request({ method: 'POST', path: '/slack/events', ...request });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text.includes('errors')) {
        throw new Error(`not acknowledged: ${answer.statusCode} ${text}`);
      }
    },
    stop: () => client.close(),
  };
}
