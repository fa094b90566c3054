import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { playScene } from '../../../sandbox/scene.ts';
import { BROWSER_MISSING, PATIENT, sharedSandbox, type } from './browser.ts';

/** How far the end of the conversation is below what can be seen, in pixels. */
const belowTheFold = (page: Page) =>
  page
    .locator('#messages-scroller')
    .evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
/** To the top, and something comes before the browser has told the page of it. */
const scrollToTopWhileMoreComes = (page: Page) =>
  page.locator('#messages-scroller').evaluate((scroller) => {
    scroller.scrollTop = 0;
    const more = scroller.ownerDocument.createElement('li');
    more.style.height = '50px';
    scroller.querySelector('#messages')?.append(more);
  });
const answersToMe = (page: Page) => page.locator('#messages .ephemeral');

describe.skipIf(BROWSER_MISSING)('who reads a long conversation', { timeout: PATIENT }, () => {
  const { sandbox, visit } = sharedSandbox(playScene);

  it.each([
    ['a desktop', { width: 1280, height: 720 }],
    ['a phone', { width: 390, height: 844 }],
  ])('begins at its end, goes on there, and stays where they have gone, on %s', async (_name, size) => {
    const { page, problems, close } = await visit(size);
    const answered = await answersToMe(page).count();
    await expect.poll(() => belowTheFold(page)).toBe(0);

    await type(page, '/spacex-task help');
    await expect.poll(() => answersToMe(page).count()).toBe(answered + 1);
    await expect.poll(() => belowTheFold(page)).toBe(0);

    await scrollToTopWhileMoreComes(page);
    const text = `Somebody else, to a reader of ${size.width} pixels`;
    sandbox().slack?.say({ user: 'Bruno', channel: '#mission-control', text });
    await page.getByText(text, { exact: true }).waitFor();
    expect(await belowTheFold(page)).toBeGreaterThan(100);

    await type(page, '/spacex-task help');
    await expect.poll(() => answersToMe(page).count()).toBe(answered + 2);
    await expect.poll(() => belowTheFold(page)).toBe(0);
    await close();
    expect(problems).toEqual([]);
  });
});
