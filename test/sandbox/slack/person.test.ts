import { channel } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  App,
  HTTPReceiver,
  LogLevel,
  SocketModeReceiver,
  type types,
  type ViewSubmitAction,
} from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningLocalSlack, startLocalSlack } from '../../../sandbox/slack/server.ts';
import { silentLogger } from './silent-logger.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const option = (value: string) => ({ text: plain(value.toUpperCase()), value });

/** A form with one of each kind of input. */
const form = (title: string, more: Partial<types.ModalView> = {}): types.ModalView => ({
  type: 'modal',
  callback_id: 'form',
  title: plain(title),
  submit: plain('Send'),
  blocks: [
    input('text', { type: 'plain_text_input', action_id: 'a', max_length: 5 }),
    input('choice', { type: 'static_select', action_id: 'a', options: [option('x'), option('y')] }),
    input('many', { type: 'multi_static_select', action_id: 'a', options: [option('x'), option('y')] }),
    input('boxes', { type: 'checkboxes', action_id: 'a', options: [option('x'), option('y')] }),
    input('radio', { type: 'radio_buttons', action_id: 'a', options: [option('x'), option('y')] }),
    input('day', { type: 'datepicker', action_id: 'a' }),
    input('who', { type: 'users_select', action_id: 'a' }),
    input('crew', { type: 'multi_users_select', action_id: 'a' }),
    input('moment', { type: 'datetimepicker', action_id: 'a' }),
  ],
  ...more,
});
const input = (block_id: string, element: types.InputBlock['element']): types.InputBlock => ({
  type: 'input',
  block_id,
  optional: true,
  label: plain(block_id),
  element,
});

let slack: RunningLocalSlack;
let app: App;

beforeEach(async () => {
  slack = await startLocalSlack();
  const { botToken, signingSecret } = slack.workspace.app;
  app = new App({
    token: botToken,
    receiver: new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR }),
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
    logLevel: LogLevel.ERROR,
  });
  const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server;
  slack.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
});
afterEach(async () => {
  await app.stop();
  await slack.close();
});

const open = async (view: types.ModalView) => {
  app.command('/open', async ({ ack, command, client }) => {
    await ack();
    await client.views.open({ trigger_id: command.trigger_id, view });
  });
  return slack.viewOf(await slack.command({ user: 'Ana', channel: '#rockets', command: '/open' }));
};
const titles = () => slack.openViews('Ana').map(({ view }) => view.title);

describe('a person in a form', () => {
  it('fills every kind of input, choosing by value or by label', async () => {
    const { view } = await open(form('One'));
    let sent: unknown;
    app.view('form', async ({ ack, view }) => {
      sent = Object.fromEntries(Object.entries(view.state.values).map(([block, { a }]) => [block, a]));
      await ack();
    });
    const who = slack.workspace.person('Bruno').id;
    const values = {
      text: 'hey',
      choice: 'Y',
      many: ['x', 'y'],
      boxes: ['x'],
      radio: 'y',
      day: '2031-04-12',
      who,
      crew: [who],
      moment: '1900000000',
    };
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
    expect(sent).toEqual({
      text: { type: 'plain_text_input', value: 'hey' },
      choice: { type: 'static_select', selected_option: option('y') },
      many: { type: 'multi_static_select', selected_options: [option('x'), option('y')] },
      boxes: { type: 'checkboxes', selected_options: [option('x')] },
      radio: { type: 'radio_buttons', selected_option: option('y') },
      day: { type: 'datepicker', selected_date: '2031-04-12' },
      who: { type: 'users_select', selected_user: who },
      crew: { type: 'multi_users_select', selected_users: [who] },
      moment: { type: 'datetimepicker', selected_date_time: 1_900_000_000 },
    });
  });

  it('cannot choose what is not offered, fill a field that is not there, or write more than fits', async () => {
    const { view } = await open(form('One'));
    const submit = (values: Record<string, string>) =>
      slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
    await expect(submit({ choice: 'z' })).rejects.toMatchObject({ code: 'sandbox_no_such_choice' });
    await expect(submit({ colour: 'red' })).rejects.toMatchObject({ code: 'sandbox_no_such_field' });
    expect(await submit({ text: 'too long' })).toMatchObject({ reason: 'incomplete' });
    await expect(slack.viewSubmit({ user: 'Bruno', viewId: view.id })).rejects.toMatchObject({
      code: 'sandbox_no_such_view',
    });
  });

  it('gets another form, a form on top of it, and then all of them closed', async () => {
    const { view } = await open(form('One'));
    app.view('form', ({ ack, view: { title } }) => {
      if (title.text === 'One') return ack({ response_action: 'update', view: form('Two') });
      if (title.text === 'Two') return ack({ response_action: 'push', view: form('Three') });
      return ack({ response_action: 'clear' });
    });
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { text: 'kept' } });
    expect(titles()).toEqual([plain('Two')]);
    expect(slack.openViews('Ana')[0]?.view.state.values.text?.a).toMatchObject({ value: 'kept' });

    await slack.viewSubmit({ user: 'Ana', viewId: view.id });
    expect(titles()).toEqual([plain('Two'), plain('Three')]);
    const over = slack.openViews('Ana')[1]?.view;
    expect(over).toMatchObject({ previous_view_id: view.id, root_view_id: view.id });

    await slack.viewSubmit({ user: 'Ana', viewId: over?.id ?? '' });
    expect(titles()).toEqual([]);
  });

  it('sees an error when the app responds with what Slack does not accept', async () => {
    const { view } = await open(form('One'));
    app.view('form', ({ ack }) => ack({ response_action: 'errors', errors: { no_such_block: 'No.' } }));
    expect(await slack.viewSubmit({ user: 'Ana', viewId: view.id })).toMatchObject({
      acknowledged: false,
      reason: 'failed',
      detail: 'invalid_response',
    });
    expect(slack.openViews('Ana')[0]?.trouble).toBeTruthy();
  });

  it('closes it, and the app gets view_closed with notify_on_close', async () => {
    const { view } = await open(form('One', { notify_on_close: true }));
    const closed: string[] = [];
    app.view({ callback_id: 'form', type: 'view_closed' }, async ({ ack, view }) => {
      closed.push(view.id);
      await ack();
    });
    await slack.viewClose({ user: 'Ana', viewId: view.id });
    expect(titles()).toEqual([]);
    expect(closed).toEqual([view.id]);
  });

  it('may have three forms open on top of each other, but not four', async () => {
    const { view } = await open(form('One'));
    let refused: string | undefined;
    app.view<ViewSubmitAction>('form', async ({ ack, body, client }) => {
      const push = client.views.push({ trigger_id: body.trigger_id, view: form('Next') });
      refused = await push.then(
        () => undefined,
        (error: { data?: { error?: string } }) => error.data?.error,
      );
      await ack({ response_action: 'errors', errors: { text: 'Stay.' } });
    });
    for (let depth = 1; depth <= 3; depth += 1) {
      await slack.viewSubmit({ user: 'Ana', viewId: slack.openViews('Ana').at(-1)?.view.id ?? view.id });
    }
    expect(slack.openViews('Ana')).toHaveLength(3);
    expect(refused).toBe('push_limit_reached');
  });
});

