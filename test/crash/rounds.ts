import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../sandbox/random.ts';
import type { Scene } from '../support/scene.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { takeSlackAway } from './faults.ts';
import type { Instances } from './instances.ts';
import { type Chance, type Client, personOf, programOf, type Request } from './requests.ts';

/** Requests of each way in one round. */
const REQUESTS = 2;
/** Milliseconds. */
const ROUND = 1_200;
/** Several, because Slack takes about one message a second in a channel. */
const CHANNELS = Array.from({ length: 12 }, (_, index) => `pad-${index + 1}`);
/** On a slow machine the next round waits until there are fewer that wait for an answer. */
const MOST_UNANSWERED = 60;

/** The chance of an instance to be killed in a round, and of some instance at the very moment of an effect. */
const KILLED_IN_A_ROUND = 0.4;
const KILLED_AT_AN_EFFECT = 0.04;
/** Seldom in its start, or else it would never get to work on a slow machine. */
const KILLED_IN_ITS_START = 0.1;
/** The chance of an instance to be paused in a round: until others take over what it has in hand, or not as long. */
const PAUSED_IN_A_ROUND = 0.05;
const LONGEST_PAUSE = 10_000;
/** The chance of an instance's clock to be set in a round. */
const CLOCK_SET_IN_A_ROUND = 0.1;
const FURTHEST_CLOCK = 24 * 60 * 60_000;
/** The chance of the connections to Redis to be held in a round: shorter and longer than a command may take. */
const REDIS_HELD_IN_A_ROUND = 0.1;
const LONGEST_HOLD = 6_000;
/** Once, in the middle. A short campaign has it for a quarter of its time. */
const SLACK_IS_AWAY = 60_000;

export interface RoundsOptions {
  scene: Scene;
  instances: Instances;
  redis: TcpProxy | undefined;
  rounds: number;
  seed: number;
  say: (line: string) => void;
}

/**
 * For so many rounds sends requests, kills and pauses instances, sets their clocks, and keeps them from Redis and Slack.
 * Resolves with what was asked, once everybody has been told.
 */
export async function runRounds({ scene, instances, redis, rounds, seed, say }: RoundsOptions) {
  addChannels(scene);
  // One source for each, so that what happens meanwhile does not change what comes next.
  const asking = createRandom(seed);
  const killing = createRandom(seed + 1);
  const struck: Promise<void>[] = [];
  const unsubscribe = killAtEffects(scene, instances, createRandom(seed + 2), struck);
  const holding = createRandom(seed + 3);
  const crowd = createCrowd();
  let redisHolds = 0;

  for (let round = 1; round <= rounds; round += 1) {
    for (let number = 0; number < REQUESTS; number += 1) {
      const tag = String(REQUESTS * round + number).padStart(5, '0');
      crowd.send(personOf(scene, instances, `s${tag}`, CHANNELS, asking));
      crowd.send(programOf(instances, `a${tag}`, asking));
    }
    for (let index = 0; index < instances.count; index += 1) {
      struck.push(strikeInRound(instances, index, killing));
    }
    if (redis && holding() < REDIS_HELD_IN_A_ROUND) {
      redisHolds += 1;
      struck.push(hold(redis, LONGEST_HOLD * holding(), holding()));
    }
    if (round === Math.ceil(rounds / 3)) {
      struck.push(takeSlackAway(scene, seed + round, Math.min(SLACK_IS_AWAY, (rounds * ROUND) / 4)));
    }
    await delay(ROUND);
    while (crowd.unanswered() > MOST_UNANSWERED) await delay(100);
    if (round % 20 === 0) {
      say(`${round} rounds, ${instances.kills} kills, ${scene.trello.state.cards.size} cards`);
    }
  }
  unsubscribe();
  await Promise.all(struck);
  return { requests: await crowd.told(), redisHolds };
}

function addChannels({ slack: { workspace } }: Scene): void {
  const members = [...workspace.people.map(({ id }) => id), workspace.app.botUserId];
  for (const name of CHANNELS) workspace.addChannel({ name, members });
}

async function strikeInRound(instances: Instances, index: number, chance: Chance): Promise<void> {
  const [at, drawn, length] = [ROUND * chance(), chance(), LONGEST_PAUSE * chance()];
  const clock = Math.round(FURTHEST_CLOCK * (2 * chance() - 1));
  await delay(at);
  const share = instances.isReady(index) ? KILLED_IN_A_ROUND : KILLED_IN_ITS_START;
  if (drawn < share) await instances.kill(index);
  else if (drawn < share + PAUSED_IN_A_ROUND) await instances.pause(index, length);
  else if (drawn < share + PAUSED_IN_A_ROUND + CLOCK_SET_IN_A_ROUND) instances.setClock(index, clock);
}

/** New connections are held, too. What was held then goes on its way, is never answered, or is cut off. */
async function hold(redis: TcpProxy, milliseconds: number, drawn: number): Promise<void> {
  redis.hold();
  await delay(milliseconds);
  if (drawn < 0.3) redis.forget();
  else redis.release();
  if (drawn > 0.7) redis.drop();
}

/** An effect is there, and its answer has not left yet. */
function killAtEffects(
  { slack, trello }: Scene,
  instances: Instances,
  chance: Chance,
  struck: Promise<void>[],
): () => void {
  const aim = () => {
    if (chance() < KILLED_AT_AN_EFFECT) struck.push(instances.kill(Math.floor(chance() * instances.count)));
  };
  const ends = [
    slack.subscribe(({ type }) => type.startsWith('message_') && aim()),
    trello.subscribe(({ type }) => type === 'createCard' && aim()),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Those who have asked for something. */
function createCrowd() {
  const requests: Request[] = [];
  const sending = new Set<Promise<void>>();
  const failures: unknown[] = [];

  return {
    send({ request, send }: Client): void {
      requests.push(request);
      const sent = send()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => sending.delete(sent));
      sending.add(sent);
    },
    unanswered: () => sending.size,
    /** Every request, once nobody waits any more. @throws what a client met that no client should meet */
    async told(): Promise<Request[]> {
      await Promise.all(sending);
      if (failures.length > 0) throw failures[0];
      return requests;
    },
  };
}
