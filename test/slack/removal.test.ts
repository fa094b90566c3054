import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App } from '@slack/bolt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { AppError } from '../../src/errors.ts';
import { createAppRemoved } from '../../src/slack/app-removed.ts';
import { createErrorHandler } from '../../src/slack/error-handler.ts';
import { createUninstalledListener } from '../../src/slack/listeners/events/app-uninstalled.ts';
import { createTokensRevokedListener } from '../../src/slack/listeners/events/tokens-revoked.ts';
import { createReceiver } from '../../src/slack/receiver.ts';
import { boltLogger } from '../../src/slack/workspace.ts';
import { silent } from '../store/drivers.ts';

const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });

it('that cannot be made durable is not acknowledged, so that Slack tells of it again', async () => {
  const slack = await startLocalSlack({ eventRetries: [0] });
  onTestFinished(() => slack.close());
  const { signingSecret } = slack.workspace.app;
  const { receiver, endpoint } = createReceiver({ mode: 'http', signingSecret }, slack.apiUrl, silent);
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-1' }),
    logger: boltLogger(silent),
    extendedErrorHandler: true,
    convoStore: false,
  });
  const tries: string[] = [];
  for (const name of ['app_uninstalled', 'tokens_revoked'] as const) {
    app.event(name, async () => {
      tries.push(name);
      if (tries.length === 1) throw away;
    });
  }
  app.error(createErrorHandler({ workspaceFor: () => Promise.reject(away), log: silent }));
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    response.once('finish', () => statuses.push(response.statusCode));
    endpoint?.listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  slack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

  await slack.uninstall().sendEvents();
  expect(tries).toEqual(['app_uninstalled', 'app_uninstalled', 'tokens_revoked']);
  expect(statuses).toEqual([503, 200, 200]);
});

describe('an event that tells of a removal', () => {
  const AT = 1_790_000_000;
  const TEAM = { teamId: 'T1', enterpriseId: 'E1' };
  const ORGANISATION = { enterpriseId: 'E1' };
  const bot = { tokens: { bot: ['U9'] } };

  it.each([
    ['uninstalled', createUninstalledListener, TEAM, {}, ['T1']],
    ['uninstalled from an organisation', createUninstalledListener, ORGANISATION, {}, ['E1']],
    ['the app’s token', createTokensRevokedListener, TEAM, bot, ['T1']],
    ['tokens of people alone', createTokensRevokedListener, TEAM, { tokens: { oauth: ['U1'] } }, []],
    ['no token', createTokensRevokedListener, TEAM, { tokens: { bot: [], oauth: [] } }, []],
  ])('takes away the tokens from before it (%s)', async (_, createListener, context, event, expected) => {
    const gone: unknown[] = [];
    const installations = { markGone: async (...given: unknown[]) => gone.push(given) > 0 };
    const listener = createListener(createAppRemoved({ installations, log: silent }));
    await listener({ body: { event_time: AT }, context, event } as never);
    expect(gone).toEqual(expected.map((workspace) => [workspace, AT * 1000]));
  });
});
