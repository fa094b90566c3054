import { type ExpectStatic, expect, it, type TestContext, vi } from 'vitest';
import { openForm, sendForm } from '../support/bridge.ts';
import { startChild } from '../support/child.ts';
import { describeStores, expectOutcome, outcomeOf, type Scene, startScene } from '../support/scene.ts';

vi.setConfig({ maxConcurrency: 5, testTimeout: 90_000 });

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };
const SOON = { timeout: 60_000, interval: 10 };
const NO_FAULT = { kind: 'delay', milliseconds: 0 } as const;

/** Lets the call of a step hang; resolves when it does, its effect ahead of it or behind it. */
type Hang = (scene: Scene, when: 'before' | 'after', expect: ExpectStatic) => PromiseLike<void>;

/** `turn`: which call of the method is the step's, counted from 1. */
const onSlack =
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

const STEPS: [string, Hang][] = [
  ['announce', onSlack('chat.postMessage', 1)],
  ['card', onTrello],
  ['reply', onSlack('chat.postMessage', 2)],
  ['show the end', onSlack('chat.update', 1)],
];

async function submit({ slack }: Scene): Promise<void> {
  const view = await openForm(slack, 'bug It leaks');
  await sendForm(slack, view.id);
}

describeStores('a kill, with a store on', ({ fresh }) => {
  const cases = STEPS.flatMap(([step, hang]) => [
    { when: 'before', step, hang } as const,
    { when: 'after', step, hang } as const,
  ]);
  async function prepare(onTestFinished: TestContext['onTestFinished']) {
    const scene = await startScene({ storeUrl: fresh() });
    onTestFinished(scene.close);
    const start = async () => {
      const child = await startChild(scene.environment, TIMING);
      onTestFinished(child.kill);
      return child;
    };
    return { scene, start };
  }

  it.concurrent.for(cases)(
    '$when the effect of the step “$step” costs nothing',
    async ({ when, hang }, { expect, onTestFinished }) => {
      const { scene, start } = await prepare(onTestFinished);
      const child = await start();
      const hanging = hang(scene, when, expect);
      await submit(scene);
      await hanging;
      await child.kill();
      await start();
      await expectOutcome(scene);
    },
  );

  it.concurrent('between the acknowledgement and the card costs nothing', async ({ onTestFinished }) => {
    const { scene, start } = await prepare(onTestFinished);
    const { slack, trello } = scene;
    const child = await start();
    // Nothing takes effect until the program is dead.
    slack.faults.plan('chat.postMessage', { kind: 'hang', when: 'before' }, 100);
    trello.faults.add('POST /cards', { act: 'hang', when: 'before' });
    await submit(scene);
    await child.kill();
    expect(outcomeOf(scene)).toEqual({ cards: [], roots: [], replies: [] });
    slack.faults.clear();
    trello.faults.clear();
    await start();
    await expectOutcome(scene);
  });
});
