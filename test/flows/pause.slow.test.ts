import { it, vi } from 'vitest';
import { openForm, sendForm } from '../support/bridge.ts';
import { startChild } from '../support/child.ts';
import { describeStores, expectOutcome, outcomeOf, STORES, startScene } from '../support/scene.ts';

vi.setConfig({ testTimeout: 90_000 });

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };
const SOON = { timeout: 60_000, interval: 5 };

describeStores(
  'an instance that is paused in the middle of a job, with a store on',
  ({ fresh }) => {
    it.concurrent.for([
      ['before the card is there', 'before', 0],
      ['behind the card', 'after', 1],
    ] as const)(
      'does no harm when it wakes up, stopped %s',
      async ([, when, cards], { expect, onTestFinished }) => {
        const scene = await startScene({ storeUrl: fresh() });
        onTestFinished(scene.close);
        const first = await startChild(scene.environment, TIMING);
        onTestFinished(first.kill);
        const rule = scene.trello.faults.add('POST /cards', { act: 'delay', when, ms: 2_000 }, 1);
        const view = await openForm(scene.slack, 'bug It leaks');
        await sendForm(scene.slack, view.id);
        await expect.poll(() => rule.met, SOON).toBe(1);
        first.pause();
        expect(outcomeOf(scene).cards).toHaveLength(cards);

        const second = await startChild(scene.environment, TIMING);
        onTestFinished(second.kill);
        await expectOutcome(scene);
        expect(second.log()).not.toContain('given up');

        first.resume();
        // It wakes with an answer in hand for a job that is no longer its own, and stops there.
        await expect.poll(first.log, SOON).toMatch(/claim_lost/);
        await expectOutcome(scene);
      },
    );
  },
  STORES.filter(({ name }) => name === 'redis'),
);
