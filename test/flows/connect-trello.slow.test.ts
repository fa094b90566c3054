import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createConnections } from '../../src/workspaces/connections.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { BROWSER_MISSING, launch, TEST_TIMEOUT } from '../sandbox/browser/browser.ts';
import { silent } from '../store/drivers.ts';
import { type Bridge, publicAddress, startBridge } from '../support/bridge.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';

const SECRET_PARTS = /ATTA|state=|trello-connect=/;
const OTHER_BROWSER =
  'This link was opened in another browser. Go on there, or go back to Slack and press the button again.';

describe.skipIf(BROWSER_MISSING)(
  'connecting a Trello account in a browser',
  { timeout: TEST_TIMEOUT },
  () => {
    let browser: Browser;
    let trello: RunningTrello;
    let bridge: Bridge | undefined;
    let folder: string;
    let address: string;
    let context: BrowserContext;
    let page: Page;
    /** Addresses and headers of all requests, without fragments, which no server sees; and bodies. */
    let requests: string[];
    let bodies: string[];
    /** Whatever code of a stranger would leave behind. */
    let problems: string[];
    /** Addresses for people's browsers. */
    let links: { workspace: string; person: string };

    beforeAll(async () => {
      browser = await launch();
    }, TEST_TIMEOUT);
    afterAll(() => browser?.close());

    beforeEach(async () => {
      trello = await startLocalTrello();
      const { board } = seedMissionBoard(trello.state);
      folder = mkdtempSync(join(tmpdir(), 'connect-'));
      const variables = await publicAddress();
      trello.allowedOrigins.push(variables.PUBLIC_URL ?? '');
      address = `${variables.PUBLIC_URL}/connect/trello`;
      const states = await inStore(async ({ records }) => {
        const { begin } = createConnections({ records });
        return [
          await begin({ team: 'T1', user: 'U1', purpose: 'workspace' }),
          await begin({ team: 'T1', user: 'U2', purpose: 'person' }),
        ] as const;
      });
      links = { workspace: `${address}?state=${states[0]}`, person: `${address}?state=${states[1]}` };
      bridge = await startBridge(
        { url: trello.url, board: board.shortLink },
        { environment: { ...variables, STORE_URL: storeUrl(), ENCRYPTION_KEYS: asSetting(aKey('one')) } },
      );
      ({ context, page } = await newBrowser());
    });

    afterEach(async () => {
      await context.close();
      await bridge?.stop();
      await trello.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Resolves with its log. */
    async function stopBridge(): Promise<string> {
      const stopped = bridge;
      bridge = undefined;
      await stopped?.stop();
      return stopped?.lines.join('') ?? '';
    }

    const storeUrl = () => `sqlite:${join(folder, 'bridge.db')}`;

    /** Uses the store while no bridge holds it. */
    async function inStore<T>(use: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
      const store = await openStore({ url: storeUrl(), log: silent, retentionDays: 30 });
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    }

    async function newBrowser(options: Parameters<Browser['newContext']>[0] = {}) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      [requests, bodies, problems] = [[], [], []];
      context.on('request', (request) => {
        requests.push(`${request.url().replace(/#.*/, '')} ${JSON.stringify(request.headers())}`);
        bodies.push(request.postData() ?? '');
      });
      page.on('dialog', (dialog) => {
        problems.push(dialog.message());
        void dialog.dismiss();
      });
      page.on('pageerror', (error) => problems.push(error.message));
      return { context, page };
    }

    const said = (at = page) => at.getByRole('status').innerText();
    const says = (sentence: string | RegExp, at = page) =>
      expect.poll(() => said(at), { timeout: 20_000 }).toMatch(sentence);

    async function decide(link: string, member: string, decision: 'Allow' | 'Deny') {
      await page.goto(link);
      await page.getByLabel('Your account').selectOption(member);
      await page.getByRole('button', { name: decision }).click();
    }

    it('ends with “Connected as …”, and the token is nowhere but in the store', async () => {
      await decide(links.workspace, 'Sally Okafor', 'Allow');
      await says('Connected as Sally Okafor. Go back to Slack.');
      const sally = [...trello.state.members.values()].find(({ fullName }) => fullName === 'Sally Okafor');
      const token = sally && trello.grantsOf(sally)[0]?.token;
      if (token === undefined) throw new Error('no token was given');
      // It was there, and its look is the one that is searched for.
      expect(token).toMatch(SECRET_PARTS);
      expect(bodies.filter((body) => body.includes(token))).toHaveLength(1);

      expect(page.url()).toBe(address);
      const session = await context.newCDPSession(page);
      const { entries } = await session.send('Page.getNavigationHistory');
      expect(entries.map(({ url }) => url).join('\n')).not.toMatch(SECRET_PARTS);
      const kept = await page.evaluate(
        '[document.documentElement.outerHTML, document.referrer, JSON.stringify(history.state), JSON.stringify({ ...sessionStorage, ...localStorage })].join("\\n")',
      );
      expect(kept).toContain('Connected as Sally Okafor');
      expect(kept).not.toMatch(SECRET_PARTS);
      expect(JSON.stringify(await context.cookies())).not.toContain(token);
      expect(requests.filter((request) => request.includes(token))).toEqual([]);
      expect(requests.filter((request) => /"referer":"[^"]*(token|state)=/.test(request))).toEqual([]);
      // Back and forward again sends nothing more.
      await page.goBack();
      await page.goForward();
      await says('There is nothing to connect here.');
      expect(bodies.filter((body) => body.includes(token))).toHaveLength(1);
      expect(problems).toEqual([]);

      const log = await stopBridge();
      expect(log).toContain('/connect/trello');
      expect(log).not.toMatch(SECRET_PARTS);
      await inStore(async ({ records, audit }) => {
        const entries = createAudit(audit);
        const { accounts } = createWorkspaces({ records, vault: createVault([aKey('one')]), audit: entries });
        const [account] = await accounts.list('T1');
        expect(account).toMatchObject({ username: 'sallyokafor', by: 'U1' });
        expect(await account?.token?.()).toBe(token);
        expect(await entries.after('', 10)).toMatchObject([{ who: 'U1', act: 'connected' }]);
      });
    });

    it('connects two at the same time in one browser, each to what its tab began with', async () => {
      const other = await context.newPage();
      await page.goto(links.workspace);
      await other.goto(links.person);
      await page.getByLabel('Your account').selectOption('Sally Okafor');
      await other.getByLabel('Your account').selectOption('Mae Lindqvist');
      await page.getByRole('button', { name: 'Allow' }).click();
      await says('Connected as Sally Okafor.');
      await other.getByRole('button', { name: 'Allow' }).click();
      await says('Connected as Mae Lindqvist.', other);
      await stopBridge();
      await inStore(async ({ records, audit }) => {
        const { accounts, people } = createWorkspaces({
          records,
          vault: createVault([aKey('one')]),
          audit: createAudit(audit),
        });
        expect((await accounts.list('T1')).map(({ fullName }) => fullName)).toEqual(['Sally Okafor']);
        expect((await people.account({ team: 'T1', user: 'U2' }))?.fullName).toBe('Mae Lindqvist');
      });
    });

    it('tells in a sentence that it was not allowed', async () => {
      await decide(links.workspace, 'Sally Okafor', 'Deny');
      await says('Nothing was connected: Trello was not allowed to.');
      expect(page.url()).toBe(address);
      expect(bodies.join('')).not.toContain('token');
    });

    it('goes no further in another browser', async () => {
      await page.goto(links.workspace);
      await page.getByRole('button', { name: 'Allow' }).waitFor();
      const other = await newBrowser();
      await other.page.goto(links.workspace);
      expect(await said(other.page)).toBe(OTHER_BROWSER);
      await other.context.close();
    });

    it('says what it needs where scripts are off', async () => {
      const other = await newBrowser({ javaScriptEnabled: false });
      await other.page.goto(links.workspace);
      expect(await said(other.page)).toMatch(/^One moment… If nothing happens, switch JavaScript on/);
      await other.context.close();
    });

    const MARKUP = '<img src=x onerror=alert(1)><script>alert(2)</script>';
    it.each([
      ['the state', (at: string) => `${at}?state="><script>alert(1)</script>`, /^This link isn’t valid\./],
      [
        'the token',
        (at: string) => `${at}#token=${encodeURIComponent(MARKUP)}`,
        /^This page doesn’t know what to connect\./,
      ],
      ['the error', (at: string) => `${at}#error=${encodeURIComponent(MARKUP)}`, /^Nothing was connected/],
      ['the fragment', (at: string) => `${at}#${MARKUP}`, /^There is nothing to connect here\./],
    ])('runs no code that stands in %s', async (_, link, sentence) => {
      await page.goto(link(address));
      await says(sentence);
      expect(await page.locator('img, script:not([src="connect.js"])').count()).toBe(0);
      expect(await page.content()).not.toMatch(/alert|onerror/);
      expect(problems).toEqual([]);
    });

    it('takes no token that came with a link', async () => {
      trello.grant('a-token-of-mallory', trello.person('Mae Lindqvist').member);
      await page.goto(`${links.workspace}#token=a-token-of-mallory`);
      await page.getByRole('button', { name: 'Allow' }).waitFor();
      expect(bodies.join('')).not.toContain('mallory');
    });

    it('runs nothing that is put into the page, and is shown in no frame', async () => {
      await page.goto(address);
      await says('There is nothing to connect here.');
      await expect(page.addScriptTag({ content: 'window.hacked = true' })).rejects.toThrow();
      await expect(page.evaluate("document.body.innerHTML = '<b>bold</b>'")).rejects.toThrow('TrustedHTML');
      expect(await page.evaluate("'hacked' in window")).toBe(false);
      await page.goto('about:blank');
      await page.setContent(`<iframe src="${address}"></iframe>`);
      await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
    });
  },
);
