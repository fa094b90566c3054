import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { BROWSER_MISSING, cards, form, freshSandbox, send, TEST_TIMEOUT, thread, type } from './browser.ts';

let sandbox: Sandbox;
let page: Page;

describe.skipIf(BROWSER_MISSING)('the shortcuts on the page', { timeout: TEST_TIMEOUT }, () => {
  freshSandbox((fresh) => {
    ({ sandbox, page } = fresh);
  });

  const message = (text: string) => page.getByRole('listitem').filter({ hasText: text }).first();
  const channel = (name: RegExp | string) =>
    page.getByRole('navigation', { name: 'Channels and direct messages' }).getByRole('button', { name });

  /** By the keyboard alone: the menu of a message, and in it “Create a task”. */
  async function createTaskOf(text: string) {
    await message(text).getByRole('button', { name: 'Message actions' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Create a task' }).waitFor();
    await page.keyboard.press('Enter');
    await form(page).waitFor();
  }

  it('make a card of a message, with the answer in its thread, and say so the second time', async () => {
    await type(page, 'The valve <sticks> & leaks');
    await createTaskOf('The valve');
    expect(await form(page).getByLabel('Title').inputValue()).toBe('The valve <sticks> & leaks');
    await form(page).getByText('The message by ana is linked from the card.').waitFor();
    await form(page).getByLabel('Description').fill('Below 4 degrees.');
    await form(page).getByLabel('Type').selectOption('bug');
    await form(page).getByLabel('Title').waitFor({ state: 'detached' });
    expect(await form(page).getByLabel('Description').inputValue()).toBe('Below 4 degrees.');
    await send(page);
    const card = cards(page, 'To Do').filter({ hasText: /bug-[a-z]+-\d+/ });
    await card.waitFor();
    await message('The valve').getByRole('button', { name: '2 replies' }).click();
    await thread(page).getByText('reported a bug:').waitFor();
    await thread(page).getByText('is on the board:').waitFor();
    await page.keyboard.press('Escape');

    const [made] = [...(sandbox.trello?.state.cards.values() ?? [])];
    expect(made?.desc).toMatch(
      /Requested by ana in \[Slack\]\(.*\), from \[a message by ana\]\(https:.*\) ·/,
    );
    await createTaskOf('The valve');
    await form(page)
      .getByRole('link', { name: made?.name ?? '' })
      .waitFor();
    await form(page).getByLabel('Description').fill('Once more.');
    await form(page).getByRole('button', { name: 'Create another' }).click();
    await expect.poll(() => cards(page, 'To Do').count()).toBe(2);
    await message('The valve').getByRole('button', { name: '4 replies' }).waitFor();
  });

  it('make a card of a reply, and the answer goes into the same thread', async () => {
    await type(page, 'Any news?');
    await message('Any news?').hover();
    await message('Any news?').getByRole('button', { name: 'Reply in thread' }).click();
    const box = thread(page).getByRole('textbox').or(thread(page).getByRole('combobox'));
    await box.fill('It leaks');
    await box.press('Enter');
    const reply = thread(page).getByRole('listitem').filter({ hasText: 'It leaks' });
    await reply.hover();
    await reply.getByRole('button', { name: 'Message actions' }).click();
    await page.getByRole('menuitem', { name: 'Create a task' }).click();
    await form(page).getByLabel('Description').fill('Below 4 degrees.');
    await send(page);
    await thread(page).getByText('is on the board:').waitFor();
    expect(await page.getByRole('list').and(page.locator('#messages')).getByRole('listitem').count()).toBe(1);
  });

  it('answer in a direct message where the app may not post', async () => {
    await channel('engine-room').click();
    await type(page, 'Secret leak');
    await createTaskOf('Secret leak');
    await form(page).getByLabel('Description').fill('Hush.');
    await send(page);
    await page.getByText('Only visible to you', { exact: true }).waitFor();
    await channel(/Task bridge/).click();
    await page.getByText('so updates come here and not to this message’s thread.').waitFor();
  });

  it('open the form from the message box, by keyboard, and answer in a direct message', async () => {
    await page.getByRole('button', { name: 'Shortcuts' }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'New task' }).waitFor();
    await page.keyboard.press('Enter');
    await form(page).getByLabel('Title').fill('Send message');
    await form(page).getByLabel('Description').fill('To Central.');
    await send(page);
    await cards(page, 'To Do').filter({ hasText: 'Send message' }).waitFor();
    await channel(/Task bridge/).click();
    await message('You raised an issue:').waitFor();
    await page.getByRole('button', { name: '1 reply' }).click();
    await thread(page).getByText('is on the board:').waitFor();
  });

  it('are not there where the app is not installed', async () => {
    await type(page, 'Hello');
    await message('Hello').getByRole('button', { name: 'Message actions' }).waitFor({ state: 'attached' });
    sandbox.slack?.uninstall();
    await page.getByRole('button', { name: 'Shortcuts' }).first().waitFor({ state: 'hidden' });
    expect(await message('Hello').getByRole('button', { name: 'Message actions' }).count()).toBe(0);
  });
});
