import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../sandbox/random.ts';
import type { Scene } from '../support/scene.ts';
import type { TcpProxy } from '../support/tcp-proxy.ts';
import { takeSlackAway } from './faults.ts';
import type { Instances } from './instances.ts';
import type { Chance } from './requests.ts';
import type { Act } from './subject.ts';

/** Milliseconds. */
const ROUND = 1_200;
/** Several, because Slack takes about one message a second in a channel. */
export const CHANNELS = Array.from({ length: 12 }, (_, index) => `pad-${index + 1}`);
/** On a slow machine the next round waits until there are fewer that wait for an answer, and for an instance. */
const MOST_UNANSWERED = 60;

/** What happens to an instance by chance, in each round unless said otherwise. */
export interface Chances {
  killed: number;
  /** Of some instance, at the very moment of an effect. */
  killedAtAnEffect: number;
  /** Until others take over what it has in hand, or not as long. */
  paused: number;
  clockSet: number;
  /** The connections of all of them to Redis: shorter and longer than a command may take. */
  redisHeld: number;
}
/** Seldom in its start, or else it would never get to work on a slow machine. */
const KILLED_IN_ITS_START = 0.1;
const LONGEST_PAUSE = 10_000;
const FURTHEST_CLOCK = 24 * 60 * 60_000;
const LONGEST_HOLD = 6_000;
/** Once, in the middle. A short campaign has it for a quarter of its time. */
const SLACK_IS_AWAY = 60_000;

export interface RoundsOptions {
  scene: Scene;
  instances: Instances;
  redis: TcpProxy | undefined;
  rounds: number;
  seed: number;
  chances: Chances;
  /** Begins what people do in a round. */
  begin: (round: number, send: (act: Act) => void) => void;
  say: (line: string) => void;
}

/**
 * For so many rounds kills and pauses instances, sets their clocks, and keeps them from Redis and Slack, while people do
 * what they do. Resolves once everybody has been told.
 */
export async function runRounds(options: RoundsOptions): Promise<{ redisHolds: number }> {
  const { scene, instances, redis, rounds, seed, chances, begin, say } = options;
  // One source for each, so that what happens meanwhile does not change what comes next.
  const killing = createRandom(seed + 1);
  const struck: Promise<void>[] = [];
  const unsubscribe = killAtEffects(scene, instances, chances, createRandom(seed + 2), struck);
  const holding = createRandom(seed + 3);
  const crowd = createCrowd();
  let redisHolds = 0;

  for (let round = 1; round <= rounds; round += 1) {
    begin(round, crowd.send);
    for (let index = 0; index < instances.count; index += 1) {
      struck.push(strikeInRound(instances, index, chances, killing));
    }
    if (redis && holding() < chances.redisHeld) {
      redisHolds += 1;
      struck.push(hold(redis, LONGEST_HOLD * holding(), holding()));
    }
    if (round === Math.ceil(rounds / 3)) {
      struck.push(takeSlackAway(scene, seed + round, Math.min(SLACK_IS_AWAY, (rounds * ROUND) / 4)));
    }
    await delay(ROUND);
    while (crowd.unanswered() > MOST_UNANSWERED) await delay(100);
    await instances.somebody();
    if (round % 20 === 0) {
      say(`${round} rounds, ${instances.kills} kills, ${scene.trello.state.cards.size} cards`);
    }
  }
  unsubscribe();
  await Promise.all(struck);
  await crowd.told();
  return { redisHolds };
}

export function addChannels({ slack: { workspace } }: Scene): void {
  const members = [...workspace.people.map(({ id }) => id), workspace.app.botUserId];
  for (const name of CHANNELS) workspace.addChannel({ name, members });
}

async function strikeInRound(
  instances: Instances,
  index: number,
  { killed, paused, clockSet }: Chances,
  chance: Chance,
): Promise<void> {
  const [at, drawn, length] = [ROUND * chance(), chance(), LONGEST_PAUSE * chance()];
  const clock = Math.round(FURTHEST_CLOCK * (2 * chance() - 1));
  await delay(at);
  const share = instances.isReady(index) ? killed : Math.min(killed, KILLED_IN_ITS_START);
  if (drawn < share) await instances.kill(index);
  else if (drawn < share + paused) await instances.pause(index, length);
  else if (drawn < share + paused + clockSet) instances.setClock(index, clock);
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
  { killedAtAnEffect }: Chances,
  chance: Chance,
  struck: Promise<void>[],
): () => void {
  const aim = () => {
    if (chance() < killedAtAnEffect) struck.push(instances.kill(Math.floor(chance() * instances.count)));
  };
  const ends = [
    slack.subscribe(({ type }) => type.startsWith('message_') && aim()),
    // What people do has no app.
    trello.subscribe(({ idApp }) => idApp !== undefined && aim()),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Those who are doing something. */
function createCrowd() {
  const acting = new Set<Promise<void>>();
  const failures: unknown[] = [];

  return {
    send(act: Act): void {
      const acted = act()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => acting.delete(acted));
      acting.add(acted);
    },
    unanswered: () => acting.size,
    /** Resolves when nobody waits any more. @throws what somebody met that nobody should meet */
    async told(): Promise<void> {
      await Promise.all(acting);
      if (failures.length > 0) throw failures[0];
    },
  };
}
