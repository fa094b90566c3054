import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '../../src/log.ts';
import { createRandom } from '../../src/sandbox/trello/random.ts';
import { openStore } from '../../src/store/store.ts';
import { spawnChild } from '../support/child.ts';
import { BASE_SCOPES, HISTORY_SCOPES, type Scene, STORES, startScene } from '../support/scene.ts';
import { type Audit, audit, type Backlog, broken, isUnderWay } from './audit.ts';
import { startFaults, stopFaults, TIMING } from './faults.ts';
import { createInstances, type Instances } from './instances.ts';
import type { Options } from './options.ts';
import { type Chance, type Client, personOf, programOf, type Request } from './requests.ts';

/** Requests of each way in one round. */
const REQUESTS = 2;
/** Milliseconds. */
const ROUND = 1_200;
const DRAINS_WITHIN = 6 * 60_000;
/** Several, because Slack takes about one message a second in a channel. */
const CHANNELS = Array.from({ length: 12 }, (_, index) => `pad-${index + 1}`);
/** The chance of an instance to be killed in a round, and of a kill at the very moment of an effect. */
const KILLED_IN_A_ROUND = 0.4;
const KILLED_AT_AN_EFFECT = 0.04;

export interface Outcome {
  options: Options;
  audit: Audit;
  backlog: Backlog;
  kills: number;
  /** Faults that calls to Trello met. */
  faults: number;
  seconds: number;
  /** The guarantees that do not hold. */
  broken: string[];
}

/** Runs the whole campaign. `say` hears of its progress. */
export async function runCampaign(
  options: Options,
  say: (line: string) => void = () => {},
): Promise<Outcome> {
  const stores = STORES.find(({ name }) => name === options.store);
  if (!stores) throw new Error(`There is no store on ${options.store}.`);
  if (stores.missing) throw new Error(stores.missing);
  await stores.open();
  const scopes = options.history ? HISTORY_SCOPES : BASE_SCOPES;
  const scene = await startScene({ storeUrl: stores.fresh(), scopes });
  const instances = createInstances({
    count: options.instances,
    spawn: () => spawnChild({ ...scene.environment, LOG_LEVEL: options.log ? 'info' : 'warn' }, TIMING),
    onEnd: (log) => options.log && appendFileSync(options.log, log),
  });
  try {
    return await campaign(scene, instances, options, say);
  } finally {
    await instances.end();
    await scene.close();
    await stores.close();
  }
}

async function campaign(
  scene: Scene,
  instances: Instances,
  options: Options,
  say: (line: string) => void,
): Promise<Outcome> {
  const { slack, trello } = scene;
  const begun = Date.now();
  // One source for each, so that what happens meanwhile does not change what comes next.
  const [asking, killing, aiming] = [1, 2, 3].map((number) => createRandom(options.seed * 10 + number)) as [
    Chance,
    Chance,
    Chance,
  ];
  for (const name of CHANNELS) {
    const members = [...slack.workspace.people.map(({ id }) => id), slack.workspace.app.botUserId];
    slack.workspace.addChannel({ name, members });
  }
  await instances.allReady();
  startFaults(scene, options.seed);

  const requests: Request[] = [];
  const sending: Promise<void>[] = [];
  const kills: Promise<void>[] = [];
  const send = ({ request, send }: Client) => {
    requests.push(request);
    const sent = send();
    // Heard of at the end, when everybody is waited for.
    sent.catch(() => {});
    sending.push(sent);
  };
  const kill = (index: number) => void kills.push(instances.kill(index));
  const aim = () => {
    if (aiming() < KILLED_AT_AN_EFFECT) kill(Math.floor(aiming() * instances.count));
  };
  const unsubscribe = [
    slack.subscribe(({ type }) => type.startsWith('message_') && aim()),
    trello.subscribe(({ type }) => type === 'createCard' && aim()),
  ];

  for (let round = 1; round <= options.rounds; round += 1) {
    for (let number = 0; number < REQUESTS; number += 1) {
      const tag = String(REQUESTS * round + number).padStart(5, '0');
      send(personOf(scene, `s${tag}`, CHANNELS, asking));
      send(programOf(instances.urls, `a${tag}`, asking));
    }
    for (let index = 0; index < instances.count; index += 1) {
      const at = ROUND * killing();
      if (killing() < KILLED_IN_A_ROUND) kills.push(delay(at).then(() => instances.kill(index)));
    }
    await delay(ROUND);
    if (round % 20 === 0) say(`${round} rounds, ${instances.kills} kills, ${trello.state.cards.size} cards`);
  }

  for (const end of unsubscribe) end();
  await Promise.all(kills);
  stopFaults(scene);
  await instances.allReady();
  await Promise.all(sending);
  say('no more faults and kills; waiting for what is under way');
  const backlog = await drained(scene, instances, requests);
  const found = audit(scene, requests);
  return {
    options,
    audit: found,
    backlog,
    kills: instances.kills,
    faults: trello.faults.met,
    seconds: Math.round((Date.now() - begun) / 1000),
    broken: broken(found, backlog, options),
  };
}

/** Waits until nothing is under way any more, ends the instances and answers with what the store still holds. */
async function drained(scene: Scene, instances: Instances, requests: readonly Request[]): Promise<Backlog> {
  const until = Date.now() + DRAINS_WITHIN;
  const log = createLog({ level: 'silent', secrets: [] });
  for (;;) {
    while (Date.now() < until && isUnderWay(audit(scene, requests))) await delay(200);
    await instances.end();
    const store = await openStore({ url: String(scene.environment.STORE_URL), log, retentionDays: 30 });
    const { pending, failed } = await store.jobs.backlog().finally(() => store.close());
    if (pending === 0 || Date.now() > until) return { pending, failed };
    // Taken, though nobody was told so.
    instances.startAll();
    await instances.allReady();
    await delay(2_000);
  }
}
