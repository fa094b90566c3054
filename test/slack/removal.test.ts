import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App } from '@slack/bolt';
import { expect, it, onTestFinished } from 'vitest';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { AppError } from '../../src/errors.ts';
import { createErrorHandler } from '../../src/slack/error-handler.ts';
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
