import { describe, expect, it } from 'vitest';
import { BROWSER_MISSING, cards, choose, sharedSandbox, TEST_TIMEOUT, type } from './browser.ts';

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
