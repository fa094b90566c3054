import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { connectWorkspace } from '../../support/connecting.ts';
import { beginInstallation, finishInstallation } from '../../support/installing.ts';
import {
  BROWSER_MISSING,
  cards,
  choose,
  form,
  freshSandbox,
  messageBox,
  send,
  TEST_TIMEOUT,
  thread,
  type,
} from './browser.ts';

let sandbox: Sandbox;
let page: Page;

const setup = () => page.getByRole('dialog', { name: 'Setup' });
const boardForm = () => page.getByRole('dialog', { name: 'Choose a board' });
const said = (text: string) => page.locator('#messages').getByText(text);

describe.skipIf(BROWSER_MISSING)('the setup, on the page of the sandbox', { timeout: TEST_TIMEOUT }, () => {
  freshSandbox(
    (fresh) => {
      ({ sandbox, page } = fresh);
    },
    { byOAuth: true },
  );

  it('goes from nothing to the first card in four clicks after the installation', async () => {
    await byMouse('Install Task bridge', 'Allow', 'The app is installed in SpaceX');
    await page.getByText('Bridge connected').waitFor();
    await page.getByRole('button', { name: '/spacex-task setup' }).click();
    await page.getByRole('button', { name: 'Send' }).first().click();

    await byMouse('Connect Trello', 'Allow', 'Connected as Valentina Ruiz. Go back to Slack.');
    await setup().getByRole('button', { name: 'Use this board' }).click();
    await said('Cards from #mission-control go to To Do on Mission Control.').waitFor();
    expect(await setup().isVisible()).toBe(false);
    await type(page, '/spacex-task bug It leaks');
    await send(page);
    await cards(page, 'To Do').filter({ hasText: 'Bug' }).waitFor();
    await page.getByRole('button', { name: '1 reply' }).waitFor();

    // The other workspace has nothing of it, and is removed and installed by itself.
    await choose(page, 'Workspaces', 'Go to Starlink');
    await page.getByText('Task bridge is not installed in Starlink yet.').waitFor();
    await byMouse('Install Task bridge', 'Allow', 'The app is installed in Starlink');
    await page.getByText('Bridge connected').waitFor();
    await type(page, '/spacex-task setup');
    await setup().getByText('Two steps: connect a Trello account').waitFor();
    await setup().getByRole('button', { name: 'Close' }).last().click();
    await choose(page, 'Workspaces', 'Remove Task bridge from Starlink…');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Task bridge is not installed in Starlink yet.').waitFor();
    expect(sandbox.slack?.workspaces.map((side) => side.isInstalled())).toEqual([true, false]);
  });

  it('gives a channel a board of its own, repairs that, and takes the route back', async () => {
    await setUpAsBruno();
    await type(page, '/spacex-task setup');
    await setup().getByText('Everything is in place.').waitFor();
    await setup().getByRole('button', { name: 'Change the board Mission Control' }).click();
    await boardForm().getByLabel('Board', { exact: true }).selectOption('Ground Control');
    await expect
      .poll(() => boardForm().getByLabel('List for new cards').locator('option').allInnerTexts())
      .toEqual(['To Do – Not on the board yet', 'Inbox', 'Doing', 'Done']);
    await boardForm().getByLabel('Only #mission-control').check();
    await boardForm().getByRole('button', { name: 'Use this board' }).click();

    await setup().getByText('The board “Ground Control” has no list “To Do”.').waitFor();
    const route = setup().getByLabel('Board for #mission-control');
    expect(await chosenIn(route)).toBe('Ground Control');
    await setup().getByText('Adds the list “To Do”.').waitFor();
    await setup().getByRole('button', { name: 'Fix the board Ground Control' }).click();
    await setup().getByText('Everything is in place.').waitFor();
    expect(await setup().getByRole('button', { name: /^Fix/ }).count()).toBe(0);
    await setup().getByRole('button', { name: 'Save' }).click();
    await setup().waitFor({ state: 'hidden' });

    await type(page, '/spacex-task bug It leaks');
    await form(page).getByText('Creates a card in To Do on Ground Control.').waitFor();
    await send(page);
    await choose(page, 'Boards', 'Go to Ground Control');
    await cards(page, 'To Do').filter({ hasText: 'Bug' }).waitFor();

    await type(page, '/spacex-task setup');
    await route.selectOption('Workspace default: Mission Control');
    await setup().getByRole('button', { name: 'Save' }).click();
    await setup().waitFor({ state: 'hidden' });
    await type(page, '/spacex-task bug It leaks');
    await form(page).getByText('Creates a card in To Do on Mission Control.').waitFor();
  });

  it('asks before Trello is disconnected, and connects it again', async () => {
    await setUpAsBruno();
    await type(page, '/spacex-task setup');
    const question = page.getByRole('dialog', { name: 'Disconnect Trello?' });
    await setup().getByRole('button', { name: 'Disconnect…' }).click();
    await question.getByText('New cards wait and threads stop').waitFor();
    await question.getByRole('button', { name: 'Keep it' }).click();
    await question.waitFor({ state: 'detached' });
    await setup().getByText('Valentina Ruiz, connected by').waitFor();
    await setup().getByRole('button', { name: 'Disconnect…' }).click();
    await question.getByRole('button', { name: 'Disconnect' }).click();
    await setup().getByText('Two steps: connect a Trello account').waitFor();
    await byMouse('Connect Trello', 'Allow', 'Connected as Valentina Ruiz.');
    await setup().getByText('Everything is in place.').waitFor();
    expect(await setup().getByText('Mission Control · new cards in To Do').count()).toBe(1);
  });

  it('lets a person connect an account of their own, and makes their edits with it', async () => {
    await setUpAsBruno();
    await type(page, '/spacex-task bug It leaks');
    await send(page);
    await page.getByRole('button', { name: '1 reply' }).waitFor();
    await type(page, '/spacex-task me');
    const me = page.getByRole('dialog', { name: 'You and Trello' });
    await byMouse('Connect my account', 'Allow', 'Connected as Sally Okafor.', 'Sally Okafor');
    await page.keyboard.press('Escape');
    await me.waitFor({ state: 'hidden' });
    await type(page, '/spacex-task me');
    await me.getByText('Connected as Sally Okafor on ').waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: /^Move the card/ }).click();
    const move = page.getByRole('dialog', { name: 'Move card' });
    await move.getByLabel('Doing').check();
    await move.getByRole('button', { name: 'Move' }).click();
    await page.getByRole('button', { name: '2 replies' }).click();
    await thread(page).getByText('Sally Okafor moved it to').waitFor();
    const [card] = sandbox.trello?.state.cards.values() ?? [];
    const moved = card?.actions.find(({ data }) => 'idList' in ((data.old ?? {}) as object));
    expect(moved?.idMemberCreator).toBe(sandbox.trello?.person('Sally Okafor').member.id);
  });

  it('can be done by the keyboard alone', async () => {
    await tabTo(/^Install Task bridge$/, page);
    await byKeyboard('Allow', 'The app is installed in SpaceX');
    await page.getByText('Bridge connected').waitFor();
    await tabTo(/^Message #mission-control/, page);
    await page.keyboard.type('/spacex-task setup');
    await page.keyboard.press('Enter');
    await expectFocus('Connect Trello');
    await expectAllReached(['Connect Trello', 'Close', 'Close']);

    await tabTo(/^Connect Trello$/, page);
    await byKeyboard('Allow', 'Connected as Valentina Ruiz.');
    await setup().getByRole('button', { name: 'Use this board' }).waitFor();
    await expectFocus('Board');
    await expectAllReached(['Board', 'Create a board…', 'Close', 'Use this board', 'Close']);
    await tabTo(/^Use this board$/, page);
    await page.keyboard.press('Enter');
    await said('Cards from #mission-control go to To Do on Mission Control.').waitFor();
    await expectFocus('Message #mission-control as Ana');

    await page.keyboard.type('/spacex-task bug It leaks');
    await page.keyboard.press('Enter');
    await expectFocus('Type');
    await tabTo(/^Create card$/, page);
    await page.keyboard.press('Enter');
    await cards(page, 'To Do').filter({ hasText: 'Bug' }).waitFor();
    await expectFocus('Message #mission-control as Ana');

    await page.keyboard.type('/spacex-task setup');
    await page.keyboard.press('Enter');
    await expectFocus('Change the board Mission Control');
    await expectAllReached([
      'Change the board Mission Control',
      'Board for #mission-control',
      'Reconnect',
      'Disconnect…',
      'Ana',
      'Bruno',
      'Chen',
      'Close',
      'Save',
      'Close',
    ]);
    await tabTo(/^Change the board/, page);
    await page.keyboard.press('Enter');
    await boardForm().waitFor();
    await expectFocus('Board');
    await expectAllReached([
      'Board',
      'Create a board…',
      'List for new cards',
      'List of finished cards',
      // Who is never drawn.
      ...membersOf('Mission Control').filter((name) => !name.startsWith('Valentina Ruiz')),
      'Every channel without a board of its own',
      'Back',
      'Use this board',
      'Close',
    ]);
    await page.keyboard.press('Escape');
    await setup().waitFor();
    await expectFocus('Change the board Mission Control');

    await tabTo(/^Disconnect…$/, page);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Disconnect Trello?' }).waitFor();
    await expectFocus('Keep it');
    await page.keyboard.press('Escape');
    await expectFocus('Disconnect…');
    await page.keyboard.press('Escape');
    await setup().waitFor({ state: 'hidden' });
    await expectFocus('Message #mission-control as Ana');
    expect(await messageBox(page).inputValue()).toBe('');
  });

  /** Presses a link that opens a page of its own, chooses an account there, decides, and comes back. */
  async function byMouse(link: string, decision: string, outcome: string, account?: string) {
    const other = await opened(() => page.getByRole('link', { name: link }).click());
    if (account) await other.getByRole('combobox').selectOption(account);
    await other.getByRole('button', { name: decision }).click();
    await other.getByText(outcome).waitFor();
    await other.close();
  }

  /** The same from a link that has the focus, with what is chosen there already. */
  async function byKeyboard(decision: string, outcome: string) {
    const other = await opened(() => page.keyboard.press('Enter'));
    await other.getByRole('button', { name: decision }).waitFor();
    await tabTo(new RegExp(`^${decision}$`), other);
    await other.keyboard.press('Enter');
    await other.getByText(outcome).waitFor();
    await other.close();
  }

  async function opened(act: () => Promise<void>): Promise<Page> {
    const [other] = await Promise.all([page.context().waitForEvent('page'), act()]);
    return other;
  }

  /** Bruno has installed the app in SpaceX and chosen Mission Control; one is him on the page. */
  async function setUpAsBruno() {
    const { slack, trello, url } = sandbox;
    if (!slack || !trello) throw new Error('Both sides are local.');
    const { page: consent, cookie } = await beginInstallation(url.replace(/\/$/, ''));
    const back = slack.decide(consent, { team: slack.workspace.team.id, user: 'Bruno' });
    await finishInstallation(back, cookie);
    await connectWorkspace(slack, trello, trello.state.me);
    await page.getByRole('radio', { name: 'Bruno' }).check({ force: true });
    await page.getByText('Bridge connected').waitFor();
  }

  async function expectFocus(name: string) {
    await expect.poll(() => focused(page), { timeout: 15_000 }).toBe(name);
  }

  /** One round with Tab gets to these, and to nothing else. */
  async function expectAllReached(names: readonly string[]) {
    const reached: string[] = [];
    for (let steps = 0; steps <= names.length; steps += 1) {
      reached.push(await focused(page));
      await page.keyboard.press('Tab');
    }
    // Between the last and the first is the browser itself.
    expect(reached.filter((name) => name !== '').sort()).toEqual([...names].sort());
  }
});

/** The accessible name of what has the focus; nothing for the page itself. */
function focused(of: Page): Promise<string> {
  return of.evaluate(
    `(({ activeElement: one }) => one === document.body ? '' :
      one.getAttribute('aria-label') ?? (one.labels?.[0] ?? one).textContent.trim())(document)`,
  );
}

async function tabTo(name: RegExp, on: Page) {
  for (let steps = 0; steps < 60; steps += 1) {
    if (name.test(await focused(on))) return;
    await on.keyboard.press('Tab');
  }
  throw new Error(`The keyboard does not get to ${name}.`);
}

/** As a form names the members of a board. */
function membersOf(name: string): string[] {
  const state = sandbox.trello?.state;
  const board = [...(state?.boards.values() ?? [])].find((one) => one.name === name);
  return (board?.memberships ?? []).flatMap(({ idMember }) => {
    const member = state?.members.get(idMember);
    return member ? [`${member.fullName} (@${member.username})`] : [];
  });
}

function chosenIn(select: Locator): Promise<string> {
  return select.locator('option:checked').innerText();
}
