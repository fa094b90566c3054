import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import {
  BROWSER_MISSING,
  cards,
  form,
  launch,
  PATIENT,
  send,
  startSandbox,
  thread,
  type,
  visit,
} from './browser.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

let browser: Browser;
let sandbox: Sandbox;

describe.skipIf(BROWSER_MISSING)('the page', { timeout: PATIENT }, () => {
  beforeAll(async () => {
    browser = await launch();
    sandbox = await startSandbox();
  }, PATIENT);
  afterAll(async () => {
    await browser?.close();
    await sandbox?.stop();
  });

  it('shows a title that looks like HTML as text, everywhere', async () => {
    const { page, problems, close } = await visit(browser, sandbox);
    await type(page, HOSTILE);
    await type(page, '/spacex-task');
    await form(page).getByLabel('Title').fill(HOSTILE);
    await form(page)
      .getByLabel('Description')
      .fill(`${HOSTILE}\n\n[${HOSTILE}](javascript:alert(1)) [x](javascript:1)`);
    await send(page);
    await page.getByRole('button', { name: '1 reply' }).click();
    await thread(page).getByText('the card is on the board').waitFor();
    await cards(page, 'To Do').getByRole('button', { name: HOSTILE, exact: true }).click();
    const card = page.getByRole('dialog', { name: HOSTILE });
    await card.getByText('Description').waitFor();
    expect(await card.locator('.description').innerText()).toContain(`${HOSTILE}\n\n[`);
    await card.getByRole('button', { name: 'Close' }).click();
    expect(await page.locator('img:not(.strip-icon)').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThanOrEqual(5);
    expect(problems).toEqual([]);
    await close();
  });

  it('runs no inline script, and loads nothing from elsewhere', async () => {
    const { page, problems, close } = await visit(browser, sandbox);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).origin));
    await page.reload();
    await page.getByText('Bridge connected').waitFor();
    expect(new Set(requests)).toEqual(new Set([new URL(sandbox.url).origin]));
    expect(problems).toEqual([]);
    await expect(page.addScriptTag({ content: 'window.hacked = true' })).rejects.toThrow();
    const attribute = "document.body.setAttribute('onclick', 'window.hacked = true'); document.body.click()";
    await expect(page.evaluate(attribute)).rejects.toThrow('TrustedScript');
    await expect(page.evaluate("document.body.innerHTML = '<b>bold</b>'")).rejects.toThrow('TrustedHTML');
    expect(await page.evaluate("'hacked' in window")).toBe(false);
    await close();
  });

  it('shows one pane at a time on a phone, and no sideways scrolling', async () => {
    const { page, close } = await visit(browser, sandbox, { width: 390, height: 844 });
    const board = page.getByRole('region', { name: 'Mission Control' });
    const slack = page.getByRole('region', { name: 'Slack' });
    expect([await slack.isVisible(), await board.isVisible()]).toEqual([true, false]);
    await page.getByRole('tab', { name: 'Board' }).click();
    expect([await slack.isVisible(), await board.isVisible()]).toEqual([false, true]);
    await page.getByRole('tab', { name: 'Slack' }).click();
    await page.getByRole('button', { name: 'Channels and people' }).click();
    await page.getByRole('button', { name: 'rockets' }).click();
    await page.getByRole('heading', { name: 'rockets', exact: true }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await close();
  });

  it.each([1280, 1000, 800])(
    'keeps everything in its place beside a fault of Trello, %i pixels wide',
    async (width) => {
      const { page, problems, close } = await visit(browser, sandbox, { width, height: 720 });
      const places = () =>
        page.locator('.strip-tool').evaluateAll((tools) =>
          tools.map((tool) => {
            const { left, right, top } = tool.getBoundingClientRect();
            return { left, right, top };
          }),
        );
      const before = await places();
      for (const fault of ['error', 'slow', 'none']) {
        await page.getByLabel('When a card is made, Trello').selectOption(fault);
        await expect
          .poll(() => page.locator('#faults-status').textContent())
          .toMatch(fault === 'none' ? /^$/ : /card/);
        const now = await places();
        for (const [index, place] of now.entries()) {
          expect(place).toMatchObject({ left: before[index]?.left, right: before[index]?.right });
          expect(place.top).toBeGreaterThanOrEqual(0);
          expect(place.right).toBeLessThanOrEqual(width);
        }
      }
      await close();
      expect(problems).toEqual([]);
    },
  );

  it('opens a card from its own address', async () => {
    const { page, close } = await visit(browser, sandbox);
    await type(page, '/spacex-task task A card with an address');
    await form(page).getByLabel('Category').selectOption('Test');
    await send(page);
    await cards(page, 'To Do').filter({ hasText: 'A card with an address' }).waitFor();
    const card = [...(sandbox.trello?.state.cards.values() ?? [])].at(-1);
    await page.goto(`${sandbox.url}c/${card?.shortLink}`);
    await page.getByRole('dialog', { name: 'A card with an address' }).waitFor();
    await close();
  });
});
