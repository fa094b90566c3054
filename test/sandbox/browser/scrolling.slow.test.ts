import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { playScene } from '../../../sandbox/scene.ts';
import { BROWSER_MISSING, sharedSandbox, TEST_TIMEOUT, type } from './browser.ts';

/** The distance from the visible part of the conversation to its end, in pixels. */
const belowTheFold = (page: Page) =>
  page
    .locator('#messages-scroller')
    .evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
/** Scrolls to the top, and adds content before the browser sends the scroll event. */
const scrollToTopWhileMoreComes = (page: Page) =>
  page.locator('#messages-scroller').evaluate((scroller) => {
    scroller.scrollTop = 0;
    const more = scroller.ownerDocument.createElement('li');
    more.style.height = '50px';
    scroller.querySelector('#messages')?.append(more);
  });
const answersToMe = (page: Page) => page.locator('#messages .ephemeral');

describe.skipIf(BROWSER_MISSING)('a long conversation', { timeout: TEST_TIMEOUT }, () => {
  const { sandbox, visit } = sharedSandbox(playScene);

  it.each([
    ['a desktop', { width: 1280, height: 720 }],
    ['a phone', { width: 390, height: 844 }],
  ])(
    'opens at its end, stays there with new messages, and stays where a person has scrolled, on %s',
    async (_name, size) => {
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
    },
  );
});
