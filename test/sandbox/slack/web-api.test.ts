import { beforeEach, describe, expect, it } from 'vitest';
import { refusal, useLocalSlack } from './use-local-slack.ts';

const HISTORY = ['channels:history', 'groups:history', 'im:history', 'channels:read', 'users:read'];

const here = useLocalSlack();
const { start, client, id } = here;

describe('tokens and scopes', () => {
  beforeEach(() => start());

  it('returns the owner of the token and its scopes', async () => {
    expect(await client().auth.test()).toMatchObject({
      team_id: here.slack.workspace.team.id,
      user_id: here.slack.workspace.app.botUserId,
      bot_id: here.slack.workspace.app.botId,
      response_metadata: { scopes: ['commands', 'chat:write', 'chat:write.public', 'im:write'] },
    });
  });

  it('refuses a call without a token, with a wrong one, and with one of the wrong kind', async () => {
    expect(await refusal(client('').auth.test())).toMatchObject({ error: 'not_authed' });
    expect(await refusal(client('xoxb-other').auth.test())).toMatchObject({ error: 'invalid_auth' });
    expect(await refusal(client(here.slack.workspace.app.appToken).auth.test())).toMatchObject({
      error: 'not_allowed_token_type',
    });
    expect(await refusal(client().apps.connections.open({}))).toMatchObject({
      error: 'not_allowed_token_type',
    });
  });

  it('names the missing scope of a method', async () => {
    expect(await refusal(client().conversations.history({ channel: id('#mission-control') }))).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:history',
      provided: 'commands,chat:write,chat:write.public,im:write',
    });
    expect(await refusal(client().users.info({ user: here.slack.workspace.person('Ana').id }))).toMatchObject(
      {
        error: 'missing_scope',
        needed: 'users:read',
      },
    );
  });

  it('refuses a method that it does not have', async () => {
    expect(await refusal(client().apiCall('chat.sing'))).toMatchObject({ error: 'unknown_method' });
  });

  it('accepts arguments as JSON, too', async () => {
    const answer = await fetch(`${here.slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        authorization: `Bearer ${here.slack.workspace.app.botToken}`,
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

  it('do not go to a private channel or a conversation of others, whose existence stays hidden', async () => {
    await start();
    const direct = [...here.slack.workspace.channels.values()].find(({ kind }) => kind === 'im');
    for (const channel of [id('#engine-room'), direct?.id ?? '', 'C0NOWHERE']) {
      expect(await refusal(client().chat.postMessage({ channel, text: 'x' }))).toMatchObject({
        error: 'channel_not_found',
      });
    }
    here.slack.workspace.channel('#engine-room').members.add(here.slack.workspace.app.botUserId);
    expect(await client().chat.postMessage({ channel: id('#engine-room'), text: 'x' })).toMatchObject({
      ok: true,
    });
  });

  it('are refused in an archived channel, without text, and with too long a text', async () => {
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
    const ana = here.slack.workspace.person('Ana').id;
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
    const [message] = here.slack.messages.inChannel(channel);
    expect(message).toMatchObject({
      ts,
      text: 'after',
      edited: { user: here.slack.workspace.app.botUserId },
    });
    expect(message?.blocks).toBeUndefined();

    const said = here.slack.say({ user: 'Ana', channel, text: 'mine' });
    expect(await refusal(client().chat.update({ channel, ts: said.ts, text: 'x' }))).toMatchObject({
      error: 'cant_update_message',
    });
    expect(
      await refusal(client().chat.update({ channel, ts: '1700000000.000000', text: 'x' })),
    ).toMatchObject({
      error: 'message_not_found',
    });
  });

  it('in a thread belong to its root, also when they reply to a reply', async () => {
    await start();
    const channel = id('#rockets');
    const root = await client().chat.postMessage({ channel, text: 'root' });
    const reply = await client().chat.postMessage({ channel, text: 'reply', thread_ts: root.ts ?? '' });
    await client().chat.postMessage({ channel, text: 'reply to the reply', thread_ts: reply.ts ?? '' });
    expect(here.slack.messages.replies(channel, root.ts ?? '').map(({ text }) => text)).toEqual([
      'reply',
      'reply to the reply',
    ]);
    expect(await client().chat.getPermalink({ channel, message_ts: reply.ts ?? '' })).toMatchObject({
      permalink: `https://spacex-local.slack.com/archives/${channel}/p${reply.ts?.replace('.', '')}?thread_ts=${root.ts}&cid=${channel}`,
    });
    const gone = client().chat.postMessage({ channel, text: 'x', thread_ts: '1700000000.000000' });
    expect(await refusal(gone)).toMatchObject({ error: 'thread_not_found' });
  });

  it('can be ephemeral', async () => {
    await start();
    const [channel, user] = [id('#mission-control'), here.slack.workspace.person('Ana').id];
    await client().chat.postEphemeral({ channel, user, text: 'psst' });
    expect(here.slack.ephemerals('Ana')).toMatchObject([{ channel, message: { text: 'psst' } }]);
    expect(here.slack.messages.inChannel(channel)).toEqual([]);
    const { ts: root } = await client().chat.postMessage({ channel, text: 'root' });
    await client().chat.postEphemeral({ channel, user, text: 'in the thread', thread_ts: root ?? '' });
    expect(here.slack.ephemerals('Ana').at(-1)?.message.thread_ts).toBe(root);
    expect(
      await refusal(client().chat.postEphemeral({ channel: id('#rockets'), user, text: 'x' })),
    ).toMatchObject({
      error: 'not_in_channel',
    });
  });

  it('are read in pages, with metadata only on request', async () => {
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

  it('are edited 50 times a minute in the whole workspace', async () => {
    await start();
    const posted = await Promise.all(
      ['#rockets', '#mission-control'].map((name) =>
        client().chat.postMessage({ channel: id(name), text: 'x' }),
      ),
    );
    const edit = (number: number) => {
      const { channel = '', ts = '' } = posted[number % 2] ?? {};
      return client().chat.update({ channel, ts, text: `${number}` });
    };
    for (let number = 0; number < 50; number += 1) expect(await edit(number)).toMatchObject({ ok: true });
    await expect(edit(50)).rejects.toMatchObject({
      retryAfter: expect.toSatisfy((wait) => wait > 40 && wait <= 60),
    });
    await expect(edit(51)).rejects.toMatchObject({ retryAfter: expect.any(Number) });
  });

  it('are limited to about one a second and channel', async () => {
    await start();
    const post = (channel: string) => client().chat.postMessage({ channel, text: 'x' });
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => post(id('#rockets'))));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(outcomes.length - refused.length).toBeGreaterThanOrEqual(4);
    expect(refused[0]).toMatchObject({ reason: { retryAfter: 1 } });
    expect(await post(id('#mission-control'))).toMatchObject({ ok: true });
  });
});
