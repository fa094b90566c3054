import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { openSandbox } from './sandbox.ts';
import { playScene } from './scene.ts';

/** Takes the README's screenshot of the running page. */
const FILE = resolve(import.meta.dirname, '../docs/sandbox.png');
const LARGEST = 300_000;
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];

const sandbox = await openSandbox({ sides: 'both', host: '127.0.0.1', port: 0 }, { LOG_LEVEL: 'error' });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: [...FLAGS, '--disable-component-update', '--disable-sync'],
});
try {
  await sandbox.start();
  const { threadOf } = await playScene(sandbox);
  const page = await browser.newPage({
    viewport: { width: 1280, height: 720 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Lisbon',
    locale: 'en-US',
  });
  await page.goto(sandbox.url);
  await page.locator(`#messages [data-key="${threadOf}"] [data-focus="thread"]`).click();
  await page
    .getByRole('region', { name: 'Thread', exact: true })
    .getByText('Thanks, the crew knows.')
    .waitFor();
  await page.mouse.move(0, 0);
  const picture = await page.screenshot();
  if (picture.length > LARGEST) throw new Error(`The picture has ${picture.length} bytes.`);
  writeFileSync(FILE, picture);
  process.stdout.write(`${FILE}: ${picture.length} bytes\n`);
} finally {
  await browser.close();
  await sandbox.stop();
}
