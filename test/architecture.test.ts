import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = resolve(ROOT, 'src');
const SANDBOX = resolve(ROOT, 'sandbox');

const SHARED = ['errors.ts', 'timeout.ts', 'store-location.ts'];
const FLOWS = ['flows/create-card', 'flows/card-activity', 'flows/edit-card', 'flows/app-home'];
const MIDDLE = [...FLOWS, 'jobs', 'tasks', 'workspaces', ...SHARED];
/** The parts through which data enters, waits and leaves. */
const EDGES = ['slack', 'http', 'trello', 'store', 'metrics', 'cli'];

/** What each part may import: other parts, and packages where these are limited. */
const MAY_IMPORT: Readonly<Record<string, { parts: readonly string[]; packages?: readonly string[] }>> = {
  'errors.ts': { parts: [], packages: [] },
  'timeout.ts': { parts: [], packages: [] },
  'store-location.ts': { parts: [], packages: [] },
  'listen.ts': { parts: ['errors.ts'], packages: ['node:'] },
  'version.ts': { parts: [], packages: ['node:'] },
  'env-file.ts': { parts: [], packages: ['node:'] },
  'log.ts': { parts: ['log-output.ts'], packages: ['pino'] },
  'log-output.ts': { parts: [], packages: ['node:'] },
  'encryption-keys.ts': { parts: [], packages: ['node:'] },
  'config.ts': {
    parts: ['encryption-keys.ts', 'errors.ts', 'store-location.ts'],
    packages: ['node:', 'zod'],
  },
  tasks: { parts: [], packages: ['zod', 'random-words'] },
  jobs: { parts: SHARED, packages: ['node:', 'pino'] },
  workspaces: { parts: ['encryption-keys.ts', ...SHARED], packages: ['node:', 'jose', 'pino', 'zod'] },
  'flows/create-card': {
    parts: ['jobs', 'tasks', 'workspaces', ...SHARED],
    packages: ['node:', 'minisearch'],
  },
  'flows/card-activity': { parts: ['jobs', 'workspaces', ...SHARED], packages: ['node:', 'keyv'] },
  'flows/edit-card': { parts: ['jobs', 'workspaces', ...SHARED], packages: ['node:', 'keyv'] },
  'flows/app-home': { parts: ['jobs', 'workspaces', ...SHARED], packages: ['node:', 'keyv'] },
  slack: { parts: MIDDLE },
  http: { parts: [...MIDDLE, 'listen.ts'] },
  trello: { parts: MIDDLE },
  store: { parts: ['flows/card-activity', 'jobs', 'workspaces', ...SHARED] },
  metrics: { parts: [...MIDDLE, 'listen.ts'] },
  // Entry points of their own, like main.ts.
  cli: { parts: [...MIDDLE, 'store', 'trello', 'config.ts', 'encryption-keys.ts', 'log.ts', 'version.ts'] },
  // What one flow knows of a card, as another needs it: neither may import the other.
  'card-link.ts': { parts: ['flows/card-activity', 'flows/create-card', 'tasks', 'trello'], packages: [] },
  'app.ts': {
    parts: [...EDGES, ...MIDDLE, 'card-link.ts', 'config.ts', 'log.ts', 'version.ts'],
    packages: [],
  },
  'main.ts': {
    parts: ['app.ts', 'config.ts', 'log.ts', 'log-output.ts', 'version.ts', 'errors.ts'],
    packages: ['node:'],
  },
  // A program of its own, beside src: it starts the bridge and knows its kinds, and no other part may import it.
  sandbox: { parts: ['app.ts', 'config.ts', 'log.ts', 'errors.ts', 'tasks'] },
};

interface Import {
  /** From the root of the repository. */
  file: string;
  from: string;
  target: string;
}

/**
 * The folder or file of `src` that a path belongs to (of `flows`, each flow is one), or `sandbox`; for anything else its
 * path from the root.
 */
function partOf(path: string): string {
  const [top = '', part = '', flow = ''] = relative(ROOT, path).split('/');
  if (top === 'src') return part === 'flows' ? `${part}/${flow}` : part;
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
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

describe('the direction of imports', () => {
  it('goes from the edges to the middle and never sideways', () => {
    const forbidden = files.flatMap(importsOf).filter((found) => !isAllowed(found));
    expect(forbidden).toEqual([]);
  });

  it.each([
    ['src/tasks/kinds.ts', '../jobs/job.ts'],
    ['src/tasks/kinds.ts', 'node:fs'],
    ['src/jobs/flow.ts', '../tasks/kinds.ts'],
    ['src/jobs/flow.ts', '../flows/create-card/job.ts'],
    ['src/jobs/queue.ts', 'bullmq'],
    ['src/workspaces/vault.ts', '../config.ts'],
    ['src/workspaces/records.ts', '../store/store.ts'],
    ['src/jobs/flow.ts', '../workspaces/vault.ts'],
    ['src/flows/create-card/flow.ts', '../card-activity/flow.ts'],
    ['src/flows/create-card/flow.ts', '../../slack/chat.ts'],
    ['src/flows/create-card/flow.ts', '../../store/store.ts'],
    ['src/slack/chat.ts', '../trello/cards.ts'],
    ['src/http/routes/create-task.ts', '../../slack/chat.ts'],
    ['src/store/store.ts', '../flows/create-card/job.ts'],
    ['src/metrics/metrics.ts', '../store/store.ts'],
    ['src/trello/cards.ts', '../config.ts'],
    ['src/trello/cards.ts', '../app.ts'],
    ['src/cli/board.ts', '../slack/chat.ts'],
    ['src/main.ts', './slack/app.ts'],
    ['src/app.ts', '../sandbox/main.ts'],
    ['src/cli/board.ts', '../../sandbox/trello/server.ts'],
    ['sandbox/sandbox.ts', '../src/http/server.ts'],
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
    const found = importsOf(resolve(SOURCE, 'app.ts')).map(({ target }) => target);
    expect(found).toEqual(
      expect.arrayContaining(['./config.ts', './flows/create-card/flow.ts', './slack/app.ts']),
    );
  });
});
