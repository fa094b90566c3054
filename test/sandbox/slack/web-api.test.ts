import { webApi } from '@slack/bolt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type LocalSlackOptions,
  type RunningLocalSlack,
  startLocalSlack,
} from '../../../src/sandbox/slack/server.ts';
import { silentLogger } from './silent-logger.ts';

const HISTORY = ['channels:history', 'groups:history', 'im:history', 'channels:read', 'users:read'];
const MODAL = {
  type: 'modal' as const,
  title: { type: 'plain_text' as const, text: 'Form' },
  blocks: [{ type: 'divider' as const }],
};

let slack: RunningLocalSlack;

const start = async (options: LocalSlackOptions = {}) => {
  slack = await startLocalSlack(options);
};
const client = (token = slack.workspace.app.botToken, timeout = 0) =>
  new webApi.WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger: silentLogger,
  });
const refusal = async (call: Promise<unknown>): Promise<Record<string, unknown>> => {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof webApi.WebAPIPlatformError)) throw new Error(`not refused: ${String(error)}`);
  return { ...error.data };
};
const id = (name: string) => slack.workspace.channel(name).id;

afterEach(() => slack.close());

describe('tokens and scopes', () => {
  beforeEach(() => start());

  it('says who the token belongs to, and with which scopes', async () => {
    expect(await client().auth.test()).toMatchObject({
      team_id: slack.workspace.team.id,
      user_id: slack.workspace.app.botUserId,
      bot_id: slack.workspace.app.botId,
      response_metadata: { scopes: ['commands', 'chat:write', 'chat:write.public', 'im:write'] },
    });
  });

  it('refuses a call without a token, with a wrong one, and with one of the wrong kind', async () => {
    expect(await refusal(client('').auth.test())).toMatchObject({ error: 'not_authed' });
    expect(await refusal(client('xoxb-other').auth.test())).toMatchObject({ error: 'invalid_auth' });
    expect(await refusal(client(slack.workspace.app.appToken).auth.test())).toMatchObject({
      error: 'not_allowed_token_type',
    });
    expect(await refusal(client().apps.connections.open({}))).toMatchObject({
      error: 'not_allowed_token_type',
    });
  });

  it('names the scope that a method lacks', async () => {
    expect(await refusal(client().conversations.history({ channel: id('#mission-control') }))).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'commands,chat:write,chat:write.public,im:write',
    });
    expect(await refusal(client().users.info({ user: slack.workspace.person('Ana').id }))).toMatchObject({
      error: 'missing_scope',
      needed: 'users:read',
    });
  });

  it('refuses a method that it does not have', async () => {
    expect(await refusal(client().apiCall('chat.sing'))).toMatchObject({ error: 'unknown_method' });
  });

  it('takes arguments as JSON too', async () => {
    const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${slack.workspace.app.botToken}`,
      },
      body: JSON.stringify({ channel: id('#rockets'), text: 'ignored', blocks: [{ type: 'divider' }] }),
    });
    expect(await answer.json()).toMatchObject({ ok: true, message: { blocks: [{ type: 'divider' }] } });
  });
});

describe('messages', () => {
  it('go to public channels without an invitation only with chat:write.public', async () => {
    await start({ scopes: ['chat:write'] });
    expect(await refusal(client().chat.postMessage({ channel: id('#rockets'), text: 'x' }))).toMatchObject({
      error: 'not_in_channel',
    });
    expect(await client().chat.postMessage({ channel: '#mission-control', text: 'x' })).toMatchObject({
      ok: true,
    });
  });

  it('do not go to a private channel or a conversation of others: the app is not told that it exists', async () => {
    await start();
    const direct = [...slack.workspace.channels.values()].find(({ kind }) => kind === 'im');
    for (const channel of [id('#engine-room'), direct?.id ?? '', 'C0NOWHERE']) {
      expect(await refusal(client().chat.postMessage({ channel, text: 'x' }))).toMatchObject({
        error: 'channel_not_found',
      });
    }
    slack.workspace.channel('#engine-room').members.add(slack.workspace.app.botUserId);
    expect(await client().chat.postMessage({ channel: id('#engine-room'), text: 'x' })).toMatchObject({
      ok: true,
    });
  });

  it('are refused in an archived channel, without text, and with too much of it', async () => {
    await start();
    const post = (channel: string, text: string) => refusal(client().chat.postMessage({ channel, text }));
    expect(await post(id('#apollo'), 'x')).toMatchObject({ error: 'is_archived' });
    expect(await post(id('#rockets'), '')).toMatchObject({ error: 'no_text' });
    expect(await post(id('#rockets'), 'x'.repeat(40_001))).toMatchObject({ error: 'msg_too_long' });
    const section = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'x'.repeat(3000) } };
    expect(
      await refusal(
        client().chat.postMessage({ channel: id('#rockets'), text: 'x', blocks: Array(5).fill(section) }),
      ),
    ).toMatchObject({ error: 'msg_blocks_too_long' });
  });

  it('to a person go to their direct message, which conversations.open names', async () => {
    await start();
    const ana = slack.workspace.person('Ana').id;
    const opened = await client().conversations.open({ users: ana });
    const posted = await client().chat.postMessage({ channel: ana, text: 'Hello' });
    expect(posted.channel).toBe(opened.channel?.id);
    expect(await client().conversations.open({ users: ana })).toMatchObject({ already_open: true });
    expect(await refusal(client().conversations.open({ users: 'U0NOBODY' }))).toMatchObject({
      error: 'user_not_found',
    });
  });

  it('are edited in place, by their author only', async () => {
    await start();
    const channel = id('#rockets');
    const { ts = '' } = await client().chat.postMessage({
      channel,
      text: 'before',
      blocks: [{ type: 'divider' }],
    });
    await client().chat.update({ channel, ts, text: 'after' });
    const [message] = slack.messages.inChannel(channel);
    expect(message).toMatchObject({ ts, text: 'after', edited: { user: slack.workspace.app.botUserId } });
    expect(message?.blocks).toBeUndefined();

    const said = slack.say({ user: 'Ana', channel, text: 'mine' });
    expect(await refusal(client().chat.update({ channel, ts: said.ts, text: 'x' }))).toMatchObject({
      error: 'cant_update_message',
    });
    expect(
      await refusal(client().chat.update({ channel, ts: '1700000000.000000', text: 'x' })),
    ).toMatchObject({
      error: 'message_not_found',
    });
  });

  it('in a thread stay with its root, also when they answer a reply', async () => {
    await start();
    const channel = id('#rockets');
    const root = await client().chat.postMessage({ channel, text: 'root' });
    const reply = await client().chat.postMessage({ channel, text: 'reply', thread_ts: root.ts ?? '' });
    await client().chat.postMessage({ channel, text: 'reply to the reply', thread_ts: reply.ts ?? '' });
    expect(slack.messages.replies(channel, root.ts ?? '').map(({ text }) => text)).toEqual([
      'reply',
      'reply to the reply',
    ]);
    expect(await client().chat.getPermalink({ channel, message_ts: reply.ts ?? '' })).toMatchObject({
      permalink: `https://spacex-local.slack.com/archives/${channel}/p${reply.ts?.replace('.', '')}?thread_ts=${root.ts}&cid=${channel}`,
    });
    const gone = client().chat.postMessage({ channel, text: 'x', thread_ts: '1700000000.000000' });
    expect(await refusal(gone)).toMatchObject({ error: 'thread_not_found' });
  });

  it('can be for one person alone', async () => {
    await start();
    const [channel, user] = [id('#mission-control'), slack.workspace.person('Ana').id];
    await client().chat.postEphemeral({ channel, user, text: 'psst' });
    expect(slack.ephemerals('Ana')).toMatchObject([{ channel, message: { text: 'psst' } }]);
    expect(slack.messages.inChannel(channel)).toEqual([]);
    expect(
      await refusal(client().chat.postEphemeral({ channel: id('#rockets'), user, text: 'x' })),
    ).toMatchObject({
      error: 'not_in_channel',
    });
  });

  it('are read back page by page, with metadata only when asked for', async () => {
    await start({ scopes: ['chat:write', ...HISTORY] });
    const channel = id('#mission-control');
    const metadata = { event_type: 'made', event_payload: { job: '1' } };
    const root = await client().chat.postMessage({ channel, text: 'first', metadata });
    await client().chat.postMessage({ channel, text: 'second' });
    await client().chat.postMessage({ channel, text: 'reply', thread_ts: root.ts ?? '' });

    const page = await client().conversations.history({ channel, limit: 1 });
    expect(page).toMatchObject({ has_more: true, messages: [{ text: 'second' }] });
    const next = await client().conversations.history({
      channel,
      cursor: page.response_metadata?.next_cursor ?? '',
      include_all_metadata: true,
    });
    expect(next).toMatchObject({ has_more: false, messages: [{ text: 'first', metadata, reply_count: 1 }] });
    const thread = await client().conversations.replies({ channel, ts: root.ts ?? '' });
    expect(thread.messages?.map(({ text }) => text)).toEqual(['first', 'reply']);
    expect(thread.messages?.[0]).not.toHaveProperty('metadata');
    expect(await refusal(client().conversations.history({ channel: id('#rockets') }))).toMatchObject({
      error: 'not_in_channel',
    });
  });

  it('come with a limit of about one a second and channel, when that is switched on', async () => {
    await start({ limitMessages: true });
    const post = (channel: string) => client().chat.postMessage({ channel, text: 'x' });
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => post(id('#rockets'))));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(outcomes.length - refused.length).toBeGreaterThanOrEqual(4);
    expect(refused[0]).toMatchObject({ reason: { retryAfter: 1 } });
    expect(await post(id('#mission-control'))).toMatchObject({ ok: true });
  });
});

