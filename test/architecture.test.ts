import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../src');

/** The parts through which data enters, waits and leaves. */
const DOORS = ['slack', 'http', 'trello', 'store', 'operator'];

/** What each part may import: other parts, and packages where these are limited. */
const MAY_IMPORT: Readonly<Record<string, { parts: readonly string[]; packages?: readonly string[] }>> = {
  tasks: { parts: [], packages: ['zod', 'random-words'] },
  delivery: { parts: ['tasks', 'errors.ts'], packages: ['node:', 'pino'] },
  slack: { parts: ['delivery', 'tasks', 'errors.ts'] },
  http: { parts: ['delivery', 'tasks', 'errors.ts'] },
  trello: { parts: ['delivery', 'tasks', 'errors.ts'] },
  store: { parts: ['delivery', 'tasks', 'errors.ts'] },
  operator: { parts: ['delivery', 'tasks', 'errors.ts'] },
  metrics: { parts: ['delivery', 'errors.ts'] },
  'errors.ts': { parts: [], packages: [] },
  'log.ts': { parts: [], packages: ['pino'] },
  'variables.ts': { parts: ['errors.ts'], packages: ['node:', 'zod'] },
  'config.ts': { parts: ['variables.ts', 'errors.ts'], packages: [] },
  'version.ts': { parts: [], packages: ['node:'] },
  'app.ts': { parts: ['compose.ts', 'store', 'tasks', 'config.ts', 'log.ts'], packages: [] },
  'compose.ts': {
    parts: [...DOORS, 'metrics', 'delivery', 'tasks', 'app.ts', 'log.ts', 'version.ts'],
    packages: [],
  },
  'main.ts': { parts: ['app.ts', 'config.ts', 'log.ts', 'version.ts', 'errors.ts'], packages: [] },
  'start.js': { parts: ['compile-cache.js', 'main.ts'], packages: ['node:'] },
  'compile-cache.js': { parts: [], packages: ['node:'] },
  // Imports the other store only to have it compiled.
  'compile.js': { parts: ['compile-cache.js', 'start.js', 'store'], packages: ['node:'] },
  // Entry points of their own, like main.ts.
  commands: { parts: [...DOORS, 'delivery', 'tasks', 'variables.ts', 'log.ts', 'version.ts', 'errors.ts'] },
  sandbox: {
    parts: ['app.ts', 'config.ts', 'log.ts', 'tasks', 'errors.ts', 'http', 'version.ts', 'commands'],
  },
};

interface Import {
  file: string;
  from: string;
  target: string;
}

const partOf = (path: string) => relative(SOURCE, path).split('/')[0] ?? '';

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const targets = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b(?:[^'"`;]*?from)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g,
  );
  return [...targets].map(([, plain, dynamic]) => ({
    file: relative(SOURCE, path),
    from: partOf(path),
    target: plain ?? dynamic ?? '',
  }));
}

function isAllowed({ file, from, target }: Import): boolean {
  const rule = MAY_IMPORT[from];
  if (!rule) return false;
  if (!target.startsWith('.')) {
    return rule.packages === undefined || rule.packages.some((name) => target.startsWith(name));
  }
  const part = partOf(resolve(SOURCE, dirname(file), target));
  return part === from || rule.parts.includes(part);
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') || /^[^/]+\.js$/.test(name))
  .map((name) => join(SOURCE, name));

describe('the direction of imports', () => {
  it('goes from the edges to the middle and never sideways', () => {
    const forbidden = files.flatMap(importsOf).filter((found) => !isAllowed(found));
    expect(forbidden).toEqual([]);
  });

  it.each([
    ['tasks/kinds.ts', '../delivery/job.ts'],
    ['tasks/kinds.ts', 'node:fs'],
    ['delivery/deliver.ts', '../slack/chat.ts'],
    ['slack/chat.ts', '../trello/cards.ts'],
    ['trello/cards.ts', '../config.ts'],
    ['compose.ts', './sandbox/main.ts'],
  ])('would notice that %s imports %s', (file, target) => {
    expect(isAllowed({ file, from: partOf(join(SOURCE, file)), target })).toBe(false);
  });

  it('reads imports of every form', () => {
    const found = importsOf(resolve(SOURCE, 'compose.ts')).map(({ target }) => target);
    expect(found).toEqual(expect.arrayContaining(['./app.ts', './delivery/deliver.ts', './slack/app.ts']));
  });
});
