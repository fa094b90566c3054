import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LocalSlackOptions } from '../../../sandbox/slack/server.ts';
import { startInstallableApp } from './installable-app.ts';
import { refusal, useLocalSlack } from './use-local-slack.ts';

const here = useLocalSlack();
const stops: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const stop of stops.splice(0)) await stop();
});

const SCOPES = ['commands', 'chat:write', 'files:read'];
const REDIRECT = 'https://bridge.example.com/slack/oauth_redirect';
const start = (options: LocalSlackOptions = {}) =>
  here.start({ oauth: { redirectUris: [REDIRECT], optionalScopes: ['files:read'] }, ...options });
const second = () => here.slack.workspaces[1];

function authorizeUrl(changes: Record<string, string | undefined> = {}): string {
  const url = new URL('/oauth/v2/authorize', here.slack.url);
  const given = {
    client_id: here.slack.oauth.clientId,
    scope: SCOPES.join(','),
    state: 'st&te',
    redirect_uri: REDIRECT,
    ...changes,
  };
  for (const [name, value] of Object.entries(given))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

const allowDana = (url = authorizeUrl(), optional?: string[]) => {
  const { team } = second().workspace;
  const back = new URL(
    here.slack.decide(url, { team: team.id, user: 'Dana', ...(optional && { optional }) }),
  );
  return back.searchParams.get('code') ?? '';
};

const exchange = (code: string, changes: Record<string, string> = {}) => {
  const { clientId: client_id, clientSecret: client_secret } = here.slack.oauth;
  return here
    .client('')
    .oauth.v2.access({ client_id, client_secret, code, redirect_uri: REDIRECT, ...changes });
};

async function startApp() {
  const app = await startInstallableApp(here.slack, here.slack.url, SCOPES);
  stops.push(app.stop);
  here.slack.oauth.redirectUris = [`${app.url}/slack/oauth_redirect`];
  return app;
}

describe('the installation page', () => {
  it('installs a real app in the workspace that a person chooses on it', async () => {
    await start();
    const { url, installations } = await startApp();
    const begin = await fetch(`${url}/slack/install`, { redirect: 'manual' });
    const cookie = begin.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = begin.headers.get('location') ?? '';
    expect(page).toContain(`${here.slack.url}/oauth/v2/authorize`);
    const html = await (await fetch(page)).text();
    expect(html).toContain('Dana, in Starlink');
    expect(html).toContain('files:read (optional)');

    const { team, app } = second().workspace;
    const allowed = await fetch(page, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        as: `${team.id}/${second().workspace.person('Dana').id}`,
        decision: 'allow',
      }),
    });
    const back = allowed.headers.get('location') ?? '';
    expect((await fetch(back, { headers: { cookie } })).status).toBe(200);
    expect(installations.get(team.id)).toMatchObject({
      team: { id: team.id, name: team.name },
      bot: { token: app.botToken, userId: app.botUserId, scopes: ['commands', 'chat:write'] },
      user: { id: second().workspace.person('Dana').id },
      appId: app.appId,
    });
    expect(await here.client(app.botToken).auth.test()).toMatchObject({ team_id: team.id });
  });

  it('sends a person who cancels back with the error and the state', async () => {
    await start();
    const answer = await fetch(authorizeUrl(), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ decision: 'deny' }),
    });
    expect(answer.headers.get('location')).toBe(`${REDIRECT}?error=access_denied&state=st%26te`);
  });

  it.each([
    ['invalid_client_id', { client_id: 'another' }],
    ['bad_redirect_uri', { redirect_uri: 'https://evil.example.com/slack/oauth_redirect' }],
    ['bad_redirect_uri', { redirect_uri: `${REDIRECT}.evil` }],
    ['invalid_scope', { scope: '' }],
    ['invalid_scope', { scope: 'Everything!' }],
  ])('shows %s for %o, and sends nobody anywhere', async (error, changes) => {
    await start();
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(authorizeUrl(changes), { method, redirect: 'manual' });
      expect(answer.headers.get('location')).toBeNull();
      expect(await answer.text()).toContain(error);
    }
  });

  it('refuses plain http, except on this machine', async () => {
    const uri = 'http://bridge.example.com/x';
    await here.start({ oauth: { redirectUris: [uri, 'http://127.0.0.1:1/x'] } });
    const shown = async (redirect_uri: string) => (await fetch(authorizeUrl({ redirect_uri }))).text();
    expect(await shown(uri)).toContain('bad_redirect_uri');
    expect(await shown('http://127.0.0.1:1/x/below')).toContain('Allow');
  });

  it('goes to the first address of the app when the request has none', async () => {
    await start();
    const back = here.slack.decide(authorizeUrl({ redirect_uri: undefined, state: undefined }), 'cancel');
    expect(back).toBe(`${REDIRECT}?error=access_denied`);
  });
});

