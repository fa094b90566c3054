import { Client } from 'undici';
import type { SignedRequest } from '../stand-ins/slack.ts';

/** Sends Slack's requests to a program over one connection that stays open, as Slack's does. */
export interface SlackClient extends AsyncDisposable {
  /** @throws Error when the request is not acknowledged, or the acknowledgement of a form carries errors. */
  send(request: SignedRequest | undefined): Promise<void>;
}

export function createSlackClient(programUrl: string): SlackClient {
  const client = new Client(programUrl);
  return {
    async send(request) {
      const response = await client.request({ method: 'POST', path: '/slack/events', ...request });
      const text = await response.body.text();
      if (response.statusCode !== 200 || text.includes('errors')) {
        throw new Error(`not acknowledged: ${response.statusCode} ${text}`);
      }
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
