import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../sandbox/random.ts';
import type { DeliveryFault } from '../../sandbox/trello/disturbance.ts';
import { LOCAL_SECRET } from '../../sandbox/trello/local-trello.ts';
import { outcomeOf, type Scene } from '../support/scene.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import {
  type ActivityAudit,
  activityRows,
  auditActivity,
  brokenActivity,
  isActivityUnderWay,
} from './activity-audit.ts';
import { audit, isUnderWay } from './audit.ts';
import { createBoardActs } from './board-acts.ts';
import { recordBoard, tagIn } from './board-record.ts';
import type { Instances } from './instances.ts';
import type { Options } from './options.ts';
import { personOf, pick } from './requests.ts';
import { CHANNELS } from './rounds.ts';
import { createStepKills } from './step-kills.ts';
import { type Subject, wordsOf } from './subject.ts';

const CARDS = 20;
/** In one round. */
const ACTS = 4;
/** The share of them that is done by a button in Slack. */
const PRESSED = 0.25;
/** Reading the board, telling, and editing. */
const STEPS = [
  ...['read', 'batch', 'line', 'settled', 'root', 'taken', 'corrections'],
  ...['look', 'expected', 'applied', 'commented', 'audited', 'refreshed'],
];

/** From the middle on Trello has webhooks. The share of rounds in which something happens to the next two deliveries. */
const DISTURBED = 0.3;
const DISTURBANCES: readonly DeliveryFault[] = [
  { act: 'late', ms: 3_000 },
  { act: 'twice' },
  { act: 'never' },
  { act: 'reversed', ms: 1_000 },
];

interface Found extends ActivityAudit {
  acts: number;
  presses: number;
  /** Comments that were taken in Slack and are not on the card, or twice. */
  lostComments: string[];
  doubledComments: string[];
  /** How often a kill met each step. */
  interrupted: Record<string, number>;
  /** Deliveries of webhooks, those that were answered with 200, and those that something happened to. */
  deliveries: { all: number; taken: number; disturbed: number };
}

/** Cards change on the board and from Slack: their threads have to tell of it, once and in order. */
export async function createActivity(
  scene: Scene,
  instances: Instances,
  options: Options,
): Promise<Subject<Found>> {
  const chance = createRandom(options.seed);
  const record = recordBoard(scene.trello);
  const acts = createBoardActs(scene, instances, chance);
  const kills = createStepKills(instances, STEPS, createRandom(options.seed + 4));
  const deliveries = createRandom(options.seed + 5);
  const { disturbance } = scene.trello.webhooks;
  /** The public address: some instance that can be used. */
  const front = await startTcpProxy(() => {
    const address = instances.addresses()[0];
    return address === undefined ? undefined : Number(new URL(address).port);
  });
  let hasWebhooks = false;
  let acted = 0;
  let pressed = 0;

  function find(): Found {
    const cards = outcomeOf(scene).cards;
    const onCards = cards.flatMap(({ actions }) =>
      actions.flatMap(({ type, data }) => (type === 'commentCard' ? tagIn(String(data.text)) : [])),
    );
    const timesOf = (tag: string) => onCards.filter((one) => one === tag).length;
    return {
      ...auditActivity(scene, record, acts.names),
      acts: acted,
      presses: pressed,
      lostComments: acts.sent.flatMap(({ tag, accepted }) => (accepted && timesOf(tag) === 0 ? tag : [])),
      doubledComments: acts.sent.flatMap(({ tag }) => (timesOf(tag) > 1 ? tag : [])),
      interrupted: kills.interrupted(),
      deliveries: {
        all: scene.trello.webhooks.deliveries.length,
        taken: scene.trello.webhooks.deliveries.filter(({ status }) => status === 200).length,
        disturbed: disturbance.met,
      },
    };
  }

  return {
    chances: { killed: 0.2, killedAtAnEffect: 0.03, paused: 0.03, clockSet: 0, redisHeld: 0.1 },
    environment: () => ({
      TRELLO_POLL_SECONDS: '1',
      ...(hasWebhooks && {
        PUBLIC_URL: `http://127.0.0.1:${front.port}`,
        TRELLO_API_SECRET: LOCAL_SECRET,
      }),
    }),
    logLevel: 'debug',
    async prepare() {
      const clients = Array.from({ length: CARDS }, (_, index) =>
        personOf(scene, instances, `s${String(index).padStart(5, '0')}`, CHANNELS, chance),
      );
      for (const { request, send } of clients) while (!request.accepted) await send();
      const requests = clients.map(({ request }) => request);
      while (isUnderWay(audit(scene, requests))) await delay(100);
      kills.start();
    },
    begin(round, send) {
      if (round === Math.ceil(options.rounds / 2)) {
        hasWebhooks = true;
        for (let index = 0; index < instances.count; index += 1) void instances.kill(index);
      }
      if (hasWebhooks && deliveries() < DISTURBED) disturbance.set(pick(DISTURBANCES, deliveries), 2);
      const { cards } = outcomeOf(scene);
      for (let number = 0; number < ACTS; number += 1) {
        const card = pick(cards, chance);
        if (chance() < PRESSED) {
          pressed += 1;
          send(acts.pressInSlack(card));
        } else {
          acted += 1;
          acts.actOnBoard(card);
        }
      }
    },
    stop() {
      kills.stop();
      // What came last may have been lost; the next thing that is delivered has all of it read.
      disturbance.clear();
      for (const card of outcomeOf(scene).cards) acts.describe(card);
    },
    close: front.close,
    follow: kills.follow,
    find,
    isUnderWay: (found) => isActivityUnderWay(found) || found.lostComments.length > 0,
    broken: (found) => [
      ...brokenActivity(found, options),
      ...wordsOf([
        ['comments from Slack that are not on the card', found.lostComments.length],
        ['comments from Slack that are on the card twice', found.doubledComments.length],
      ]),
    ],
    rows: (found) => [
      ['things done on the board', found.acts, ''],
      ['buttons pressed in Slack', found.presses, ''],
      ['deliveries of webhooks', found.deliveries.all, `${found.deliveries.taken} of them taken`],
      ['  late, doubled, lost, in another order', found.deliveries.disturbed, ''],
      ...activityRows(found, options),
      ['comments from Slack that are not on the card', found.lostComments.length, 'must be 0'],
      ['comments from Slack that are on the card twice', found.doubledComments.length, 'must be 0'],
      ...Object.entries(found.interrupted).map(([step, count]): [string, number, string] => [
        `  killed in ${step}`,
        count,
        '',
      ]),
    ],
  };
}
