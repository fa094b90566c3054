import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, HTTPReceiver, LogLevel, type types } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenView } from '../../../sandbox/slack/open-views.ts';
import type { LocalSlackOptions } from '../../../sandbox/slack/server.ts';
import { refusal, useLocalSlack } from './use-local-slack.ts';

const SECOND_TOKEN = 'xoxb-of-the-second';
const here = useLocalSlack();
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const both = (options: LocalSlackOptions = {}) =>
  here.start({ second: { botToken: SECOND_TOKEN }, ...options });
const second = () => here.slack.workspaces[1];

/** A real app for several workspaces. `seen`: the team of each request, as Bolt and as the payload know it. */
async function startApp() {
  const { signingSecret } = here.slack.workspace.app;
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
  const seen: Record<string, unknown>[] = [];
  const app = new App({
    receiver,
    authorize: async ({ teamId }) => {
      const installed = here.slack.workspaces.find(({ workspace }) => workspace.team.id === teamId);
      const { botToken = '', botId = '', botUserId = '' } = installed?.workspace.app ?? {};
      return { botToken, botId, botUserId };
    },
    clientOptions: { slackApiUrl: here.slack.apiUrl, retryConfig: { retries: 0 } },
    logLevel: LogLevel.ERROR,
  });
  app.command('/x', async ({ ack, command, context, client, respond }) => {
    await ack();
    seen.push({ command: command.team_id, context: context.teamId, app: command.api_app_id });
    await client.views.open({
      trigger_id: command.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'form',
        title: { type: 'plain_text', text: 'Form' },
        submit: { type: 'plain_text', text: 'Send' },
        blocks: [
          {
            type: 'actions',
            elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }],
          },
        ],
      },
    });
    await respond('Seen.');
  });
  app.action({ type: 'block_actions', action_id: 'go' }, async ({ ack, body, context }) => {
    await ack();
    seen.push({ team: body.team?.id, user: body.user.team_id, context: context.teamId });
  });
  app.view('form', async ({ ack, view, body, context }) => {
    await ack();
    seen.push({ view: view.app_installed_team_id, team: body.team?.id, context: context.teamId });
  });
  app.event('app_home_opened', async ({ body, context }) => {
    const { authorizations, team_id, api_app_id } = body;
    seen.push({ event: [authorizations?.[0]?.team_id, team_id, api_app_id], context: context.teamId });
  });
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  if (!server.listening) await once(server, 'listening');
  stops.push(() => app.stop());
  here.slack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  return seen;
}

describe('two workspaces', () => {
  it('has the app in the first alone, unless it is told otherwise', async () => {
    await here.start();
    const seen = await startApp();
    expect(here.slack.workspaces.map((one) => one.isInstalled())).toEqual([true, false]);
    const { workspace, command } = second();
    const [channel] = workspace.channels.keys();
    expect(await command({ user: 'Dana', channel: channel ?? '', command: '/x' })).toMatchObject({
      acknowledged: false,
    });
    expect(seen).toEqual([]);
  });

  it('binds each method to the workspace of its token', async () => {
    await both();
    const of = (token?: string) => here.client(token);
    const [one, other] = [here.slack.workspace, second().workspace];
    expect(await of().auth.test()).toMatchObject({ team_id: one.team.id, bot_id: one.app.botId });
    expect(await of(SECOND_TOKEN).auth.test()).toMatchObject({
      team_id: other.team.id,
      user_id: other.app.botUserId,
      url: other.team.url,
    });
    const channel = other.channel('#antennas').id;
    await of(SECOND_TOKEN).chat.postMessage({ channel, text: 'here' });
    expect(second().messages.inChannel(channel)).toMatchObject([{ text: 'here', team: other.team.id }]);
    expect(await refusal(of().chat.postMessage({ channel, text: 'there' }))).toMatchObject({
      error: 'channel_not_found',
    });
    expect(here.slack.calls.last('chat.postMessage')).toMatchObject([
      { team: other.team.id, outcome: 'ok' },
      { team: one.team.id, outcome: 'channel_not_found' },
    ]);
  });

  it('opens no view with the other workspace’s trigger', async () => {
    await both();
    await startApp();
    const { triggerId } = await second().command({ user: 'Dana', channel: '#antennas', command: '/x' });
    await second().viewOf({ triggerId });
    const view: types.ModalView = { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [] };
    expect(await refusal(here.client().views.open({ trigger_id: triggerId, view }))).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  it('tells a real app whose workspace each request is', async () => {
    await both();
    const seen = await startApp();
    const { team, app } = second().workspace;
    const { triggerId } = await second().command({ user: 'Dana', channel: '#antennas', command: '/x' });
    const { view } = await second().viewOf({ triggerId });
    const blockId = String(view.blocks[0]?.block_id);
    await second().viewAction({ user: 'Dana', viewId: view.id, blockId, actionId: 'go' });
    await second().viewSubmit({ user: 'Dana', viewId: view.id });
    await second().openHome({ user: 'Dana' });
    const context = team.id;
    expect(seen).toEqual([
      { command: team.id, context, app: app.appId },
      { team: team.id, user: team.id, context },
      { view: team.id, team: team.id, context },
      { event: [team.id, team.id, app.appId], context },
    ]);
    await second().until(() => second().ephemerals('Dana').length > 0);
    expect(here.slack.ephemerals('Ana')).toEqual([]);
  });

  it('can give both the same ids, and still keeps them apart', async () => {
    await both({ second: { botToken: SECOND_TOKEN, sameIds: true } });
    await startApp();
    const sides = here.slack.workspaces;
    const opened: OpenView[] = [];
    for (const side of sides) {
      const typed = await side.command({ user: 'Ana', channel: '#mission-control', command: '/x' });
      opened.push(await side.viewOf(typed));
      await side.until(() => side.ephemerals('Ana').length > 0);
    }
    const inBoth = sides.map(({ workspace: { people, channels, app } }, place) => ({
      people,
      channels: [...channels.keys()],
      bot: [app.botId, app.botUserId],
      view: opened[place]?.view.id,
    }));
    expect(inBoth[0]).toEqual(inBoth[1]);

    const channel = here.id('#mission-control');
    const said = sides.map((side, place) => side.say({ user: 'Ana', channel, text: `of ${place}` }).ts);
    expect(said[0]).toBe(said[1]);
    const ts = said[0] ?? '';
    expect(sides.map(({ messages }) => messages.find(channel, ts)?.text)).toEqual(['of 0', 'of 1']);

    const [viewId = ''] = opened.map(({ view }) => view.id);
    await second().viewClose({ user: 'Ana', viewId });
    expect(sides.map((side) => side.openViews('Ana').length)).toEqual([1, 0]);
  });
});

describe('events that are not acknowledged', () => {
  it('come again, with the number of the try and the reason', async () => {
    await here.start({ eventRetries: [0, 20, 20] });
    const tries: unknown[] = [];
    const server = createServer((request, response) => {
      const { 'x-slack-retry-num': number, 'x-slack-retry-reason': reason } = request.headers;
      tries.push([number, reason]);
      response.writeHead(tries.length === 4 ? 200 : 503).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => server.close());
    here.slack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
    expect(await here.slack.openHome({ user: 'Ana' })).toMatchObject({ acknowledged: false });
    await expect
      .poll(() => tries)
      .toEqual([
        [undefined, undefined],
        ['1', 'http_error'],
        ['2', 'http_error'],
        ['3', 'http_error'],
      ]);
  });
});
