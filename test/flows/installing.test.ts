import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adminSocketPath, connectAdminSocket } from '../../src/cli/admin-socket.ts';
import { answeredThread, openForm } from '../support/bridge.ts';
import { beginInstallation, finishInstallation, startInstallable } from '../support/installing.ts';
import { notifying, postTask } from '../support/token.ts';

let here: Awaited<ReturnType<typeof startInstallable>>;
beforeEach(async () => {
  here = await startInstallable();
});
afterEach(async () => {
  vi.useRealTimers();
  await here.stop();
  const log = here.bridge.lines.join('');
  for (const secret of here.bridge.config.secrets) expect(log).not.toContain(secret);
  expect(log).not.toMatch(/xoxb-T/);
});

const side = (number: 0 | 1) => here.bridge.slack.workspaces[number];

/** A person presses Allow, in a browser of their own. Resolves with the address that Slack sends it back to, and the cookie. */
async function allow(number: 0 | 1, user = 'Bruno') {
  const { page, cookie } = await beginInstallation(here.bridge.url);
  const back = here.bridge.slack.decide(page, { team: side(number).workspace.team.id, user });
  return { back, cookie };
}

async function install(number: 0 | 1) {
  const { back, cookie } = await allow(number);
  const page = await finishInstallation(back, cookie);
  expect(page.html).toContain('The app is installed in');
  return page;
}

async function askFor(number: 0 | 1, title: string) {
  const view = await openForm(side(number), 'issue');
  const values = { title, description: 'As usual' };
  const sent = await side(number).viewSubmit({ user: 'Ana', viewId: view.id, values });
  expect(sent).toMatchObject({ acknowledged: true });
  return view.id;
}

/** What the audit has, as `npm run audit` reads it. */
async function audited() {
  const admin = await connectAdminSocket(adminSocketPath(here.bridge.config.storeUrl) ?? '');
  const entries = (await admin?.readAudit({ after: '', limit: 100 })) ?? [];
  await admin?.close();
  return entries
    .filter(({ act }) => act !== 'connected')
    .map(({ team, who, act, what }) => ({ team, who, act, what }));
}

describe('an installation', () => {
  it('begins with a state that only this browser can finish, for ten minutes', async () => {
    const { status, page, set } = await beginInstallation(here.bridge.url);
    expect(status).toBe(302);
    const { origin, pathname, searchParams } = new URL(page);
    expect(`${origin}${pathname}`).toBe(`${here.bridge.slack.url}/oauth/v2/authorize`);
    const state = String(searchParams.get('state'));
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: here.bridge.slack.oauth.clientId,
      scope: 'commands,chat:write,chat:write.public,im:write',
      redirect_uri: `${here.bridge.url}/slack/oauth_redirect`,
      state,
    });
    expect(set).toBe(`slack-app-oauth-state=${state}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax`);
    const other = new URL((await beginInstallation(here.bridge.url)).page).searchParams.get('state');
    expect(other).not.toBe(state);
  });

  it('ends with a page that says what to do next, and has no script', async () => {
    const { status, headers, html } = await install(1);
    expect(status).toBe(200);
    expect(html).toContain('The app is installed in Starlink');
    expect(html).toContain('/spacex-task setup');
    expect(html).not.toContain('<script');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-.{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toMatch(/^slack-app-oauth-state=; Path=\/; Max-Age=0/);
    expect(await audited()).toEqual([
      {
        team: 'T0STARLNK',
        who: side(1).workspace.person('Bruno').id,
        act: 'installed',
        what: 'the app in Starlink',
      },
    ]);
  });

  it('lets two workspaces with the same ids ask, and shows nothing of one in the other', async () => {
    await install(0);
    await install(1);
    const views = [await askFor(0, 'Of SpaceX'), await askFor(1, 'Of Starlink')];
    expect(views[0]).toBe(views[1]);
    const said = async (number: 0 | 1) =>
      JSON.stringify(await answeredThread(side(number), '#mission-control'));
    const [first, second] = [await said(0), await said(1)];
    expect(first).toContain('Of SpaceX');
    expect(second).toContain('Of Starlink');
    expect(first).not.toContain('Starlink');
    expect(second).not.toContain('Of SpaceX');
    const cards = [...here.trello.state.cards.values()].map(({ name, desc }) => ({ name, desc }));
    expect(cards.find(({ name }) => name === 'Of Starlink')?.desc).toContain(
      'https://starlink-local.slack.com/',
    );
    expect(cards.find(({ name }) => name === 'Of SpaceX')?.desc).toContain('https://spacex-local.slack.com/');
  });

  it('lets programs of each workspace in, by what their tokens name, and shows none what is another’s', async () => {
    const { url } = here.bridge;
    const { id: channel } = side(0).workspace.channel('#mission-control');
    const teams = [0, 1].map((number) => side(number as 0 | 1).workspace.team.id);
    const send = async (team: string | undefined, more: object = {}) =>
      await postTask(
        url,
        { type: 'issue', title: `Of ${team}`, description: 'It leaks', ...more },
        { 'idempotency-key': 'once', ...(await notifying('ci', team)) },
      );
    await install(0);
    const before = await send(teams[1], { channel });
    expect([before.status, before.body]).toMatchObject([403, { code: 'wrong_workspace' }]);
    await install(1);

    const paths: string[] = [];
    for (const number of [0, 1] as const) {
      const { status, headers } = await send(teams[number], { channel });
      expect(status).toBe(201);
      paths.push(headers.get('location') ?? '');
      const thread = JSON.stringify(await answeredThread(side(number), '#mission-control'));
      expect(thread).toContain(`Of ${teams[number]}`);
      expect(thread).not.toContain(`Of ${teams[1 - number]}`);
    }
    for (const number of [0, 1] as const) {
      const headers = await notifying('ci', teams[number]);
      const read = async (path: string) => await fetch(url + path, { headers });
      expect((await read(String(paths[number]))).status).toBe(200);
      expect((await read(String(paths[1 - number]))).status).toBe(404);
      const { tasks } = (await (await read('/tasks')).json()) as { tasks: { id: string }[] };
      expect(tasks.map(({ id }) => `/tasks/${id}`)).toEqual([paths[number]]);
    }
    const ofNone = await send(undefined, { channel });
    expect([ofNone.status, ofNone.body]).toMatchObject([
      403,
      { code: 'wrong_workspace', detail: expect.stringContaining('names no Slack workspace') },
    ]);
  });

  it('of the app in Slack finds the address for events well', async () => {
    expect(await here.bridge.slack.verifyRequestUrl(`${here.bridge.url}/slack/events`)).toBe(true);
  });

  it('that the person cancels installs nothing, and says how to begin again', async () => {
    const { page, cookie } = await beginInstallation(here.bridge.url);
    const { status, html } = await finishInstallation(here.bridge.slack.decide(page, 'cancel'), cookie);
    expect(status).toBe(400);
    expect(html).toContain('You pressed Cancel in Slack.');
    expect(html).toContain(`<a href="${here.bridge.url}/slack/install">`);
  });

  it('is not finished by who only looks at the address', async () => {
    const { back, cookie } = await allow(0);
    const looked = await fetch(back, { method: 'HEAD', headers: { cookie } });
    expect(looked.status).toBe(404);
    expect((await finishInstallation(back, cookie)).status).toBe(200);
  });
});

