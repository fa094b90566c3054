import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLivePage } from '../../../sandbox/live-page.ts';
import { readManifest } from '../../../sandbox/manifest.ts';
import { listen } from '../../../sandbox/server.ts';
import { createLocalSlack } from '../../../sandbox/slack/server.ts';
import { startInstallableApp } from '../slack/installable-app.ts';
import { BROWSER_MISSING, cards, launch, messageBox, sharedSandbox, TEST_TIMEOUT, type } from './browser.ts';

type Page = Awaited<ReturnType<ReturnType<typeof sharedSandbox>['visit']>>['page'];

async function choose(page: Page, menu: string, item: string) {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

describe.skipIf(BROWSER_MISSING)('two workspaces and two boards', { timeout: TEST_TIMEOUT }, () => {
  const { visit, sandbox } = sharedSandbox();

  it('are shown one at a time, each with its own people, and the choice is kept', async () => {
    const { page, problems, close } = await visit();
    await choose(page, 'Workspaces', 'Go to Starlink');
    await page.getByText('Starlink', { exact: true }).waitFor();
    expect(await page.getByRole('radio').count()).toBe(2);
    expect(await page.getByRole('radio', { name: 'Dana' }).isChecked()).toBe(true);
    await page.getByText('is not installed in Starlink').waitFor();
    await type(page, 'Good night, satellites');
    await page.getByRole('listitem').getByText('Good night, satellites').waitFor();
    const [spacex, starlink] = sandbox().slack?.workspaces ?? [];
    const said = (side: typeof spacex) =>
      [...(side?.workspace.channels.keys() ?? [])].flatMap((id) => side?.messages.inChannel(id) ?? []);
    expect([said(spacex).length, said(starlink).length]).toEqual([0, 1]);

    await type(page, '/spacex-task bug');
    await page.getByRole('listitem').getByText('is not a valid command').waitFor();
    await page.reload();
    await page.getByText('Good night, satellites').waitFor();
    await choose(page, 'Workspaces', 'Go to SpaceX');
    await page.getByRole('radio', { name: 'Ana' }).waitFor({ state: 'attached' });
    expect(await page.getByRole('listitem').getByText('Good night, satellites').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  it('keeps the board that is not shown current, too', async () => {
    const trello = sandbox().trello;
    const ground = [...(trello?.state.boards.values() ?? [])].find(({ name }) => name === 'Ground Control');
    const [inbox] = ground?.lists ?? [];
    const { page, problems, close } = await visit();
    if (inbox) trello?.person('Sally Okafor').create(inbox, 'Repair the dish');
    await page.getByText('New card on Ground Control: Repair the dish').waitFor({ state: 'attached' });
    await choose(page, 'Boards', 'Go to Ground Control');
    await page.getByRole('region', { name: 'Ground Control' }).waitFor();
    await cards(page, 'Inbox').getByText('Repair the dish').waitFor();
    await choose(page, 'Boards', 'Go to Mission Control');
    await page.getByRole('region', { name: 'Mission Control' }).waitFor();
    expect(await page.getByRole('listitem').getByText('Repair the dish').count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  it.each(['Workspaces', 'Boards'])('opens “%s” by the keyboard, and returns to it', async (name) => {
    const { page, close } = await visit();
    const button = page.getByRole('button', { name, exact: true });
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.role')).toBe('menuitem');
    await page.keyboard.press('Escape');
    expect(await button.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
    await close();
  });

  it('asks before the tokens of a member are revoked', async () => {
    const { page, close } = await visit();
    const trello = sandbox().trello;
    const { member } = trello?.person('Sally Okafor') ?? {};
    if (!member) throw new Error('no member');
    trello?.grant('of-sally', member);
    await page.getByLabel('You are', { exact: true }).selectOption({ label: 'Sally Okafor' });
    await choose(page, 'Boards', 'Revoke the tokens of Sally Okafor…');
    await page.getByRole('button', { name: 'Keep them' }).click();
    expect(trello?.grantsOf(member)).toHaveLength(1);
    await choose(page, 'Boards', 'Revoke the tokens of Sally Okafor…');
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await expect.poll(() => trello?.grantsOf(member)).toEqual([]);
    await close();
  });
});

describe.skipIf(BROWSER_MISSING)('an app that is installed by OAuth', { timeout: TEST_TIMEOUT }, () => {
  const slack = createLocalSlack({ botToken: '', appName: 'Task bridge' });
  let app: Awaited<ReturnType<typeof startInstallableApp>> | undefined;
  const live = createLivePage({
    host: '127.0.0.1',
    slack,
    trello: undefined,
    manifest: readManifest(),
    installUrl: '/slack/install',
    programPort: () => app?.port,
  });
  let url = '';
  let browser: Awaited<ReturnType<typeof launch>> | undefined;

  beforeAll(async () => {
    url = `http://127.0.0.1:${await listen(live.server, '127.0.0.1', 0)}`;
    slack.setOrigin(url);
    app = await startInstallableApp(slack, url, ['commands', 'chat:write']);
    slack.oauth.redirectUris = [`${url}/slack/oauth_redirect`];
    browser = await launch();
  }, TEST_TIMEOUT);
  afterAll(async () => {
    await browser?.close();
    live.close();
    await slack.close();
    await app?.stop();
    live.server.closeAllConnections();
    live.server.close();
  });

  it('is installed and removed in one workspace from the page, and works there meanwhile', async () => {
    const context = await browser?.newContext({ reducedMotion: 'reduce' });
    const page = await context?.newPage();
    if (!context || !page) throw new Error('no page');
    await page.goto(url);
    await choose(page, 'Workspaces', 'Go to Starlink');
    const [consent] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Install Task bridge' }).click(),
    ]);
    // Who one is on the page is chosen already.
    expect(await consent.getByLabel('Install it as').inputValue()).toMatch(/^T0STARLNK\//);
    await consent.getByLabel('Install it as').selectOption({ label: 'Emil, in Starlink' });
    await consent.getByRole('button', { name: 'Allow' }).click();
    await consent.waitForURL(/oauth_redirect/);
    await consent.close();
    await page.getByText('Bridge connected').waitFor();
    expect(slack.workspaces.map((side) => side.isInstalled())).toEqual([false, true]);

    await messageBox(page).fill('/spacex-task');
    await messageBox(page).press('Escape');
    await messageBox(page).press('Enter');
    await page.getByRole('listitem').getByText('Asked in starlink-local.').waitFor();

    await choose(page, 'Workspaces', 'Remove Task bridge from Starlink…');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Without Task bridge').waitFor();
    const { team, app: installation } = slack.workspaces[1].workspace;
    const [id, bot] = [team.id, installation.botUserId];
    await expect
      .poll(() => app?.events)
      .toEqual([
        ['app_uninstalled', id],
        ['tokens_revoked', id, [bot]],
      ]);
    await context.close();
  });
});