describe('oauth.v2.access', () => {
  it('grants no optional scope that the person has left out', async () => {
    await start();
    expect(await exchange(allowDana(undefined, []))).toMatchObject({ scope: 'commands,chat:write' });
  });

  it('answers as Slack does, for one use of the code', async () => {
    await start();
    const code = allowDana();
    const { team, app, person } = second().workspace;
    const answer = await exchange(code);
    expect(answer).toMatchObject({
      ok: true,
      app_id: app.appId,
      authed_user: { id: person('Dana').id },
      scope: 'commands,chat:write,files:read',
      token_type: 'bot',
      access_token: expect.stringMatching(/^xoxb-/),
      bot_user_id: app.botUserId,
      team: { id: team.id, name: team.name },
      enterprise: null,
      is_enterprise_install: false,
    });
    expect(await refusal(exchange(code))).toMatchObject({ error: 'invalid_code' });
  });

  it('takes the client by a Basic header, too, and records no secret', async () => {
    await start();
    const { clientId, clientSecret } = here.slack.oauth;
    const answer = await fetch(`${here.slack.apiUrl}oauth.v2.access`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: new URLSearchParams({ code: allowDana(), redirect_uri: REDIRECT }),
    });
    expect(await answer.json()).toMatchObject({ ok: true });
    expect(JSON.stringify(here.slack.calls.last())).not.toContain(clientSecret);
  });

  it('refuses a wrong client, a wrong code and another redirect_uri', async () => {
    await start();
    const code = allowDana();
    const errors = [
      await refusal(exchange(code, { client_id: 'another' })),
      await refusal(exchange(code, { client_secret: 'another' })),
      await refusal(exchange('another')),
      await refusal(exchange(code, { redirect_uri: `${REDIRECT}/below` })),
    ];
    expect(errors.map(({ error }) => error)).toEqual([
      'invalid_client_id',
      'bad_client_secret',
      'invalid_code',
      'bad_redirect_uri',
    ]);
    expect(second().isInstalled()).toBe(false);
  });

  it('refuses a code after 10 minutes', async () => {
    await start();
    const code = allowDana();
    vi.useFakeTimers({ now: Date.now() + 10 * 60_000 + 1, toFake: ['Date'] });
    expect(await refusal(exchange(code))).toMatchObject({ error: 'invalid_code' });
  });

  it('adds scopes and keeps the token when the app is installed already', async () => {
    await start();
    const { access_token } = await exchange(allowDana());
    const again = await exchange(allowDana(authorizeUrl({ scope: 'commands,reactions:read' })));
    expect(again).toMatchObject({ access_token, scope: `${SCOPES.join(',')},reactions:read` });
  });
});

describe('an uninstall', () => {
  it.each(['app_uninstalled', 'tokens_revoked'] as const)(
    'ends the token and tells the app, %s first',
    async (first) => {
      await start();
      const { events } = await startApp();
      const { team, app, channel } = here.slack.workspace;
      const token = app.botToken;
      await here.slack.uninstall({ first }).sendEvents();
      const told = [
        ['app_uninstalled', team.id],
        ['tokens_revoked', team.id, [app.botUserId]],
      ];
      expect(events).toEqual(first === 'app_uninstalled' ? told : told.reverse());
      expect(await refusal(here.client(token).auth.test())).toMatchObject({ error: 'account_inactive' });
      expect([...channel('#mission-control').members]).not.toContain(app.botUserId);
      const outcome = await here.slack.command({ user: 'Ana', channel: '#rockets', command: '/x' });
      expect(outcome).toMatchObject({ acknowledged: false });
    },
  );

  it('can be told late, after a new installation, which has another token', async () => {
    await start();
    const { events, installations, url } = await startApp();
    const before = here.slack.workspace.app.botToken;
    const { sendEvents } = here.slack.uninstall({ late: true });
    const begin = await fetch(`${url}/slack/install`, { redirect: 'manual' });
    const cookie = begin.headers.get('set-cookie')?.split(';')[0] ?? '';
    const team = here.slack.workspace.team.id;
    const back = here.slack.decide(begin.headers.get('location') ?? '', { team, user: 'Bruno' });
    await fetch(back, { headers: { cookie } });
    expect(events).toEqual([]);
    await sendEvents();
    expect(events).toHaveLength(2);
    const after = here.slack.workspace.app.botToken;
    expect(installations.get(team)?.bot?.token).toBe(after);
    expect(after).not.toBe(before);
    expect(await here.client(after).auth.test()).toMatchObject({ ok: true });
  });

  it('is done by the app’s own call, with its id and secret', async () => {
    await start();
    const { events } = await startApp();
    const { clientId: client_id, clientSecret: client_secret } = here.slack.oauth;
    const client = here.client();
    const wrong = client.apps.uninstall({ client_id, client_secret: 'another' });
    expect(await refusal(wrong)).toMatchObject({ error: 'bad_client_secret' });
    expect(here.slack.isInstalled()).toBe(true);
    await client.apps.uninstall({ client_id, client_secret });
    expect(here.slack.isInstalled()).toBe(false);
    await expect.poll(() => events).toHaveLength(2);
  });

  it('revokes the token alone by auth.revoke', async () => {
    await start();
    const { events } = await startApp();
    const client = here.client();
    expect(await client.auth.revoke({ test: true })).toMatchObject({ revoked: false });
    await client.auth.revoke();
    expect(await refusal(client.auth.test())).toMatchObject({ error: 'token_revoked' });
    await expect
      .poll(() => events)
      .toEqual([['tokens_revoked', expect.anything(), [here.slack.workspace.app.botUserId]]]);
  });
});

describe('an address for events', () => {
  it('is verified by a challenge', async () => {
    await start();
    const { url } = await startApp();
    expect(await here.slack.verifyRequestUrl(`${url}/slack/events`)).toBe(true);
    expect(await here.slack.verifyRequestUrl(`${url}/elsewhere`)).toBe(false);
  });
});