describe('an installation is refused, with a sentence and an entry of its own,', () => {
  async function expectRefused(page: { status: number; html: string }, words: string, what: string) {
    expect(page.status).toBe(400);
    expect(page.html).toContain(words);
    expect(page.html).toContain('Begin again');
    const refused = { team: 'unknown', who: 'browser', act: 'refused', what: `an installation: ${what}` };
    expect(await audited()).toContainEqual(refused);
  }
  const withState = (back: string, state: string) => {
    const url = new URL(back);
    url.searchParams.set('state', state);
    return url.href;
  };

  it('when its state is forged', async () => {
    const { back, cookie } = await allow(0);
    const state = cookie.replace(/^[^=]*=/, '').replace(/.{5}$/, 'forge');
    const page = await finishInstallation(withState(back, state), `slack-app-oauth-state=${state}`);
    await expectRefused(page, 'This app didn’t begin this installation.', 'its state is unknown');
  });

  it('when its state was used before', async () => {
    const first = await allow(0);
    expect((await finishInstallation(first.back, first.cookie)).status).toBe(200);
    const page = await finishInstallation(first.back, first.cookie);
    await expectRefused(page, 'This installation was finished before.', 'its state was used before');
  });

  it('when ten minutes have passed', async () => {
    const { back, cookie } = await allow(0);
    vi.useFakeTimers({ now: Date.now() + 10 * 60_000 + 1, toFake: ['Date'] });
    const page = await finishInstallation(back, cookie);
    vi.useRealTimers();
    await expectRefused(page, 'took longer than 10 minutes', 'its state has expired');
  });

  it('when another browser finishes it, which ends nothing of the first', async () => {
    const mine = await allow(0);
    const { cookie } = await beginInstallation(here.bridge.url);
    expect((await finishInstallation(mine.back)).status).toBe(400);
    const page = await finishInstallation(mine.back, cookie);
    expect((await finishInstallation(mine.back, mine.cookie)).status).toBe(200);
    await expectRefused(page, 'begun in another browser', 'its state is of another browser');
  });

  it('when it has no state at all, as one from Slack’s admin pages', async () => {
    const { back, cookie } = await allow(0);
    const url = new URL(back);
    url.searchParams.delete('state');
    await expectRefused(
      await finishInstallation(url.href, cookie),
      'Slack doesn’t say that this installation was begun here.',
      'it has no state',
    );
  });

  it('for all but one of those who finish it at the same time', async () => {
    const { back, cookie } = await allow(0);
    const pages = await Promise.all(Array.from({ length: 8 }, () => finishInstallation(back, cookie)));
    expect(pages.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(400)]);
    const replayed = (await audited()).filter(({ what }) => what.endsWith('was used before'));
    expect(replayed).toHaveLength(7);
  });

  it('when Slack does not know its code, or does not answer', async () => {
    const first = await allow(0);
    const url = new URL(first.back);
    url.searchParams.set('code', 'made-up');
    const page = await finishInstallation(url.href, first.cookie);
    expect([page.status, page.html]).toEqual([400, expect.stringContaining('Slack didn’t confirm')]);
    for (const fault of [
      { kind: 'error', error: 'internal_error' },
      { kind: 'status', status: 500 },
      { kind: 'ratelimited', retryAfterSeconds: 1 },
      { kind: 'reset' },
    ] as const) {
      const { back, cookie } = await allow(0);
      here.bridge.slack.faults.plan('oauth.v2.access', fault);
      const away = await finishInstallation(back, cookie);
      expect([away.status, away.html]).toEqual([503, expect.stringContaining('Slack isn’t answering.')]);
    }
  });
});

