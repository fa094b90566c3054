import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { openSandbox, type Sandbox } from '../../../sandbox/sandbox.ts';

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Without Chromium these tests are skipped, unless `REQUIRE_ALL` is set. */
export const BROWSER_MISSING = !existsSync(CHROMIUM) && process.env.REQUIRE_ALL !== '1';

/** For slow machines. Tests wait for conditions, never for a fixed time. Milliseconds. */
export const TEST_TIMEOUT = 60_000;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

export async function startSandbox({ byOAuth = false } = {}): Promise<Sandbox> {
  const options = { sides: 'both' as const, byOAuth, host: '127.0.0.1', port: 0 };
  const sandbox = await openSandbox(options, { LOG_LEVEL: 'silent' });
  await sandbox.start();
  return sandbox;
}

/** Opens the page in a new browser context. `problems` collects its errors. */
export async function visit(browser: Browser, { url }: Sandbox, size = { width: 1280, height: 720 }) {
  const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('dialog', (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  await page.getByText(/^(Bridge connected|Without Task bridge)$/).waitFor({ state: 'attached' });
  return { page, problems, close: () => context.close() };
}

/** A sandbox of its own for each test of a suite, and a page of it, which must show no error. `opened` takes both. */
export function freshSandbox(
  opened: (fresh: { sandbox: Sandbox; page: Page }) => void,
  options?: { byOAuth: boolean },
) {
  let browser: Browser | undefined;
  let sandbox: Sandbox | undefined;
  let visitor: Awaited<ReturnType<typeof visit>> | undefined;
  beforeAll(async () => {
    browser = await launch();
  }, TEST_TIMEOUT);
  afterAll(() => browser?.close());
  beforeEach(async () => {
    sandbox = await startSandbox(options);
    visitor = await visit(browser as Browser, sandbox);
    opened({ sandbox, page: visitor.page });
  }, TEST_TIMEOUT);
  afterEach(async () => {
    await visitor?.close();
    await sandbox?.stop();
    expect(visitor?.problems).toEqual([]);
  });
}

/** One browser and one sandbox for all tests of a suite. `prepare` fills the sandbox. */
export function sharedSandbox(prepare?: (sandbox: Sandbox) => Promise<unknown>) {
  let browser: Browser | undefined;
  let sandbox: Sandbox | undefined;
  const opened = <Part>(part: Part | undefined): Part => {
    if (!part) throw new Error('Only available inside of a test.');
    return part;
  };
  beforeAll(async () => {
    browser = await launch();
    sandbox = await startSandbox();
    await prepare?.(sandbox);
  }, TEST_TIMEOUT);
  afterAll(async () => {
    await browser?.close();
    await sandbox?.stop();
  });
  return {
    sandbox: () => opened(sandbox),
    visit: (size?: { width: number; height: number }) => visit(opened(browser), opened(sandbox), size),
  };
}

export const messageBox = (page: Page) => page.getByRole('combobox', { name: /^Message/ });
export const form = (page: Page) => page.getByRole('dialog', { name: 'New task' });
export const list = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
export const cards = (page: Page, name: string) => list(page, name).getByRole('listitem');
export const thread = (page: Page) => page.getByRole('region', { name: 'Thread', exact: true });

export async function type(page: Page, text: string) {
  await messageBox(page).fill(text);
  await messageBox(page).press('Enter');
}

export async function send(page: Page) {
  await form(page).getByRole('button', { name: 'Create card' }).click();
}

/** Chooses an entry of a menu, by the menu's name. */
export async function choose(page: Page, menu: string, item: string) {
  await page.getByRole('button', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}
