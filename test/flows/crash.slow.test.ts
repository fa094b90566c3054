import { expect, it, type TestContext, vi } from 'vitest';
import { openForm, sendForm } from '../support/bridge.ts';
import { startChild } from '../support/child.ts';
import { STEPS } from '../support/hang.ts';
import { describeStores, expectOutcome, outcomeOf, type Scene, startScene } from '../support/scene.ts';

vi.setConfig({ maxConcurrency: 5, testTimeout: 90_000 });

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };

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
