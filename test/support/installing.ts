import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';
import { publicAddress, startBridge } from './bridge.ts';

const CLIENT = { clientId: '1234567890.9876543210', clientSecret: 'the-secret-of-the-client' };

/** The program for several workspaces, in none of which the app is yet. Both have the same people and channels. */
export async function startInstallable(environment: Record<string, string> = {}) {
  const trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  const address = await publicAddress();
  const bridge = await startBridge(
    { url: trello.url, board: board.shortLink },
    {
      connection: 'http',
      slack: {
        botToken: '',
        second: { sameIds: true },
        eventRetries: [0, 500],
        oauth: { ...CLIENT, redirectUris: [`${address.PUBLIC_URL}/slack/oauth_redirect`] },
      },
      environment: {
        ...address,
        SLACK_BOT_TOKEN: '',
        SLACK_CLIENT_ID: CLIENT.clientId,
        SLACK_CLIENT_SECRET: CLIENT.clientSecret,
        ENCRYPTION_KEYS: asSetting(aKey('a')),
        TRELLO_TOKEN_LIMIT: '0',
        ...environment,
      },
    },
  );
  return {
    bridge,
    trello,
    async stop() {
      await bridge.stop();
      await trello.close();
    },
  };
}

/** A browser is sent to Slack. `page`: Slack's address; `cookie`: what the browser keeps; `set`: as the program said it. */
export async function beginInstallation(url: string) {
  const answer = await fetch(`${url}/slack/install`, { redirect: 'manual' });
  const set = answer.headers.get('set-cookie') ?? '';
  return {
    status: answer.status,
    page: answer.headers.get('location') ?? '',
    cookie: set.split(';')[0] ?? '',
    set,
  };
}

/** The browser comes back from Slack. */
export async function finishInstallation(back: string, cookie = '') {
  const answer = await fetch(back, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
  return { status: answer.status, headers: answer.headers, html: await answer.text() };
}