describe('views', () => {
  /** A person's command without an app to hear it: its trigger counts all the same. */
  const trigger = async () =>
    (await slack.command({ user: 'Ana', channel: '#rockets', command: '/x' })).triggerId;

  it('are opened once for a trigger', async () => {
    await start();
    const trigger_id = await trigger();
    const { view } = await client().views.open({ trigger_id, view: MODAL });
    expect(slack.openViews('Ana').map((open) => open.view.id)).toEqual([view?.id]);
    expect(await refusal(client().views.open({ trigger_id, view: MODAL }))).toMatchObject({
      error: 'exchanged_trigger_id',
    });
    expect(await refusal(client().views.open({ trigger_id: 'made.up', view: MODAL }))).toMatchObject({
      error: 'invalid_trigger_id',
    });
  });

  it('are not opened when the trigger has expired', async () => {
    await start({ triggerLifetime: -1 });
    expect(await refusal(client().views.open({ trigger_id: await trigger(), view: MODAL }))).toMatchObject({
      error: 'expired_trigger_id',
    });
    expect(slack.openViews('Ana')).toEqual([]);
  });

  it('that are refused leave the trigger as it was, and say what is wrong and where', async () => {
    await start();
    const trigger_id = await trigger();
    const view = { ...MODAL, title: { type: 'plain_text' as const, text: 'A title that is far too long' } };
    expect(await refusal(client().views.open({ trigger_id, view }))).toMatchObject({
      error: 'invalid_arguments',
      response_metadata: {
        messages: ['[ERROR] must be less than 25 characters [json-pointer:/view/title/text]'],
      },
    });
    expect(await client().views.open({ trigger_id, view: MODAL })).toMatchObject({ ok: true });
  });

  it('are updated only on what the caller knows, and only while they are open', async () => {
    await start();
    const { view } = await client().views.open({ trigger_id: await trigger(), view: MODAL });
    const view_id = view?.id ?? '';
    await client().views.update({ view_id, hash: view?.hash ?? '', view: MODAL });
    expect(
      await refusal(client().views.update({ view_id, hash: view?.hash ?? '', view: MODAL })),
    ).toMatchObject({
      error: 'hash_conflict',
    });
    await slack.viewClose({ user: 'Ana', viewId: view_id });
    expect(await refusal(client().views.update({ view_id, view: MODAL }))).toMatchObject({
      error: 'not_found',
    });
  });
});

