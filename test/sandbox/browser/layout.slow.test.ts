import { describe, expect, it } from 'vitest';
import { BROWSER_MISSING, sharedSandbox, TEST_TIMEOUT } from './browser.ts';

describe.skipIf(BROWSER_MISSING)('the page', { timeout: TEST_TIMEOUT }, () => {
  const { visit } = sharedSandbox();

  it('shows one pane at a time on a phone, without horizontal scrolling', async () => {
    const { page, close } = await visit({ width: 390, height: 844 });
    const board = page.getByRole('region', { name: 'Mission Control' });
    const slack = page.getByRole('region', { name: 'Slack' });
    expect([await slack.isVisible(), await board.isVisible()]).toEqual([true, false]);
    await page.getByRole('tab', { name: 'Board' }).click();
    expect([await slack.isVisible(), await board.isVisible()]).toEqual([false, true]);
    const name = await page.getByRole('heading', { name: 'Mission Control' }).boundingBox();
    expect(name?.width).toBeGreaterThan(100);
    await page.getByRole('tab', { name: 'Slack' }).click();
    await page.getByRole('button', { name: 'Channels and people' }).click();
    await page.getByRole('button', { name: 'rockets' }).click();
    await page.getByRole('heading', { name: 'rockets', exact: true }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await close();
  });

  it('says beside the switch what became of a fault, until it has passed', async () => {
    const { page, close } = await visit({ width: 1440, height: 900 });
    const select = page.getByLabel('When a card is made, Trello');
    await select.selectOption('slow');
    const status = page.getByText('Every card, until you switch back.');
    await status.waitFor();
    const [one, other] = [await select.boundingBox(), await status.boundingBox()];
    expect(other?.x).toBeGreaterThan((one?.x ?? 0) + (one?.width ?? 0));
    expect(other?.y).toBeLessThan((one?.y ?? 0) + (one?.height ?? 0));
    await select.selectOption('none');
    await status.waitFor({ state: 'detached' });
    await close();
  });

  it('shows the board’s whole name beside who one is', async () => {
    const { page, close } = await visit({ width: 1280, height: 720 });
    const name = page.getByRole('heading', { name: 'Mission Control' });
    expect(await name.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    expect(await page.getByRole('combobox', { name: 'Message #mission-control as Ana' }).count()).toBe(1);
    await close();
  });

  it.each([1280, 1000, 800])(
    'keeps everything in its place beside a fault of Trello, %i pixels wide',
    async (width) => {
      const { page, problems, close } = await visit({ width, height: 720 });
      const places = () =>
        page.locator('.strip-tool').evaluateAll((tools) =>
          tools.map((tool) => {
            const { left, right, top } = tool.getBoundingClientRect();
            return { left, right, top };
          }),
        );
      const before = await places();
      const faults = {
        error: 'Waits for the next card.',
        slow: 'Every card, until you switch back.',
        none: '',
      };
      for (const [fault, said] of Object.entries(faults)) {
        await page.getByLabel('When a card is made, Trello').selectOption(fault);
        await expect.poll(() => page.locator('#faults-status').textContent()).toBe(said);
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
});
