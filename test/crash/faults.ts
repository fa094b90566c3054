import { setTimeout as delay } from 'node:timers/promises';
import type { Fault as SlackFault } from '../../sandbox/slack/faults.ts';
import type { Fault as TrelloFault } from '../../sandbox/trello/faults.ts';
import type { Timing } from '../../src/app.ts';
import type { Scene } from '../support/scene.ts';

/** An effect that comes as late as this comes behind the time-out. Milliseconds. */
const LATE = 1_300;
const SLOW = 500;

/** What the program assumes of these two: true here, as its defaults are of the real ones. */
export const TIMING: Timing = {
  trelloAnswersWithin: 1_000,
  slackAnswersWithin: 1_000,
  trelloSettlesWithin: 2_500,
  slackSettlesWithin: 2_500,
};

const SLACK_WRITES: [number, SlackFault][] = [
  [0.02, { kind: 'ratelimited', retryAfterSeconds: 1 }],
  [0.02, { kind: 'status', status: 500, when: 'before' }],
  [0.03, { kind: 'status', status: 502, when: 'after' }],
  [0.02, { kind: 'error', error: 'internal_error', when: 'after' }],
  [0.03, { kind: 'delay', milliseconds: SLOW }],
  [0.02, { kind: 'delay', milliseconds: LATE }],
  [0.02, { kind: 'hang', when: 'before' }],
  [0.02, { kind: 'hang', when: 'after' }],
  [0.02, { kind: 'reset', when: 'before' }],
  [0.03, { kind: 'reset', when: 'after' }],
];
const SLACK_READS: [number, SlackFault][] = [
  [0.03, { kind: 'status', status: 503 }],
  [0.03, { kind: 'reset' }],
  [0.02, { kind: 'hang' }],
];
const SLACK: Readonly<Record<string, [number, SlackFault][]>> = {
  'chat.postMessage': SLACK_WRITES,
  'chat.update': SLACK_WRITES,
  'conversations.history': SLACK_READS,
  'conversations.replies': SLACK_READS,
  'views.open': SLACK_READS,
};

const TRELLO_WRITES: [number, TrelloFault][] = [
  [0.01, { act: 'answer', status: 429 }],
  [0.03, { act: 'answer', status: 500 }],
  [0.03, { act: 'answer', status: 502, effect: true }],
  [0.02, { act: 'answer', status: 503, effect: true }],
  [0.03, { act: 'delay', when: 'before', ms: SLOW }],
  [0.03, { act: 'delay', when: 'before', ms: LATE }],
  [0.03, { act: 'delay', when: 'after', ms: SLOW }],
  [0.02, { act: 'hang', when: 'before' }],
  [0.03, { act: 'hang', when: 'after' }],
  [0.02, { act: 'reset', when: 'before' }],
  [0.04, { act: 'reset', when: 'after' }],
];
const TRELLO_READS: [number, TrelloFault][] = [
  [0.01, { act: 'answer', status: 429 }],
  [0.03, { act: 'answer', status: 500 }],
  [0.02, { act: 'hang', when: 'before' }],
  [0.03, { act: 'reset', when: 'after' }],
];

/** From now on calls of either side go wrong by chance. */
export function startFaults(scene: Scene, seed: number): void {
  startSlackFaults(scene, seed);
  const { trello } = scene;
  const shares = (faults: [number, TrelloFault][]) => faults.map(([share, fault]) => ({ share, fault }));
  for (const match of ['POST *', 'PUT *', 'DELETE *']) {
    trello.faults.random({ seed, match, faults: shares(TRELLO_WRITES) });
  }
  trello.faults.random({ seed: seed + 1, match: 'GET *', faults: shares(TRELLO_READS) });
}

function startSlackFaults({ slack }: Scene, seed: number): void {
  const random = Object.entries(SLACK).flatMap(([method, faults]) =>
    faults.map(([probability, fault]) => ({ method, probability, fault })),
  );
  slack.faults.atRandom(random, seed);
}

/** For so many milliseconds every call to Slack is cut off; after that calls go wrong by chance again. */
export async function takeSlackAway(scene: Scene, seed: number, milliseconds: number): Promise<void> {
  scene.slack.faults.atRandom([{ probability: 1, fault: { kind: 'reset' } }], seed);
  await delay(milliseconds);
  startSlackFaults(scene, seed);
}

export function stopFaults({ slack, trello }: Scene): void {
  slack.faults.clear();
  trello.faults.clear();
}
