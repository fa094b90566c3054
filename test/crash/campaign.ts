import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '../../src/log.ts';
import { openStore } from '../../src/store/store.ts';
import { spawnChild } from '../support/child.ts';
import { BASE_SCOPES, HISTORY_SCOPES, type Scene, STORES, startScene } from '../support/scene.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startFaults, stopFaults, TIMING } from './faults.ts';
import { createInstances, type Instances } from './instances.ts';
import type { Options } from './options.ts';
import { addChannels, runRounds } from './rounds.ts';
import { type Backlog, type Row, type Subject, wordsOf } from './subject.ts';

const SHIFT_CLOCK = new URL('../support/shift-clock.mjs', import.meta.url).href;
/** Milliseconds. */
const DRAINS_WITHIN = 8 * 60_000;
const LOOKS_AGAIN_AFTER = 2_000;

export interface Outcome<Found = unknown> {
  options: Options;
  audit: Found;
  rows: Row[];
  backlog: Backlog;
  kills: number;
  pauses: number;
  clockJumps: number;
  redisHolds: number;
  /** Faults that calls to Trello met. */
  faults: number;
  seconds: number;
  /** The guarantees that do not hold. */
  broken: string[];
}

export type MakeSubject<Found> = (
  scene: Scene,
  instances: Instances,
  options: Options,
) => Promise<Subject<Found>>;

/** Runs the whole campaign. `say` hears of its progress. */
export async function runCampaign<Found>(
  options: Options,
  makeSubject: MakeSubject<Found>,
  say: (line: string) => void = () => {},
): Promise<Outcome<Found>> {
  const stores = STORES.find(({ name }) => name === options.store);
  if (!stores || stores.missing) throw new Error(stores?.missing);
  await stores.open();
  const scopes = options.history ? HISTORY_SCOPES : BASE_SCOPES;
  const folder = mkdtempSync(join(tmpdir(), 'crash-'));
  const clockFile = (index: number) => join(folder, `clock-${index}`);
  const url = stores.fresh();
  const redis = options.store === 'redis' ? await startTcpProxy(() => Number(new URL(url).port)) : undefined;
  const storeUrl = redis ? Object.assign(new URL(url), { port: redis.port }).href : url;
  const scene = await startScene({ storeUrl, scopes });
  let subject: Subject<Found> | undefined;
  const instances = createInstances({
    count: options.instances,
    spawn(index) {
      const environment = {
        ...scene.environment,
        ...subject?.environment?.(),
        CLOCK_FILE: clockFile(index),
        NODE_OPTIONS: `--import ${SHIFT_CLOCK}`,
        LOG_LEVEL: subject?.logLevel ?? (options.log ? 'info' : 'warn'),
      };
      return spawnChild(environment, TIMING, subject?.follow?.(index));
    },
    clockFile,
    onEnd: (log) => options.log && appendFileSync(options.log, log),
  });
  try {
    subject = await makeSubject(scene, instances, options);
    instances.startAll();
    return await campaign(scene, instances, redis, options, subject, say);
  } finally {
    await instances.end();
    await subject?.close?.();
    await scene.close();
    await redis?.close();
    await stores.close();
    rmSync(folder, { recursive: true });
  }
}

async function campaign<Found>(
  scene: Scene,
  instances: Instances,
  redis: TcpProxy | undefined,
  options: Options,
  subject: Subject<Found>,
  say: (line: string) => void,
): Promise<Outcome<Found>> {
  const begun = Date.now();
  addChannels(scene);
  await instances.allReady();
  await subject.prepare();
  const { rounds, seed } = options;
  startFaults(scene, seed);
  const { chances, begin } = subject;
  const { redisHolds } = await runRounds({ scene, instances, redis, rounds, seed, chances, begin, say });
  const faults = scene.trello.faults.met;
  subject.stop?.();
  stopFaults(scene);
  say('no more faults and kills; waiting for what is under way');
  const backlog = await drained(scene, instances, subject, say);
  const found = subject.find();
  return {
    options,
    audit: found,
    rows: subject.rows(found),
    backlog,
    kills: instances.kills,
    pauses: instances.pauses,
    clockJumps: instances.clockJumps,
    redisHolds,
    faults,
    seconds: Math.round((Date.now() - begun) / 1000),
    broken: [
      ...subject.broken(found),
      ...wordsOf([
        ['jobs that are still pending', backlog.pending],
        ['jobs that failed', backlog.failed],
      ]),
    ],
  };
}

/** Waits until nothing is under way any more, ends the instances and answers with what the store still holds. */
async function drained<Found>(
  scene: Scene,
  instances: Instances,
  { find, isUnderWay }: Subject<Found>,
  say: (line: string) => void,
): Promise<Backlog> {
  const until = Date.now() + DRAINS_WITHIN;
  await instances.allReady();
  for (;;) {
    while (Date.now() < until && isUnderWay(find())) await delay(200);
    await instances.end();
    const { pending, failed } = await backlogOf(String(scene.environment.STORE_URL), say);
    if (pending === 0 || Date.now() > until) return { pending, failed };
    // Taken, though nobody was told so.
    instances.startAll();
    await instances.allReady();
    await delay(LOOKS_AGAIN_AFTER);
  }
}

async function backlogOf(storeUrl: string, say: (line: string) => void) {
  const log = createLog({ level: 'silent', secrets: [] });
  const store = await openStore({ url: storeUrl, log, retentionDays: 30 });
  try {
    for (const { id, failure } of await store.queue.list({ status: 'failed', limit: 20 })) {
      say(`${id} failed: ${failure?.detail}`);
    }
    return await store.queue.backlog();
  } finally {
    await store.close();
  }
}
