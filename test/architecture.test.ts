import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = resolve(ROOT, 'src');
const SANDBOX = resolve(ROOT, 'sandbox');

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
  // A program of its own, beside src: it starts the bridge and knows its kinds, and no other part may import it.
  sandbox: { parts: ['app.ts', 'config.ts', 'log.ts', 'errors.ts', 'tasks'] },
};

interface Import {
  /** From the root of the repository. */
  file: string;
  from: string;
  target: string;
}

/** The folder or file of `src` that a path belongs to, or `sandbox`; for anything else its path from the root. */
function partOf(path: string): string {
  const [top = '', part = ''] = relative(ROOT, path).split('/');
  if (top === 'src') return part;
  return top === 'sandbox' ? top : relative(ROOT, path);
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, 'utf8');
  const targets = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b(?:[^'"`;]*?from)?\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g,
  );
  return [...targets].map(([, plain, dynamic]) => ({
    file: relative(ROOT, path),
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
  const part = partOf(resolve(ROOT, dirname(file), target));
  return part === from || rule.parts.includes(part);
}

const files = [SOURCE, SANDBOX].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') || /^[^/]+\.js$/.test(name))
    .map((name) => join(folder, name)),
);

describe('the direction of imports', () => {
  it('goes from the edges to the middle and never sideways', () => {
    const forbidden = files.flatMap(importsOf).filter((found) => !isAllowed(found));
    expect(forbidden).toEqual([]);
  });

  it.each([
    ['src/tasks/kinds.ts', '../delivery/job.ts'],
    ['src/tasks/kinds.ts', 'node:fs'],
    ['src/delivery/deliver.ts', '../slack/chat.ts'],
    ['src/slack/chat.ts', '../trello/cards.ts'],
    ['src/trello/cards.ts', '../config.ts'],
    ['src/compose.ts', '../sandbox/main.ts'],
    ['src/commands/board.ts', '../../sandbox/trello/server.ts'],
    ['sandbox/sandbox.ts', '../src/http/app.ts'],
    ['sandbox/slack/server.ts', '../../src/slack/app.ts'],
    ['sandbox/trello/seed.ts', '../../test/support/scene.ts'],
  ])('would notice that %s imports %s', (file, target) => {
    expect(isAllowed({ file, from: partOf(join(ROOT, file)), target })).toBe(false);
  });

  it.each([
    ['sandbox/program.ts', '../src/app.ts'],
    ['sandbox/trello/seed.ts', '../../src/tasks/kinds.ts'],
    ['sandbox/slack-state.ts', './slack/server.ts'],
  ])('lets %s import %s', (file, target) => {
    expect(isAllowed({ file, from: partOf(join(ROOT, file)), target })).toBe(true);
  });

  it('reads imports of every form', () => {
    const found = importsOf(resolve(SOURCE, 'compose.ts')).map(({ target }) => target);
    expect(found).toEqual(expect.arrayContaining(['./app.ts', './delivery/deliver.ts', './slack/app.ts']));
  });
});
