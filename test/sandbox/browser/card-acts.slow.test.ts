import { afterEach, describe, expect, it } from 'vitest';
import { BROWSER_MISSING, cards, sharedSandbox, TEST_TIMEOUT, type visit } from './browser.ts';

describe.skipIf(BROWSER_MISSING)('a member of the board', { timeout: TEST_TIMEOUT }, () => {
  const shared = sharedSandbox();
  let visitor: Awaited<ReturnType<typeof visit>> | undefined;
  afterEach(async () => {
    const problems = visitor?.problems;
    await visitor?.close();
    expect(problems).toEqual([]);
  });

  it('comments, joins, dates, completes, archives, sends back and deletes, by keyboard, in the card’s dialog', async () => {
    visitor = await shared.visit();
    const { page } = visitor;
    const { trello } = shared.sandbox();
    if (!trello) throw new Error('no Trello');
    const [board] = [...trello.state.boards.values()];
    const [toDo] = board?.lists ?? [];
    if (!toDo) throw new Error('no list');
    const card = trello.person('Yuri Tanaka').create(toDo, 'Leak');

    const open = cards(page, 'To Do').getByRole('button', { name: 'Leak', exact: true });
    await open.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Leak' });
    await dialog.getByLabel('As', { exact: true }).selectOption('Mae Lindqvist');
    const comment = dialog.getByLabel('Comment', { exact: true });
    await comment.focus();
    await page.keyboard.type('Wet <b>floor</b>');
    // A change by somebody else leaves what is typed, and the focus.
    trello.person('Sally Okafor').complete(card.id);
    await dialog.getByText('complete', { exact: true }).waitFor();
    await page.keyboard.type('!');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.getByRole('list').getByText('Wet <b>floor</b>!').waitFor();

    const press = async (name: string) => {
      await dialog.getByRole('button', { name, exact: true }).focus();
      await page.keyboard.press('Enter');
    };
    await press('Reopen');
    await dialog.getByRole('button', { name: 'Mark complete', exact: true }).waitFor();
    await press('Join');
    await dialog.getByRole('button', { name: 'Leave', exact: true }).waitFor();
    await dialog.getByLabel('Due', { exact: true }).fill('2031-04-12');
    await press('Set date');
    await dialog.getByText('2031-04-12').waitFor();
    await press('Archive');
    await press('Send to board');
    await dialog.getByRole('button', { name: 'Archive', exact: true }).waitFor();
    expect(card.actions.map(({ type }) => type)).toEqual([
      'createCard',
      'updateCard',
      'commentCard',
      'updateCard',
      'addMemberToCard',
      'updateCard',
      'updateCard',
      'updateCard',
    ]);
    expect(card.actions.at(-1)?.idMemberCreator).toBe(trello.person('Mae Lindqvist').member.id);

    await press('Archive');
    await press('Delete');
    await dialog.waitFor({ state: 'hidden' });
    expect(trello.state.cards.has(card.id)).toBe(false);
  });
});
