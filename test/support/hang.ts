import type { ExpectStatic } from 'vitest';
import { outcomeOf, type Scene } from './scene.ts';

const SOON = { timeout: 60_000, interval: 10 };
const NO_FAULT = { kind: 'delay', milliseconds: 0 } as const;

/** Lets the call of a step hang; resolves when it does, its effect ahead of it or behind it. */
export type Hang = (scene: Scene, when: 'before' | 'after', expect: ExpectStatic) => PromiseLike<void>;

/** `turn`: which call of the method is the step's, counted from 1. */
export const onSlack =
  (method: string, turn: number): Hang =>
  ({ slack }, when, expect) => {
    slack.faults.plan(method, NO_FAULT, turn - 1);
    slack.faults.plan(method, { kind: 'hang', when });
    return expect.poll(() => slack.calls.count(method), SOON).toBe(turn);
  };

const onTrello: Hang = (scene, when, expect) => {
  const rule = scene.trello.faults.add('POST /cards', { act: 'hang', when }, 1);
  const reached = () => ({ met: rule.met, cards: outcomeOf(scene).cards.length });
  return expect.poll(reached, SOON).toEqual({ met: 1, cards: when === 'after' ? 1 : 0 });
};

/** The calls of a request from Slack, in their order. */
export const STEPS: readonly [string, Hang][] = [
  ['announce', onSlack('chat.postMessage', 1)],
  ['card', onTrello],
  ['reply', onSlack('chat.postMessage', 2)],
  ['show the end', onSlack('chat.update', 1)],
];