describe('a message’s buttons and menus', () => {
  const card = (id: string): types.KnownBlock[] => [
    { type: 'section', text: plain(`card ${id}`) },
    {
      type: 'actions',
      block_id: `card:${id}`,
      elements: [
        { type: 'button', action_id: 'move', value: id, text: plain('Move to…') },
        { type: 'overflow', action_id: 'more', options: [option(`mute:${id}`), option(`archive:${id}`)] },
        { type: 'static_select', action_id: 'list', options: [option('todo'), option('doing')] },
      ],
    },
  ];

  async function pressed(given: { blockId: string; actionId: string; value?: string }) {
    let got: unknown;
    app.action(given.actionId, async ({ ack, body }) => {
      got = body;
      await ack();
    });
    const channel = slack.workspace.channel('#mission-control').id;
    const blocks = [...card('L1'), ...card('L2')];
    const root = await app.client.chat.postMessage({ channel, text: 'two cards', blocks });
    const { ts } = await app.client.chat.postMessage({
      channel,
      text: 'two cards',
      blocks,
      thread_ts: root.ts ?? '',
    });
    await slack.messageAction({ user: 'Bruno', channel, messageTs: ts ?? '', ...given });
    return { channel, ts, root: root.ts, got };
  }

  it('send what was chosen, where, by whom and of which team', async () => {
    const { channel, ts, root, got } = await pressed({
      blockId: 'card:L2',
      actionId: 'more',
      value: 'archive:L2',
    });
    expect(got).toMatchObject({
      type: 'block_actions',
      user: { id: slack.workspace.person('Bruno').id, name: 'bruno', team_id: slack.workspace.team.id },
      team: { id: slack.workspace.team.id },
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel,
        thread_ts: root,
        is_ephemeral: false,
      },
      channel: { id: channel, name: 'mission-control' },
      message: { ts, thread_ts: root, text: 'two cards' },
      trigger_id: expect.stringMatching(/./),
      response_url: expect.stringContaining(slack.url),
      actions: [
        {
          type: 'overflow',
          action_id: 'more',
          block_id: 'card:L2',
          selected_option: option('archive:L2'),
        },
      ],
    });
  });

  it('are told apart by their block where their names are the same', async () => {
    const { got } = await pressed({ blockId: 'card:L2', actionId: 'move' });
    expect(got).toMatchObject({ actions: [{ type: 'button', block_id: 'card:L2', value: 'L2' }] });
  });

  it('send the state of every select of the message', async () => {
    const { got } = await pressed({ blockId: 'card:L1', actionId: 'list', value: 'doing' });
    expect(got).toMatchObject({
      actions: [{ block_id: 'card:L1', selected_option: option('doing') }],
      state: {
        values: {
          'card:L1': { list: { selected_option: option('doing') } },
          'card:L2': { list: { selected_option: null } },
        },
      },
    });
  });

  it('cannot choose what a menu does not offer', async () => {
    await expect(pressed({ blockId: 'card:L1', actionId: 'more', value: 'drop:L1' })).rejects.toMatchObject({
      code: 'sandbox_no_such_choice',
    });
  });
});

