import { expect, it, vi } from 'vitest';
import type { Fault as SlackFault } from '../../sandbox/slack/faults.ts';
import type { Fault as TrelloFault } from '../../sandbox/trello/faults.ts';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openForm, sendForm } from '../support/bridge.ts';
import {
  BASE_SCOPES,
  describeStores,
  expectOutcome,
  outcomeOf,
  type Scene,
  startScene,
} from '../support/scene.ts';

vi.setConfig({ maxConcurrency: 24, testTimeout: 60_000 });

/** Short, so that what hangs is given up and doubt ends while a test waits. */
const TIMING = {
  trelloAnswersWithin: 400,
  slackAnswersWithin: 400,
  trelloSettlesWithin: 500,
  slackSettlesWithin: 500,
};

/** Plans a fault for the next call of a step; what it answers with tells whether the fault was met. */
type Plan = (scene: Scene) => () => boolean;
type Outcome = Parameters<typeof expectOutcome>[1];

const slackMethods = { announce: 'chat.postMessage', 'show the end': 'chat.update' } as const;
const onTrello =
  (fault: TrelloFault): Plan =>
  ({ trello }) => {
    const rule = trello.faults.add('POST /cards', fault, 1);
    return () => rule.met === 1;
  };
const onSlack =
  (method: string, fault: SlackFault): Plan =>
  ({ slack }) => {
    slack.faults.plan(method, fault);
    return () => slack.faults.take(method) === undefined;
  };

const slackEnds: [string, SlackFault][] = [
  ['429', { kind: 'ratelimited', retryAfterSeconds: 1 }],
  ['503 before its effect', { kind: 'status', status: 503, when: 'before' }],
  ['500 behind its effect', { kind: 'status', status: 500, when: 'after' }],
  ['an inner error of Slack', { kind: 'error', error: 'internal_error' }],
  ['a time-out before its effect', { kind: 'hang', when: 'before' }],
  ['a time-out behind its effect', { kind: 'hang', when: 'after' }],
  ['a reset before its effect', { kind: 'reset', when: 'before' }],
  ['a reset behind its effect', { kind: 'reset', when: 'after' }],
];
const trelloEnds: [string, TrelloFault][] = [
  ['429', { act: 'answer', status: 429 }],
  ['503 before its effect', { act: 'answer', status: 503 }],
  ['500 behind its effect', { act: 'answer', status: 500, effect: true }],
  ['504 behind its effect', { act: 'answer', status: 504, effect: true }],
  ['a time-out before its effect', { act: 'hang', when: 'before' }],
  ['a time-out behind its effect', { act: 'hang', when: 'after' }],
  ['an effect that comes after the time-out', { act: 'delay', when: 'before', ms: 600 }],
  ['a reset before its effect', { act: 'reset', when: 'before' }],
  ['a reset behind its effect', { act: 'reset', when: 'after' }],
];

/** The reply is the second message of a job. */
const onReply =
  (fault: SlackFault): Plan =>
  (scene) => {
    scene.slack.faults.plan('chat.postMessage', { kind: 'delay', milliseconds: 0 });
    return onSlack('chat.postMessage', fault)(scene);
  };

const cases: [string, string, Plan, Outcome][] = [
  ...Object.entries(slackMethods).flatMap(([step, method]) =>
    slackEnds.map(([end, fault]): [string, string, Plan, Outcome] => [step, end, onSlack(method, fault), {}]),
  ),
  ...slackEnds.map(([end, fault]): [string, string, Plan, Outcome] => ['reply', end, onReply(fault), {}]),
  ...trelloEnds.map(([end, fault]): [string, string, Plan, Outcome] => ['card', end, onTrello(fault), {}]),
  ['announce', 'success', () => () => true, {}],
  [
    'announce',
    'a refusal of the channel',
    onSlack('chat.postMessage', { kind: 'error', error: 'is_archived' }),
    {},
  ],
  [
    'announce',
    'a refusal of its blocks',
    onSlack('chat.postMessage', { kind: 'error', error: 'invalid_blocks' }),
    {},
  ],
  [
    'announce',
    'a refusal for good',
    onSlack('chat.postMessage', { kind: 'error', error: 'not_authed' }),
    { roots: 0, replies: 0 },
  ],
  [
    'card',
    'a refusal for good',
    onTrello({ act: 'answer', status: 400, body: 'invalid value for name' }),
    { cards: 0, words: 'No card was created.' },
  ],
  ['reply', 'a refusal for good', onReply({ kind: 'error', error: 'thread_not_found' }), { replies: 0 }],
];

/** Without a history scope a reply in doubt is posted again: once more where it was there, and never a second card. */
const unseen: [string, Plan, Outcome][] = [
  ['a reset before its effect', onReply({ kind: 'reset', when: 'before' }), { replies: 1 }],
  ['a reset behind its effect', onReply({ kind: 'reset', when: 'after' }), { replies: 2 }],
  ['a 500 behind its effect', onReply({ kind: 'status', status: 500, when: 'after' }), { replies: 2 }],
  ['a time-out behind its effect', onReply({ kind: 'hang', when: 'after' }), { replies: 2 }],
];

describeStores('with a store on', ({ fresh }) => {
  async function expectAfter(plan: Plan, expected: Outcome, scopes?: string[]): Promise<void> {
    const scene = await startScene({ storeUrl: fresh(), ...(scopes && { scopes }) });
    const config = readConfig(scene.environment);
    const log = createLog({ level: 'silent', secrets: [] });
    const app = await createApp({ config, log, timing: TIMING });
    await app.start();
    const view = await openForm(scene.slack, 'bug It leaks');
    const wasMet = plan(scene);
    await sendForm(scene.slack, view.id);
    await expectOutcome(scene, expected);
    await app.stop();
    expect(outcomeOf(scene).cards).toHaveLength(expected?.cards ?? 1);
    expect(wasMet()).toBe(true);
    await scene.close();
  }

  it.concurrent.each(cases)('the step “%s” is taken once in all after %s', (_, __, plan, expected) =>
    expectAfter(plan, expected),
  );
  it.concurrent.each(unseen)('an app that may not look posts its reply again after %s', (_, plan, expected) =>
    expectAfter(plan, expected, BASE_SCOPES),
  );
});
