import { describe, expect, it } from 'vitest';
import { BROWSER_MISSING, cards, form, send, sharedSandbox, TEST_TIMEOUT, thread, type } from './browser.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

describe.skipIf(BROWSER_MISSING)('the page, under attack', { timeout: TEST_TIMEOUT }, () => {
  const { sandbox, visit } = sharedSandbox();

  it('shows a title that looks like HTML as text, everywhere', async () => {
    const { page, problems, close } = await visit();
    await type(page, HOSTILE);
    await type(page, '/spacex-task');
    await form(page).getByLabel('Title').fill(HOSTILE);
    await form(page)
      .getByLabel('Description')
      .fill(`${HOSTILE}\n\n[${HOSTILE}](javascript:alert(1)) [x](javascript:1)`);
    await send(page);
    await page.getByRole('button', { name: '1 reply' }).click();
    await thread(page).getByText('is on the board:').waitFor();
    await cards(page, 'To Do').getByRole('button', { name: HOSTILE, exact: true }).click();
    const card = page.getByRole('dialog', { name: HOSTILE });
    await card.getByText('Description').waitFor();
    expect(await card.locator('.description').innerText()).toContain(`${HOSTILE}\n\n${HOSTILE} x`);
    await card.getByRole('button', { name: 'Close' }).click();
    expect(await page.locator('img:not(.strip-icon)').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThanOrEqual(5);
    expect(problems).toEqual([]);
    await close();
  });

  it('runs no inline script, and loads nothing of another origin', async () => {
    const { page, problems, close } = await visit();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).origin));
    await page.reload();
    await page.getByText('Bridge connected').waitFor();
    expect(new Set(requests)).toEqual(new Set([new URL(sandbox().url).origin]));
    expect(problems).toEqual([]);
    await expect(page.addScriptTag({ content: 'window.hacked = true' })).rejects.toThrow();
    const attribute = "document.body.setAttribute('onclick', 'window.hacked = true'); document.body.click()";
    await expect(page.evaluate(attribute)).rejects.toThrow('TrustedScript');
    await expect(page.evaluate("document.body.innerHTML = '<b>bold</b>'")).rejects.toThrow('TrustedHTML');
    expect(await page.evaluate("'hacked' in window")).toBe(false);
    await close();
  });
});
