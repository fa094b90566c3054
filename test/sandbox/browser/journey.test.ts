import { describe, expect, it } from 'vitest';
import { BROWSER_MISSING, cards, form, send, sharedSandbox, TEST_TIMEOUT, thread, type } from './browser.ts';

describe.skipIf(BROWSER_MISSING)('a person on the page', { timeout: TEST_TIMEOUT }, () => {
  const { sandbox, visit } = sharedSandbox();

  it('gets an issue from the command to the board, and its link in the thread', async () => {
    const { page, problems, close } = await visit();
    await type(page, '/spacex-task');
    await form(page).getByLabel('Title').fill('Send message');
    await form(page).getByLabel('Description').fill('Let pilots send messages to Central');
    await send(page);
    await cards(page, 'To Do').filter({ hasText: 'Send message' }).waitFor();
    await form(page).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: /^\d+ repl/ }).click();
    await thread(page).getByText('is on the board:').waitFor();
    await thread(page).getByRole('link', { name: 'Send message', exact: true }).click();
    const card = page.getByRole('dialog', { name: 'Send message' });
    await card.getByText('Let pilots send messages to Central').waitFor();
    await card.getByRole('link', { name: 'Slack' }).click();
    await card.waitFor({ state: 'hidden' });
    expect(await thread(page).isVisible()).toBe(true);
    expect([...(sandbox().trello?.state.cards.values() ?? [])]).toHaveLength(1);
    await close();
    expect(problems).toEqual([]);
  });
});