describe('faults', () => {
  beforeEach(() => start());
  const post = (timeout = 0) =>
    client(undefined, timeout)
      .chat.postMessage({ channel: id('#rockets'), text: 'x' })
      .then(
        () => 'ok',
        (error: Error) => error.name,
      );
  const posted = () => slack.messages.inChannel(id('#rockets')).length;

  it.each([
    [{ kind: 'ratelimited', retryAfterSeconds: 7 }, 'WebAPIRateLimitedError', 0],
    [{ kind: 'status', status: 500 }, 'WebAPIHTTPError', 0],
    [{ kind: 'status', status: 503, when: 'after' }, 'WebAPIHTTPError', 1],
    [{ kind: 'reset' }, 'WebAPIRequestError', 0],
    [{ kind: 'reset', when: 'after' }, 'WebAPIRequestError', 1],
    [{ kind: 'error', error: 'restricted_action' }, 'WebAPIPlatformError', 0],
    [{ kind: 'delay', milliseconds: 5 }, 'ok', 1],
  ] as const)('%o gives %s and %i message', async (fault, outcome, messages) => {
    slack.faults.plan('chat.postMessage', fault);
    expect(await post()).toBe(outcome);
    expect(posted()).toBe(messages);
    expect(await post()).toBe('ok');
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a call that hangs %s the effect never ends by itself', async (when, messages) => {
    slack.faults.plan('chat.postMessage', { kind: 'hang', when });
    expect(await post(200)).toBe('WebAPIRequestError');
    expect(posted()).toBe(messages);
  });

  it('strike by chance in the same way for the same seed', async () => {
    const play = async () => {
      slack.faults.atRandom([{ probability: 0.5, fault: { kind: 'status', status: 500 } }], 42);
      const outcomes: string[] = [];
      for (let call = 0; call < 20; call += 1) outcomes.push(await post());
      return outcomes;
    };
    const first = await play();
    expect(new Set(first)).toEqual(new Set(['ok', 'WebAPIHTTPError']));
    expect(await play()).toEqual(first);
  });

  it('are in the record of calls, which holds no token', async () => {
    slack.faults.plan('*', { kind: 'status', status: 500 });
    await post();
    await post();
    expect(slack.calls.counts()).toEqual({ 'chat.postMessage': 2 });
    expect(slack.calls.last()).toEqual([
      {
        method: 'chat.postMessage',
        arguments: { channel: id('#rockets'), text: 'x' },
        outcome: 'fault: status',
      },
      { method: 'chat.postMessage', arguments: { channel: id('#rockets'), text: 'x' }, outcome: 'ok' },
    ]);
    slack.calls.reset();
    expect(slack.calls.count('chat.postMessage')).toBe(0);
  });
});
