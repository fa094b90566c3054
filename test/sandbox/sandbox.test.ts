import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { adminSocketPath, connectAdminSocket } from '../../src/cli/admin-socket.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(
  sides: 'both' | 'slack' | 'trello',
  environment: Record<string, string> = {},
): Promise<Sandbox> {
  const options = { sides, host: '127.0.0.1', port: 0 };
  const sandbox = await openSandbox(options, { LOG_LEVEL: 'silent', ...environment });
  stops.push(() => sandbox.stop());
  await sandbox.start();
  return sandbox;
}

/** The page's events, by name; `until` waits for more. */
async function watch({ url }: Sandbox) {
  const controller = new AbortController();
  const { body } = await fetch(new URL('/events', url), { signal: controller.signal });
  stops.push(async () => controller.abort());
  const reader = (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const events: { name: string; data: Record<string, unknown> }[] = [];
  return {
    async until(matches: (event: (typeof events)[number]) => boolean) {
      for (;;) {
        const found = events.find(matches);
        if (found) return found.data;
        const { value = '', done } = await reader.read();
        if (done) throw new Error('The stream ended.');
        text += value;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
          if (name) events.push({ name, data: JSON.parse(data) });
          text = text.slice(end + 2);
        }
      }
    },
  };
}

function post({ url }: Sandbox, what: string, given: object) {
  return fetch(new URL(`/sandbox/${what}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(given),
  });
}

/** Does what a person does on the page. */
async function act(sandbox: Sandbox, what: string, given: object) {
  return (await (await post(sandbox, what, given)).json()) as Record<string, string>;
}

const setFault = (sandbox: Sandbox, mode: string) => post(sandbox, 'trello/faults', { mode });

async function askForBug({ slack }: Sandbox) {
  if (!slack) throw new Error('no Slack');
  const { triggerId } = await slack.command({
    user: 'Ana',
    channel: '#rockets',
    command: '/spacex-task',
    text: 'bug x',
  });
  const { view } = await slack.viewOf({ triggerId });
  await slack.viewSubmit({ user: 'Ana', viewId: view.id });
}

describe('the sandbox', () => {
  it('serves the bridge’s API on its own port, with the token that the page shows', async () => {
    const sandbox = await start('both');
    const page = await watch(sandbox);
    const { token } = await page.until(({ name }) => name === 'snapshot');
    const body = { type: 'issue', title: 'Send message', description: 'It’s \n "quoted" 🚀' };
    const post = (bearer: unknown) =>
      fetch(new URL('/tasks', sandbox.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
        body: JSON.stringify(body),
      });
    const made = await post(token);
    expect(made.status).toBe(201);
    expect(await made.json()).toMatchObject({ status: 'done', card: { title: 'Send message' } });
    expect((await post('nonsense')).status).toBe(401);
    const card = await page.until(({ name, data }) => name === 'trello' && data.type === 'card_made');
    expect(card.card).toMatchObject({ name: 'Send message' });
    expect((await fetch(new URL('/health/ready', sandbox.url))).status).toBe(200);
  });

  it.each(['/trello/webhook/x', '/connect/trello', '/slack/install', '/slack/oauth_redirect'])(
    'leaves %s to the bridge',
    async (path) => {
      const { url } = await start('both');
      const answer = await fetch(new URL(path, url), { redirect: 'manual' });
      expect(await answer.text()).not.toContain('There is nothing at this address.');
    },
  );

  it('has Trello’s rate limits', async () => {
    const { config, trello } = await start('both');
    expect(config.trello.tokenLimit).toBe(100);
    expect(trello?.rateLimit).toBeDefined();
  });

  it('sends a fault that happened, switches it off, and ends its status when it has passed', async () => {
    const sandbox = await start('both');
    const page = await watch(sandbox);
    expect((await setFault(sandbox, 'limited')).status).toBe(200);
    await page.until(({ name, data }) => name === 'faults' && data.mode === 'limited');
    await askForBug(sandbox);
    await page.until(({ name, data }) => name === 'faults' && data.mode === 'none' && data.met === 'limited');
    await page.until(({ name, data }) => name === 'trello' && data.type === 'card_made');
    await page.until(({ name, data }) => name === 'faults' && data.mode === 'none' && !('met' in data));
    expect((await setFault(sandbox, 'everything')).status).toBe(400);
  }, 90_000);

  it('refuses cards for good until it is switched back; a retry then makes the card', async () => {
    const sandbox = await start('both');
    const page = await watch(sandbox);
    await setFault(sandbox, 'refused');
    await askForBug(sandbox);
    await page.until(
      ({ name, data }) => name === 'faults' && data.mode === 'refused' && data.met === 'refused',
    );
    const jobs = await connectAdminSocket(adminSocketPath(sandbox.config.storeUrl) ?? '');
    if (!jobs) throw new Error('no socket');
    await expect
      .poll(async () => (await jobs.list({ limit: 9, status: 'failed' })).length, { timeout: 15_000 })
      .toBe(1);
    const [failed] = await jobs.list({ limit: 9 });
    await setFault(sandbox, 'none');
    expect(await jobs.retry(failed?.id ?? '')).toBe(true);
    await jobs.close();
    await page.until(({ name, data }) => name === 'trello' && data.type === 'card_made');
    expect(sandbox.trello?.state.cards.size).toBe(1);
  });

  it('takes the app’s name, its scopes, its command and its shortcuts from the manifest', async () => {
    const sandbox = await start('both');
    const { workspaces } = await (await watch(sandbox)).until(({ name }) => name === 'snapshot');
    const { features, oauth_config: oauth } = parse(readFileSync('manifest.yml', 'utf8'));
    const [command] = features.slash_commands;
    const [slack] = workspaces as { shortcuts: unknown }[];
    const { shortcuts } = features as { shortcuts: { name: string; type: string; callback_id: string }[] };
    expect(slack?.shortcuts).toEqual(
      shortcuts.map(({ name, type, callback_id: callbackId }) => ({ name, type, callbackId })),
    );
    expect(slack).toMatchObject({
      app: { name: features.bot_user.display_name },
      commands: [
        { command: command.command, hint: command.usage_hint, summary: command.description },
        { command: '/invite', hint: `@${features.bot_user.display_name}` },
      ],
    });
    expect(sandbox.slack?.workspace.app.scopes).toEqual(oauth.scopes.bot);
  });

  it('opens the form by both shortcuts, and says so when the app does not answer', async () => {
    const sandbox = await start('both');
    const { slack } = sandbox;
    if (!slack) throw new Error('no Slack');
    const { ts } = await act(sandbox, 'slack/say', { user: 'Ana', channel: '#rockets', text: 'a <leak>' });
    const message = { user: 'Ana', channel: '#rockets', messageTs: ts };
    await act(sandbox, 'slack/message-shortcut', { ...message, callbackId: 'create_task_from_message' });
    await act(sandbox, 'slack/shortcut', { user: 'Ana', callbackId: 'new_task' });
    await slack.until(() => slack.openViews('Ana').length === 2);
    expect(JSON.stringify(slack.openViews('Ana')[0]?.view.blocks)).toContain('"initial_value":"a <leak>"');
    slack.uninstall();
    expect(await act(sandbox, 'slack/shortcut', { user: 'Ana', callbackId: 'new_task' })).toEqual({
      error: 'That didn’t work: the app did not answer.',
    });
  });

  it('refuses a command inside a thread, there and to this person only', async () => {
    const sandbox = await start('both');
    const { ts } = await act(sandbox, 'slack/say', { user: 'Ana', channel: '#rockets', text: 'a root' });
    const given = { user: 'Ana', channel: '#rockets', text: 'bug x', threadTs: ts };
    expect(await act(sandbox, 'slack/command', { ...given, command: '/spacex-task' })).toEqual({
      acknowledged: false,
    });
    const [refusal] = sandbox.slack?.ephemerals('Ana') ?? [];
    expect(refusal?.message).toMatchObject({
      thread_ts: ts,
      text: '/spacex-task is not supported in threads. Sorry!',
    });
    expect(sandbox.slack?.openViews('Ana')).toEqual([]);
  });

  it('refuses to invite the app to a direct message', async () => {
    const sandbox = await start('both');
    const direct = [...(sandbox.slack?.workspace.channels.values() ?? [])].find(({ kind }) => kind === 'im');
    const members = [...(direct?.members ?? [])];
    await act(sandbox, 'slack/invite', { user: members[0], channel: direct?.id });
    expect([...(direct?.members ?? [])]).toEqual(members);
    expect(sandbox.slack?.ephemerals(members[0] ?? '').at(-1)?.message.text).toContain('direct messages');
  });

  it('works with a real Slack', async () => {
    const real = await startLocalSlack();
    stops.push(() => real.close());
    const { botToken, appToken } = real.workspace.app;
    const sandbox = await start('trello', {
      SLACK_BOT_TOKEN: botToken,
      SLACK_APP_TOKEN: appToken,
      SLACK_API_URL: real.apiUrl,
      TRELLO_BOARD: 'not-this-one',
    });
    const { workspaces, boards } = await (await watch(sandbox)).until(({ name }) => name === 'snapshot');
    expect(workspaces).toBeUndefined();
    expect(boards).toMatchObject([{ name: 'Mission Control' }, { name: 'Ground Control' }]);
    const { triggerId } = await real.command({
      user: 'Ana',
      channel: '#rockets',
      command: '/spacex-task',
      text: 'bug x',
    });
    const { view } = await real.viewOf({ triggerId });
    await real.viewSubmit({ user: 'Ana', viewId: view.id });
    await real.until(() => real.messages.inChannel(real.workspace.channel('#rockets').id).length >= 2);
    expect(sandbox.trello?.state.cards.size).toBe(1);
  });

  it('works with a real Trello', async () => {
    const real = await startLocalTrello({ keys: ['real-key'], tokens: ['real-token'] });
    stops.push(() => real.close());
    const { board } = seedMissionBoard(real.state);
    const sandbox = await start('slack', {
      TRELLO_API_KEY: 'real-key',
      TRELLO_API_TOKEN: 'real-token',
      TRELLO_API_URL: real.url,
      TRELLO_BOARD: board.shortLink,
    });
    const snapshot = await (await watch(sandbox)).until(({ name }) => name === 'snapshot');
    const { workspaces, boards, faults } = snapshot;
    expect(workspaces).toMatchObject([{ team: { name: 'SpaceX' } }, { team: { name: 'Starlink' } }]);
    expect([boards, faults]).toEqual([undefined, undefined]);
    const local = sandbox.slack;
    if (!local) throw new Error('no Slack');
    const { triggerId } = await local.command({
      user: 'Ana',
      channel: '#rockets',
      command: '/spacex-task',
      text: 'bug x',
    });
    const { view } = await local.viewOf({ triggerId });
    await local.viewSubmit({ user: 'Ana', viewId: view.id });
    await local.until(() => local.messages.inChannel(local.workspace.channel('#rockets').id).length >= 2);
    expect(real.state.cards.size).toBe(1);
  });
});
