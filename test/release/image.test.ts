import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { readConfig } from '../../src/config.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The Dockerfile's instructions, with continued lines joined. */
const instructions = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [name = '', ...rest] = line.trim().split(/\s+/);
    return { name, text: rest.join(' ') };
  });
const ofName = (name: string) => instructions.filter((one) => one.name === name).map(({ text }) => text);

/** What .dockerignore lets into the build: it shuts out everything and then opens single paths. */
const [everything, ...ignored] = readFileSync(join(ROOT, '.dockerignore'), 'utf8').trim().split('\n');
const opened = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));

describe('the image', () => {
  it('has the Node that the tests run on', () => {
    const [major] = packageJson.devDependencies.node.match(/\d+/) ?? [];
    for (const image of ofName('FROM')) expect(image).toMatch(new RegExp(`^node:${major}-`));
  });

  it('is built of files that exist and that the build can see', () => {
    const copied = ofName('COPY')
      .filter((text) => !text.startsWith('--from'))
      .flatMap((text) => text.split(' ').slice(0, -1));
    expect(copied).toContain('src');
    expect(everything).toBe('*');
    for (const path of copied) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      expect(opened).toContain(path);
    }
  });

  it('has neither the sandbox nor what only the tests need', () => {
    expect(opened.filter((path) => /^\/?(sandbox|test|bench)\b/.test(path))).toEqual([]);
    expect(ofName('RUN').join('\n')).toContain('npm ci --omit=dev');
  });

  it('runs without rights, and starts the program without a shell in between', () => {
    expect(ofName('USER')).toEqual(['node']);
    const [command = ''] = ofName('CMD');
    const [program, ...rest] = JSON.parse(command) as string[];
    expect(program).toBe('node');
    expect(existsSync(join(ROOT, String(rest.at(-1))))).toBe(true);
    // As `npm start` runs it, but for the file of settings, which an image does not have.
    const start = packageJson.scripts.start.replace('exec ', '').replace(' --import ./src/env-file.ts', '');
    expect([program, ...rest].join(' ')).toBe(start);
  });

  it('runs no install script, and SECURITY.md names the packages that have one', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }>;
    };
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripted.map(([path]) => path.replace(/^.*node_modules\//, ''));
    const told = /\*\*Install scripts\.\*\*([\s\S]*?)\n\n/.exec(
      readFileSync(join(ROOT, 'SECURITY.md'), 'utf8'),
    )?.[1];
    expect(names.toSorted()).toEqual(['msgpackr-extract', 'node']);
    expect(names.filter((name) => !told?.includes(`\`${name}\``))).toEqual([]);
    expect(Object.keys(packageJson.allowScripts).toSorted()).toEqual(names.toSorted());
    expect(ofName('RUN').join('\n')).toContain('--ignore-scripts');
  });

  it('keeps its file in the one folder that may be written to', () => {
    const environment = ofName('ENV').join(' ');
    const storeUrl = /\bSTORE_URL=(\S+)/.exec(environment)?.[1];
    const config = readConfig({
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_APP_TOKEN: 'xapp-1',
      TRELLO_API_KEY: 'key',
      TRELLO_API_TOKEN: 'token',
      TRELLO_BOARD: 'board',
      STORE_URL: storeUrl,
    });
    const [volume] = ofName('VOLUME');
    expect(config.storeUrl.startsWith(`sqlite:${volume}/`)).toBe(true);
  });
});
