import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { addCard } from '../../../sandbox/trello/cards.ts';
import { BROWSER_MISSING, cards, form, freshSandbox, send, TEST_TIMEOUT, thread, type } from './browser.ts';

let sandbox: Sandbox;
let page: Page;

describe.skipIf(BROWSER_MISSING)('a person on the page', { timeout: TEST_TIMEOUT }, () => {
  freshSandbox((fresh) => {
    ({ sandbox, page } = fresh);
  });

  const onBoard = () => [...(sandbox.trello?.state.cards.values() ?? [])];

  async function openThread() {
    await page.getByRole('button', { name: /^\d+ repl/ }).click();
    await thread(page).getByText('is on the board:').waitFor();
  }

  it('gets a bug onto the board, with its label and a member', async () => {
    await type(page, '/spacex-task bug Cockpit is not depressurizing correctly');
    expect(await form(page).getByLabel('Description').inputValue()).toBe(
      'Cockpit is not depressurizing correctly',
    );
    await send(page);
    const card = cards(page, 'To Do').filter({ hasText: /bug-[a-z]+-\d+/ });
    await card.getByText('Bug', { exact: true }).waitFor();
    expect(await card.getByRole('img', { name: /\w+ \w+/ }).count()).toBeGreaterThan(0);
    await openThread();
  });

  it('has another member drawn in place of the one whom the answer names, after a question', async () => {
    await type(page, '/spacex-task bug Cockpit is not depressurizing correctly');
    await send(page);
    await openThread();
    await thread(page)
      .getByText(/assigned to .+, drawn from 4 members/)
      .waitFor();
    const [first] = onBoard()[0]?.idMembers ?? [];
    const asks = page.getByRole('dialog', { name: 'Draw again?' });
    const press = async (answer: string) => {
      await page
        .getByRole('button', { name: /^Draw another member for the card bug-/ })
        .first()
        .click();
      await asks.getByRole('button', { name: answer, exact: true }).click();
      await asks.waitFor({ state: 'hidden' });
    };
    await press('Keep it');
    await press('Draw again');
    await thread(page)
      .getByText(/^Ana assigned .+ instead of .+$/i)
      .waitFor();
    const members = onBoard()[0]?.idMembers ?? [];
    expect(members).toHaveLength(1);
    expect(members).not.toContain(first);
  });

  it('gets a task onto the board, with the label of its category', async () => {
    await type(page, '/spacex-task task Clean the Rocket');
    await form(page).getByLabel('Category').selectOption('Maintenance');
    await send(page);
    const card = cards(page, 'To Do').filter({ hasText: 'Clean the Rocket' });
    await card.getByText('Maintenance').waitFor();
    await openThread();
    expect(await card.locator('.labels').allInnerTexts()).toEqual(['Maintenance']);
  });

  it('changes the kind and back, and keeps what was typed', async () => {
    await type(page, '/spacex-task');
    await form(page).getByLabel('Title').fill('A title');
    await form(page).getByLabel('Description').fill('Words');
    await form(page).getByLabel('Type').selectOption('bug');
    await form(page).getByLabel('Title').waitFor({ state: 'detached' });
    expect(await form(page).getByLabel('Description').inputValue()).toBe('Words');
    await form(page).getByLabel('Type').selectOption('task');
    await form(page).getByLabel('Category').waitFor();
    expect(await form(page).getByLabel('Title').inputValue()).toBe('A title');
    await form(page).getByLabel('Type').selectOption('issue');
    await form(page).getByLabel('Description').waitFor();
    expect(await form(page).getByLabel('Description').inputValue()).toBe('Words');
  });

  it('sees errors under the fields, Slack’s and the bridge’s', async () => {
    await type(page, '/spacex-task');
    await send(page);
    await expect.poll(() => form(page).getByText('Please complete this required field.').count()).toBe(2);
    await form(page).getByLabel('Title').fill(' \u200b ');
    await form(page).getByLabel('Description').fill('fine');
    await send(page);
    await form(page).getByText('Enter a title.').waitFor();
    expect(await form(page).getByLabel('Title').getAttribute('aria-invalid')).toBe('true');
    expect(await form(page).getByLabel('Description').inputValue()).toBe('fine');
    await page.keyboard.press('Escape');
    await form(page).waitFor({ state: 'hidden' });
    expect(onBoard()).toEqual([]);
  });

  it('gets one card when Trello’s answer is lost', async () => {
    await page.getByLabel('When a card is made, Trello').selectOption('lost');
    await page.getByText('Waits for the next card.').waitFor();
    await type(page, '/spacex-task bug It leaks');
    await send(page);
    await page.getByText('The answer was lost: looking for the card').waitFor();
    await openThread();
    expect(await page.getByLabel('When a card is made, Trello').inputValue()).toBe('none');
    expect(onBoard()).toHaveLength(1);
    expect(await cards(page, 'To Do').count()).toBe(1);
  });

  it('gets the answer as a direct message from a private channel, until the app is invited', async () => {
    const channels = page.getByRole('navigation', { name: 'Channels and direct messages' });
    await channels.getByRole('button', { name: 'engine-room' }).click();
    await type(page, '/spacex-task bug Secret leak');
    await send(page);
    await channels.getByRole('button', { name: /Task bridge.*unread|Task bridge\s*\d/ }).click();
    await page.getByText('so updates come here').waitFor();
    await openThread();
    await channels.getByRole('button', { name: 'engine-room' }).click();
    await type(page, '/invite');
    await page.getByRole('listitem').filter({ hasText: '@Task bridge was added.' }).waitFor();
    await type(page, '/spacex-task bug Another leak');
    await send(page);
    await openThread();
    expect(onBoard()).toHaveLength(2);
  });

  it('gets the usage as an ephemeral message, and can switch to another person', async () => {
    await type(page, '/spacex-task help');
    await page.getByText('Only visible to you', { exact: true }).waitFor();
    await type(page, 'Hello, crew & <all>!');
    await page.getByText('Hello, crew & <all>!').waitFor();
    await page.getByRole('radio', { name: 'Bruno' }).check({ force: true });
    await page.getByText('Hello, crew & <all>!').waitFor();
    expect(await page.getByText('Only visible to you', { exact: true }).count()).toBe(0);
  });

  it('opens a card by its URL', async () => {
    await type(page, '/spacex-task task A card with an address');
    await form(page).getByLabel('Category').selectOption('Test');
    await send(page);
    await cards(page, 'To Do').filter({ hasText: 'A card with an address' }).waitFor();
    await page.goto(`${sandbox.url}c/${onBoard().at(-1)?.shortLink}`);
    const dialog = page.getByRole('dialog', { name: 'A card with an address' });
    await dialog.waitFor();
    expect(await dialog.innerText()).toContain('Requested by ana');
  });

  it('scrolls to the newest card, and moves it as the member that was chosen', async () => {
    const { trello } = sandbox;
    const todo = [...(trello?.state.boards.values() ?? [])][0]?.lists[0];
    if (!trello || !todo) throw new Error('no list');
    for (let count = 1; count <= 30; count += 1)
      addCard(trello.state, trello.state.me, todo, { name: `Card ${count}` });
    await cards(page, 'To Do').filter({ hasText: 'Card 30' }).waitFor();
    await cards(page, 'To Do').first().scrollIntoViewIfNeeded();
    await type(page, '/spacex-task task The newest');
    await form(page).getByLabel('Category').selectOption('Test');
    await send(page);
    const newest = cards(page, 'To Do').filter({ hasText: 'The newest' });
    const list = page.getByRole('list', { name: 'Cards in To Do' });
    await expect
      .poll(
        async () => {
          const [card, view] = [await newest.boundingBox(), await list.boundingBox()];
          return card && view && card.y + card.height <= view.y + view.height;
        },
        { timeout: 15_000 },
      )
      .toBe(true);

    expect(await page.getByLabel('You are', { exact: true }).first().inputValue()).not.toBe(
      trello.state.me.id,
    );
    await page.locator('#board-me').selectOption('Mae Lindqvist');
    await newest.getByRole('button', { name: /^Move/ }).click();
    await page.getByRole('menuitem', { name: 'Doing' }).click();
    await cards(page, 'Doing').filter({ hasText: 'The newest' }).waitFor();
    const mover = [...trello.state.members.values()].find(({ fullName }) => fullName === 'Mae Lindqvist');
    const moved = onBoard().find(({ name }) => name === 'The newest');
    const history = moved?.actions ?? [];
    expect(JSON.stringify(history)).toContain(mover?.id ?? 'nobody');
  });

  it('drags a card to another list', async () => {
    await type(page, '/spacex-task bug It leaks');
    await send(page);
    await cards(page, 'To Do').first().waitFor();
    await cards(page, 'To Do')
      .first()
      .dragTo(page.getByRole('region', { name: 'Doing', exact: true }));
    await cards(page, 'Doing').first().waitFor();
    expect(await cards(page, 'To Do').count()).toBe(0);
  });

  it('can do everything by keyboard', async () => {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('/spa');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await form(page).waitFor();
    await page.keyboard.press('ArrowDown');
    await form(page).getByLabel('Title').waitFor({ state: 'detached' });
    await page.keyboard.press('Tab');
    await page.keyboard.type('It leaks');
    await tabTo(/^Create card$/);
    await page.keyboard.press('Enter');
    await form(page).waitFor({ state: 'hidden' });
    await expect.poll(() => focused()).toBe('Message #mission-control as Ana');
    await page.getByRole('button', { name: '1 reply' }).waitFor();
    await tabTo(/1 reply/, 'Shift+Tab');
    await page.keyboard.press('Enter');
    await thread(page).getByText('is on the board:').waitFor();
    await page.keyboard.press('Escape');
    await thread(page).waitFor({ state: 'hidden' });
    expect(await focused()).toMatch(/1 reply/);
    await tabTo(/^Move “bug-/);
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Doing' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await cards(page, 'Done').first().waitFor();
    await expect.poll(focused).toMatch(/^Move “bug-/);
  });

  /** The name of the focused element. */
  function focused(): Promise<string> {
    return page.evaluate(
      "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
    );
  }

  async function tabTo(name: RegExp, key = 'Tab') {
    for (let steps = 0; steps < 60; steps += 1) {
      await page.keyboard.press(key);
      if (name.test(await focused())) return;
    }
    throw new Error(`The keyboard does not get to ${name}.`);
  }
});
