import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BROWSER_MISSING, form, send, sharedSandbox, TEST_TIMEOUT } from './browser.ts';

describe.skipIf(BROWSER_MISSING)('the Home of the app on the page', { timeout: TEST_TIMEOUT }, () => {
  const shared = sharedSandbox();
  let visitor: Awaited<ReturnType<typeof shared.visit>>;
  let page: Page;

  beforeEach(async () => {
    visitor = await shared.visit();
    page = visitor.page;
  });
  afterEach(async () => {
    await visitor?.close();
    expect(visitor.problems).toEqual([]);
  });

  const home = () => page.getByRole('tabpanel', { name: 'Home' });
  const openHome = async () => {
    await page.getByRole('button', { name: /^Task bridge/ }).click();
    await page.getByRole('tab', { name: 'Home' }).click();
  };

  it('takes somebody new by the keyboard alone from its button to a card, and shows that', async () => {
    await page.getByRole('button', { name: /^Task bridge/ }).press('Enter');
    await page.getByRole('tab', { name: 'Messages' }).press('ArrowLeft');
    await home().getByRole('heading', { name: 'Create Trello cards from Slack' }).waitFor();
    await home().getByRole('button', { name: 'New task' }).press('Enter');
    await form(page).getByText('Updates come as a direct message from this app.').waitFor();
    await form(page).getByLabel('Title').fill('Let pilots write');
    await form(page).getByLabel('Description').fill('To Central');
    await form(page).getByLabel('Description').press('Control+Home');
    await send(page);
    await home().getByRole('link', { name: 'Let pilots write' }).waitFor();
    await home().getByText('To Do').waitFor();
    await page.getByRole('tab', { name: 'Home' }).press('ArrowRight');
    await page.getByRole('listitem').filter({ hasText: 'You raised an issue:' }).waitFor();
    await home().waitFor({ state: 'hidden' });
  });

  it('changes a card by its button and its menu, and keeps the focus when it is published again', async () => {
    await openHome();
    await home()
      .getByRole('button', { name: 'Move the card Let pilots write to another list' })
      .press('Enter');
    const move = page.getByRole('dialog', { name: 'Move card' });
    await move.getByLabel('Doing').check();
    await move.getByRole('button', { name: 'Move', exact: true }).press('Enter');
    await home().getByText('Doing').waitFor();
    const menu = home().getByRole('button', { name: 'More actions' });
    await menu.press('Enter');
    await page.getByRole('menuitem', { name: 'Mark complete' }).press('Enter');
    await home().getByRole('heading', { name: 'Finished in the last 30 days' }).waitFor();
    await home().getByText('No open tasks.').waitFor();
    expect(await menu.evaluate((node) => node.matches(':focus'))).toBe(true);
  });

  it('shows each person their own tasks alone, with the way to their threads', async () => {
    await openHome();
    await home().getByRole('link', { name: 'Let pilots write' }).waitFor();
    await page.getByRole('radio', { name: 'Bruno' }).check({ force: true });
    await openHome();
    await home().getByRole('heading', { name: 'Create Trello cards from Slack' }).waitFor();
    expect(await home().getByText('Let pilots write').count()).toBe(0);
    await page.getByRole('radio', { name: 'Ana' }).check({ force: true });
    await openHome();
    await home().getByRole('link', { name: 'Thread' }).click();
    await page.getByRole('region', { name: 'Thread', exact: true }).getByText('is on the board:').waitFor();
    expect(await home().isVisible()).toBe(false);
  });
});