describe('an uninstallation', () => {
  const LONG = { timeout: 20_000 };
  const uninstall = (number: 0 | 1, options: Parameters<ReturnType<typeof side>['uninstall']>[0]) =>
    side(number).uninstall(options).sendEvents();
  const kept = async () => (await audited()).map(({ team, act }) => `${act} ${team}`);

  it.each(['app_uninstalled', 'tokens_revoked'] as const)(
    'deletes the token once, %s first, and touches no other workspace',
    async (first) => {
      await install(0);
      await install(1);
      await uninstall(1, { first });
      expect((await kept()).toSorted()).toEqual([
        'installed T0SPACEX1',
        'installed T0STARLNK',
        'uninstalled T0STARLNK',
      ]);
      await askFor(0, 'Still here');
      expect(JSON.stringify(await answeredThread(side(0), '#mission-control'))).toContain('Still here');
    },
  );

  it('is nothing when only tokens of people were revoked', async () => {
    await install(0);
    const { team, app } = side(0).workspace;
    const payload = {
      type: 'event_callback',
      team_id: team.id,
      api_app_id: app.appId,
      event: { type: 'tokens_revoked', tokens: { oauth: ['U1'] } },
      event_time: Math.ceil(Date.now() / 1000) + 1,
    };
    const body = JSON.stringify(payload);
    const timestamp = String(Math.floor(Date.now() / 1000));
    const hash = createHmac('sha256', app.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${hash}`,
    };
    const answer = await fetch(`${here.bridge.url}/slack/events`, { method: 'POST', body, headers });
    expect(answer.status).toBe(200);
    expect(await kept()).toEqual(['installed T0SPACEX1']);
  });

  it('that Slack tells of after a new installation leaves that one as it is', async () => {
    await install(0);
    const { sendEvents } = side(0).uninstall({ late: true });
    // Slack's clock counts whole seconds.
    await delay(1_100);
    await install(0);
    await sendEvents();
    expect(await kept()).toEqual(['installed T0SPACEX1', 'installed T0SPACEX1']);
    await askFor(0, 'Back again');
    expect(JSON.stringify(await answeredThread(side(0), '#mission-control'))).toContain('Back again');
  });

  it('ends the jobs that wait, and lets links rest until the app is installed again', async () => {
    await install(0);
    await askFor(0, 'Followed');
    const { root } = await answeredThread(side(0), '#mission-control');
    const { id: channel } = side(0).workspace.channel('#mission-control');
    const away = here.trello.faults.add('POST /cards', { act: 'answer', status: 503 });
    await askFor(0, 'Waiting');
    await expect.poll(() => away.met, LONG).toBeGreaterThan(0);
    await uninstall(0, {});
    away.clear();
    await expect
      .poll(async () => {
        const admin = await connectAdminSocket(adminSocketPath(here.bridge.config.storeUrl) ?? '');
        const failed = (await admin?.list({ status: 'failed', limit: 10 })) ?? [];
        await admin?.close();
        return failed.map(({ failure }) => failure?.code);
      }, LONG)
      .toEqual(['uninstalled']);
    expect([...here.trello.state.cards.values()].map(({ name }) => name)).not.toContain('Waiting');

    const said = () => side(0).messages.replies(channel, root.ts).length;
    const before = said();
    const card = [...here.trello.state.cards.values()].find(({ name }) => name === 'Followed');
    const sally = here.trello.person('Sally Okafor');
    sally.comment(String(card?.id), 'Nobody reads this');
    await expect.poll(() => here.bridge.lines.join('').includes('"news":1'), LONG).toBe(true);
    await install(0);
    sally.comment(String(card?.id), 'Welcome back');
    await expect.poll(said, LONG).toBe(before + 1);
    expect(JSON.stringify(side(0).messages.replies(channel, root.ts).at(-1))).toContain('Welcome back');
  });
});