describe('a response_url', () => {
  it('works five times, for the person or the channel', async () => {
    let url = '';
    app.command('/answer', async ({ ack, command }) => {
      url = command.response_url;
      await ack({ response_type: 'in_channel', text: 'At once.' });
    });
    await slack.command({ user: 'Ana', channel: '#rockets', command: '/answer' });
    const answer = async (body: object) => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      return [response.status, await response.text()];
    };
    expect(await answer({})).toEqual([400, '{"ok":false,"error":"no_text"}']);
    for (let use = 0; use < 5; use += 1)
      expect(await answer({ text: `To you: ${use}` })).toEqual([200, 'ok']);
    expect(await answer({ text: 'once more' })).toEqual([404, '{"ok":false,"error":"used_url"}']);
    expect(slack.ephemerals('Ana')).toHaveLength(5);
    expect(slack.messages.inChannel(slack.workspace.channel('#rockets').id)).toMatchObject([
      { text: 'At once.' },
    ]);
  });
});

describe('a signed request', () => {
  it('is refused by the app when it has another secret', async () => {
    const other = await startLocalSlack({ signingSecret: 'another-secret', botToken: 'xoxb-other' });
    app.command('/open', ({ ack }) => ack());
    const quiet = new HTTPReceiver({ signingSecret: 'the-app-has-this-one', logger: silentLogger });
    const strict = new App({
      token: 'xoxb-other',
      receiver: quiet,
      logger: silentLogger,
      tokenVerificationEnabled: false,
    });
    const server = (await strict.start({ port: 0, host: '127.0.0.1' })) as Server;
    other.deliverTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
    expect(await other.command({ user: 'Ana', channel: '#rockets', command: '/open' })).toMatchObject({
      acknowledged: false,
      detail: 'http_service_error',
    });
    await strict.stop();
    await other.close();
  });
});

describe('Socket Mode', () => {
  const connect = async () => {
    const receiver = new SocketModeReceiver({
      appToken: slack.workspace.app.appToken,
      clientPingTimeout: 1_500,
      logger: silentLogger,
      installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
    });
    const clientOptions = { slackApiUrl: slack.apiUrl };
    const socketApp = new App({
      token: slack.workspace.app.botToken,
      receiver,
      clientOptions,
      logger: silentLogger,
    });
    await socketApp.start();
    return socketApp;
  };
  const say = () => slack.command({ user: 'Ana', channel: '#rockets', command: '/x' });

  it('is used before HTTP, and reconnects after a refresh or a broken connection', async () => {
    const socketApp = await connect();
    socketApp.command('/x', ({ ack }) => ack());
    for (const lose of [slack.sockets.refresh, slack.sockets.cut]) {
      lose();
      await slack.until(() => slack.sockets.connections() === 0);
      await slack.until(() => slack.sockets.connections() === 1);
      expect(await say()).toMatchObject({ acknowledged: true });
    }
    await socketApp.stop();
    await slack.until(() => slack.sockets.connections() === 0);
  });

  it('answers the pings of the app', async () => {
    const pongs = channel('undici:websocket:pong');
    const answered = new Promise<void>((resolve) => {
      pongs.subscribe(function once() {
        pongs.unsubscribe(once);
        resolve();
      });
    });
    const socketApp = await connect();
    await expect(answered).resolves.toBeUndefined();
    expect(slack.sockets.connections()).toBe(1);
    await socketApp.stop();
    await slack.until(() => slack.sockets.connections() === 0);
  });

  it('reports a failure immediately when the connection breaks before the acknowledgement', async () => {
    const socketApp = await connect();
    socketApp.command('/x', async () => slack.sockets.cut());
    expect(await say()).toMatchObject({ acknowledged: false, reason: 'failed', detail: 'dispatch_failed' });
    await socketApp.stop();
  });

  it('distributes deliveries over several connections', async () => {
    const received = new Set<number>();
    const apps = [await connect(), await connect()];
    apps.forEach((one, index) => {
      one.command('/x', async ({ ack }) => {
        received.add(index);
        await ack();
      });
    });
    await say();
    await say();
    expect(received).toEqual(new Set([0, 1]));
    await Promise.all(apps.map((one) => one.stop()));
    await slack.until(() => slack.sockets.connections() === 0);
  });
});
