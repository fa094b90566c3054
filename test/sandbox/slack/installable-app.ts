import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, type Installation, LogLevel } from '@slack/bolt';
import type { LocalSlack } from '../../../sandbox/slack/server.ts';

/**
 * A real app with Bolt's own installer, for the local Slack at `slackUrl`. `installations` are by team; `events` are the
 * uninstalls that it was told of.
 */
export async function startInstallableApp(slack: LocalSlack, slackUrl: string, scopes: string[]) {
  const { signingSecret } = slack.workspace.app;
  const { clientId, clientSecret } = slack.oauth;
  const clientOptions = { slackApiUrl: `${slackUrl}/api/` };
  const installations = new Map<string, Installation>();
  const receiver = new HTTPReceiver({
    signingSecret,
    clientId,
    clientSecret,
    stateSecret: 'a secret of the app',
    scopes,
    logLevel: LogLevel.ERROR,
    installationStore: {
      async storeInstallation(installation) {
        installations.set(installation.team?.id ?? '', installation);
      },
      async fetchInstallation({ teamId }) {
        const found = installations.get(teamId ?? '');
        if (!found) throw new Error('not installed');
        return found;
      },
    },
    installerOptions: {
      directInstall: true,
      authorizationUrl: `${slackUrl}/oauth/v2/authorize`,
      clientOptions,
    },
  });
  const events: unknown[] = [];
  const app = new App({ receiver, logLevel: LogLevel.ERROR, clientOptions });
  app.event('app_uninstalled', async ({ context }) => void events.push(['app_uninstalled', context.teamId]));
  app.event('tokens_revoked', async ({ event, context }) => {
    events.push(['tokens_revoked', context.teamId, event.tokens.bot]);
  });
  app.command('/spacex-task', async ({ ack, command }) => ack(`Asked in ${command.team_domain}.`));
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  slack.deliverTo(`${url}/slack/events`);
  return { url, port, installations, events, stop: () => app.stop() };
}
