import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { SECRETS, variablesSchema } from '../../src/config.ts';
import { openStore } from '../../src/store/store.ts';
import { createRedisServer, redisMissing } from '../support/redis.ts';

interface Service {
  profiles?: string[];
  environment?: Record<string, string | null>;
  secrets?: string[];
  volumes: string[];
  command?: string[];
  stop_grace_period: string;
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
  ports?: string[];
  networks: string[];
}
interface Compose {
  services: Record<'bridge' | 'bridge-2' | 'redis', Service>;
  secrets: Record<string, { file?: string }>;
  networks: Record<string, { internal?: boolean } | null>;
}

const ROOT = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'compose.yaml'), 'utf8');
const { services, secrets, networks } = parse(text, { merge: true }) as Compose;
const { bridge, redis } = services;
const known = Object.keys(variablesSchema.shape);

describe('the compose file', () => {
  it('starts one bridge, and Redis and a second one with the profile redis alone', () => {
    const always = Object.entries(services).filter(([, { profiles }]) => !profiles);
    expect(always.map(([name]) => name)).toEqual(['bridge']);
    expect(services['bridge-2']).toMatchObject({ ...bridge, profiles: ['redis'], ports: expect.anything() });
    expect(redis.profiles).toEqual(['redis']);
  });

  it('lets every variable of the program through, but for those that the container decides', () => {
    const names = Object.keys(bridge.environment ?? {}).map((name) => name.replace(/_FILE$/, ''));
    const decided = ['HOST', 'PORT', 'SLACK_API_URL', 'TRELLO_API_URL'];
    expect([...names, ...decided].toSorted()).toEqual(known.toSorted());
  });

  it('hands every secret over as a file, and none as a variable', () => {
    const { environment = {} } = bridge;
    for (const name of SECRETS) expect(Object.keys(environment)).not.toContain(name);
    const files = Object.entries(environment).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, path]) => path)).toEqual(bridge.secrets?.map((name) => `/run/secrets/${name}`));
    expect(files.map(([name]) => name.replace(/_FILE$/, ''))).toEqual(bridge.secrets);
    // Compose cannot put a secret from a variable into a container with a read-only root file system.
    for (const name of bridge.secrets ?? []) expect(secrets[name]?.file).toBe(`./secrets/${name}`);
  });

  it('is started in the README after its secrets have been made, out of an .env that stays as it is', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    const [script = '', ...others] = blocks.filter((block) => block.includes('docker compose up'));
    expect(others).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const settings = bridge.secrets?.map((name) => `${name}=value of ${name}`).join('\n');
    writeFileSync(join(folder, '.env'), `TRELLO_BOARD=x\n${settings}\n`);
    const inPlace = 'docker() { cat secrets/*; }\n';
    const run = spawnSync('bash', ['-euc', inPlace + script], { cwd: folder, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    expect(run.stdout.trimEnd().split('\n').toSorted()).toEqual(
      bridge.secrets?.map((name) => `value of ${name}`).toSorted(),
    );
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(`TRELLO_BOARD=x\n${settings}\n`);
  });

  it('gives no container a right that it does not need', () => {
    for (const service of Object.values(services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
    expect(redis.networks.every((name) => networks[name]?.internal)).toBe(true);
  });

  it('waits longer for the program than the program waits for itself', () => {
    const main = readFileSync(resolve(import.meta.dirname, '../../src/main.ts'), 'utf8');
    const milliseconds = Number(/STOP_WITHIN = ([\d_]+)/.exec(main)?.[1]?.replaceAll('_', ''));
    expect(Number.parseInt(bridge.stop_grace_period, 10) * 1000).toBeGreaterThan(milliseconds);
  });
});

const missing = redisMissing();
describe.skipIf(missing)(`the Redis of the compose file${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('gives the bridge no cause for a warning', async () => {
    const [, ...settings] = redis.command ?? [];
    const server = await createRedisServer({ appendonly: false, settings });
    try {
      await server.start();
      const store = await openStore({ url: server.url, retentionDays: 1, log: pino({ level: 'silent' }) });
      await expect.poll(() => store.health()).toMatchObject({ ok: true, warnings: [] });
      await store.close();
    } finally {
      await server.remove();
    }
  });
});
