import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addCard } from '../../../sandbox/trello/cards.ts';
import {
  BROWSER_MISSING,
  cards,
  form,
  messageBox,
  send,
  sharedSandbox,
  TEST_TIMEOUT,
  thread,
  type,
} from './browser.ts';

const TITLE = 'Cockpit loses pressure';

describe.skipIf(BROWSER_MISSING)('a request like a card on the board', { timeout: TEST_TIMEOUT }, () => {
  const shared = sharedSandbox(async ({ trello }) => {
    if (!trello) throw new Error('no Trello');
    const { state, requests } = trello;
    const [board] = state.boards.values();
    const list = board?.lists[0];
    if (!list) throw new Error('no list');
    addCard(state, state.me, list, { name: TITLE });
    const before = requests.of('GET /boards/:id/actions');
    reads = () => requests.of('GET /boards/:id/actions') - before;
  });
  let reads: () => number;
  let visitor: Awaited<ReturnType<typeof shared.visit>>;
  let page: Page;
  beforeEach(async () => {
    visitor = await shared.visit();
    page = visitor.page;
    // The bridge knows the card once it has read the board's history.
    await expect.poll(reads, { timeout: 40_000 }).toBeGreaterThan(1);
  }, TEST_TIMEOUT);
  afterEach(async () => {
    await visitor.close();
    expect(visitor.problems).toEqual([]);
  });

  const similar = () => page.getByRole('dialog', { name: 'Similar cards' });

  async function ask(words: string) {
    await type(page, `/spacex-task issue ${words}`);
    await form(page).getByLabel('Description').fill('It hisses.');
    await send(page);
    await similar().getByRole('link', { name: TITLE }).waitFor();
  }

  it('goes back to the form with everything in it, and makes a card all the same', async () => {
    await ask('The cockpit is losing pressure');
    await similar().getByRole('button', { name: 'Back' }).click();
    await form(page).waitFor();
    expect(await form(page).getByLabel('Title').inputValue()).toBe('The cockpit is losing pressure');
    expect(await form(page).getByLabel('Description').inputValue()).toBe('It hisses.');
    await send(page);
    await similar().getByRole('button', { name: 'Create anyway' }).click();
    await cards(page, 'To Do').filter({ hasText: 'The cockpit is losing pressure' }).waitFor();
    await similar().waitFor({ state: 'hidden' });
    await form(page).waitFor({ state: 'hidden' });
  });

  it('follows the card that is there', async () => {
    await ask('Cockpit pressure loss, cockpit loses pressure');
    const before = await cards(page, 'To Do').count();
    await similar()
      .getByRole('button', { name: `Follow the card ${TITLE}` })
      .click();
    const following = page.getByRole('dialog', { name: 'Following' });
    await following.getByText('Its updates come to a thread in').waitFor();
    await following.getByRole('button', { name: 'Done' }).click();
    await messageBox(page).waitFor();
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    await page.getByText(`@Ana asked about the same: ${TITLE}`, { exact: true }).waitFor();
    await page
      .getByRole('button', { name: /^\d+ repl/ })
      .nth(1)
      .click();
    await thread(page).getByText('The card’s people can see that you asked.').waitFor();
    expect(await cards(page, 'To Do').count()).toBe(before);
  });
});
