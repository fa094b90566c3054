import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { createEvents } from '../../src/jobs/events.ts';
import { createRegistry } from '../../src/metrics/instruments.ts';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { silent } from '../store/drivers.ts';
import { startChild } from '../support/child.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';
import { startScene } from '../support/scene.ts';
import { postTask } from '../support/token.ts';
import { aKey, asSetting } from '../workspaces/a-key.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8');

/** Every metric that the bridge shows, with its labels. */
function exported(): Map<string, readonly string[]> {
  const registry = new Registry();
  const never = () => new Promise<never>(() => {});
  const sources = { backlog: never, quota: never, readiness: never, webhooks: () => undefined };
  createRegistry({ registry, kinds: [], news: [], edits: [], events: createEvents(), sources });
  const metrics = registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[];
  return new Map(metrics.map(({ name, labelNames }) => [name, labelNames]));
}

interface Panel {
  id: number;
  title: string;
  type: string;
  datasource: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { refId: string; expr: string; legendFormat: string }[];
}
const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
  uid: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string }[] };
  panels: Panel[];
};
const alerts = parse(read('alerts.yml')) as {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
};
const rules = alerts.groups.flatMap((group) => group.rules);
const queries = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
];
const guide = read('operating.md');

describe('the dashboard and the alerts', () => {
  it.each(queries)('ask in “%s” only for what the bridge shows', (_, expr) => {
    const metrics = exported();
    const names = [...expr.matchAll(/bridge_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !metrics.has(name))).toEqual([]);
    const known = new Set(['le', 'instance', 'job', ...names.flatMap((name) => metrics.get(name) ?? [])]);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
    const matched = [...expr.matchAll(/[{,]\s*(\w+)=/g)].map(([, label = '']) => label);
    expect([...grouped, ...matched].filter((label) => !known.has(label))).toEqual([]);
  });

  it('show each metric somewhere', () => {
    const all = queries.map(([, expr]) => expr).join('\n');
    expect([...exported().keys()].filter((name) => !all.includes(name))).toEqual([]);
  });

  it('lay their panels side by side, each from the data source that the reader chooses', () => {
    const [source] = dashboard.templating.list;
    expect(source).toMatchObject({ name: 'datasource', type: 'datasource' });
    const taken = new Set<string>();
    for (const { datasource, gridPos, title } of dashboard.panels) {
      expect(datasource).toEqual({ type: 'prometheus', uid: `\${${source?.name}}` });
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken, `${title} lies on another panel`).not.toContain(`${x} ${y}`);
          taken.add(`${x} ${y}`);
        }
      }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  it('are described in docs/operating.md', () => {
    const named = [...guide.matchAll(/`(TaskBridge\w+)`/g)].map(([, name]) => name);
    expect(named).toEqual(rules.map(({ alert }) => alert));
  });
});

describe('docs/operating.md', () => {
  it('has every metric with its labels, and no other', () => {
    const rows = [...guide.matchAll(/^\| `(bridge_\w+)` \|([^|]*)\|/gm)].map(([, name, labels = '']) => [
      name,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    ]);
    expect(rows).toEqual([...exported()]);
  });

  const missing = ['bash', 'curl', 'jq', 'sqlite3', 'redis-cli', 'npm'].filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  it.skipIf((missing.length > 0 || redisMissing()) && process.env.REQUIRE_ALL !== '1')(
    'has commands that do what it says, each as it is written',
    { timeout: 120_000 },
    async () => {
      expect(missing).toEqual([]);
      const folder = mkdtempSync(join(tmpdir(), 'operating-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      for (const name of ['package.json', 'node_modules', 'src'])
        symlinkSync(join(ROOT, name), join(folder, name));
      const storeUrl = `sqlite:${join(folder, 'data', 'bridge.db')}`;
      const scene = await startScene({ storeUrl });
      onTestFinished(() => scene.close());
      const store = await openStore({ url: storeUrl, log: silent, retentionDays: 30 });
      await createAudit(store.audit).add({ team: 'T024BE7LD', who: 'U1', act: 'connected', what: 'board a' });
      await store.close();
      const keys = { ENCRYPTION_KEYS: asSetting(aKey('one')) };
      const bridge = await startChild({
        ...scene.environment,
        ...keys,
        TRELLO_TOKEN_LIMIT: '100',
        METRICS_PORT: '0',
      });
      onTestFinished(() => bridge.end());
      const [board] = scene.trello.state.boards.values();
      const labels = board?.labels.splice(0) ?? [];
      await postTask(bridge.url, { type: 'bug', description: 'It leaks' });
      await expect.poll(() => bridge.log()).toContain('"msg":"finished"');
      writeFileSync(join(folder, 'bridge.log'), bridge.log());
      board?.labels.push(...labels);

      const metricsPort = /"port":(\d+),"msg":"metrics/.exec(bridge.log())?.[1];
      const redis = await createRedisServer({ settings: ['--maxmemory-policy', 'noeviction'] });
      onTestFinished(() => redis.remove());
      await redis.start();
      const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) =>
        text.replaceAll('http://localhost:3000', bridge.url).replaceAll(':9464', `:${metricsPort}`),
      );
      async function type(block: string | undefined, url = storeUrl): Promise<string> {
        const { stdout } = await run('bash', ['-eu', '-o', 'pipefail', '-c', String(block)], {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: folder, STORE_URL: url, ...keys },
        });
        return stdout;
      }

      const [ready, story, metrics, lists, retryAll, keyWork, audit, backup, redisLooks, ...others] = blocks;
      expect(others).toEqual([]);
      expect(JSON.parse(await type(ready))).toMatchObject({
        status: 'ok',
        parts: { store: {}, slack: {}, board: {} },
      });
      expect((await type(story)).split('\n').map((line) => line.split('  ').slice(1).join(' '))).toEqual([
        'info accepted bug',
        'error given up label_missing',
        'info finished failed',
        '',
      ]);
      const page = await type(metrics);
      // Which reasons there will be for a retry is not known before the first one, and there is no public address.
      const absent = [...exported().keys()].filter((name) => !page.includes(name));
      expect(absent).toEqual(['bridge_retries_total', 'bridge_webhooks']);
      expect(await type(lists)).toMatch(/no label “Bug”[\s\S]*\n\w{40} {2}label_missing\n$/);
      expect(await type(retryAll)).toMatch(/^\w{40} is back at work\.\n$/);
      await expect.poll(() => scene.trello.state.cards.size, { timeout: 20_000 }).toBe(1);
      expect(await type(keyWork)).toMatch(
        /^k\d{8}-\w{4}:\S{44}\none +0 tokens +the first one: it encrypts\n0 tokens were encrypted with “one”\.\n$/,
      );
      expect(await type(audit)).toMatch(/^20\S+ {2}T024BE7LD {2}U1 {2}connected {2}board a\nboard a\n$/);
      await bridge.end();
      expect(await type(backup)).toBe('ok\n');
      expect(await type(redisLooks, redis.url)).toMatch(
        /^appendonly\nyes\nappendfsync\nalways\nmaxmemory-policy\nnoeviction\naof_last/,
      );
    },
  );
});
