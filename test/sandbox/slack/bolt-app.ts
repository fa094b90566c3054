import { once } from 'node:events';
import type { Server } from 'node:http';
import {
  App,
  type BlockAction,
  ExpressReceiver,
  HTTPReceiver,
  LogLevel,
  type Receiver,
  SocketModeReceiver,
  type types,
} from '@slack/bolt';
import type { RunningLocalSlack } from '../../../sandbox/slack/server.ts';

/** A small real app: a command that opens a form, a form that refuses "wrong", and a threaded reply. */
export async function startBoltApp(slack: RunningLocalSlack, way: 'socket' | 'http' | 'express') {
  const clientOptions = {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  const { app: installation } = slack.workspace;
  const receiver = createReceiver(way, installation, clientOptions);
  const app = new App({ receiver, token: installation.botToken, clientOptions, logLevel: LogLevel.ERROR });
  const submissions: string[] = [];
  /** The state of each submission. */
  const states: unknown[] = [];

  app.command('/form', async ({ ack, command, client }) => {
    if (command.text === 'help') {
      await ack({ response_type: 'ephemeral', text: 'Type /form.' });
      return;
    }
    if (command.text === 'silent') return;
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view: form(command.channel_id, 'one') });
  });
  app.command('/later', async ({ ack, respond }) => {
    await ack();
    await respond({ response_type: 'in_channel', text: 'Later.' });
  });
  app.action('kind', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.view) return;
    const chosen = body.view.state.values.kind?.kind?.selected_option?.value ?? 'one';
    await client.views.update({
      view_id: body.view.id,
      hash: body.view.hash,
      view: form(body.view.private_metadata, chosen),
    });
  });
  app.view('form', async ({ ack, view, body, client }) => {
    const title = view.state.values.title?.title?.value ?? '';
    submissions.push(title);
    states.push(view.state.values);
    if (title === 'wrong') {
      await ack({ response_action: 'errors', errors: { title: 'Not that.' } });
      return;
    }
    await ack();
    const root = await client.chat.postMessage({
      channel: view.private_metadata,
      text: `<@${body.user.id}> asked for ${title}`,
      metadata: { event_type: 'asked', event_payload: { view: view.id } },
    });
    await client.chat.postMessage({
      channel: root.channel ?? '',
      thread_ts: root.ts ?? '',
      text: 'Done.',
      blocks: [{ type: 'actions', elements: [button('again')] }],
    });
  });
  app.action('again', async ({ ack, respond }) => {
    await ack();
    await respond({ replace_original: true, text: 'Pressed.' });
  });
  app.shortcut('from_message', async ({ ack, shortcut, client }) => {
    await ack();
    if (shortcut.type !== 'message_action') return;
    await client.chat.postMessage({
      channel: shortcut.channel.id,
      thread_ts: shortcut.message.ts ?? '',
      text: `Seen: ${String(shortcut.message.text)}`,
    });
  });
  const publish = (client: typeof app.client, user_id: string, text: string) =>
    client.views.publish({
      user_id,
      view: {
        type: 'home',
        blocks: [
          { type: 'section', text: { type: 'mrkdwn', text } },
          { type: 'actions', block_id: 'buttons', elements: [button('home')] },
        ],
      },
    });
  app.event('app_home_opened', async ({ event, client }) => {
    await publish(client, event.user, 'Welcome.');
  });
  app.action('home', async ({ ack, body, client }) => {
    await ack();
    const { container, channel, view } = body as BlockAction;
    const told = { ...container, channel, shows: view?.type };
    await publish(client, body.user.id, JSON.stringify(told));
  });

  const server = await start(app, way);
  if (server) slack.deliverTo(`http://127.0.0.1:${portOf(server)}/slack/events`);
  return {
    app,
    submissions,
    states,
    async stop(): Promise<void> {
      await app.stop();
      if (!server && slack.sockets.connections() > 0)
        await slack.until(() => slack.sockets.connections() === 0);
    },
  };
}

function createReceiver(
  way: 'socket' | 'http' | 'express',
  { signingSecret, appToken }: RunningLocalSlack['workspace']['app'],
  clientOptions: { slackApiUrl: string },
): Receiver {
  const logLevel = LogLevel.ERROR;
  if (way === 'socket')
    return new SocketModeReceiver({ appToken, logLevel, installerOptions: { clientOptions } });
  return way === 'http'
    ? new HTTPReceiver({ signingSecret, logLevel })
    : new ExpressReceiver({ signingSecret, logLevel });
}

async function start(app: App, way: 'socket' | 'http' | 'express'): Promise<Server | undefined> {
  if (way === 'socket') {
    await app.start();
    return undefined;
  }
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  if (!server.listening) await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function button(id: string): types.Button {
  return { type: 'button', action_id: id, text: { type: 'plain_text', text: 'Again' }, value: 'more' };
}

function form(channel: string, chosen: string): types.ModalView {
  const option = (value: string) => ({
    text: { type: 'plain_text' as const, text: value.toUpperCase() },
    value,
  });
  return {
    type: 'modal',
    callback_id: 'form',
    private_metadata: channel,
    title: { type: 'plain_text', text: 'Form' },
    submit: { type: 'plain_text', text: 'Send' },
    blocks: [
      {
        type: 'input',
        block_id: 'kind',
        dispatch_action: true,
        label: { type: 'plain_text', text: 'Kind' },
        element: {
          type: 'static_select',
          action_id: 'kind',
          options: [option('one'), option('two')],
          initial_option: option(chosen),
        },
      },
      {
        type: 'input',
        block_id: 'title',
        label: { type: 'plain_text', text: 'Title' },
        element: {
          type: 'plain_text_input',
          action_id: 'title',
          initial_value: 'from the app',
          max_length: 50,
        },
      },
      {
        type: 'input',
        block_id: chosen === 'one' ? 'note' : 'detail',
        optional: true,
        label: { type: 'plain_text', text: 'Note' },
        element: { type: 'plain_text_input', action_id: 'note', initial_value: chosen },
      },
    ],
  };
}
