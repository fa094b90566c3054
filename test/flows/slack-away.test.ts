import { expect, it, vi } from 'vitest';
import type { Fault } from '../../sandbox/slack/faults.ts';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { openForm } from '../support/bridge.ts';
import { describeStores, expectOutcome, outcomeOf, type Scene, startScene } from '../support/scene.ts';

vi.setConfig({ maxConcurrency: 8, testTimeout: 60_000 });

/** Short, so that what hangs is given up and an unknown outcome settles while a test waits. */
const TIMING = {
  slackAnswersWithin: 400,
  trelloSettlesWithin: 500,
  slackSettlesWithin: 500,
};
const ALWAYS = 1_000;

const faults: [string, Fault][] = [
  ['asks for a pause', { kind: 'ratelimited', retryAfterSeconds: 1 }],
  ['does not answer', { kind: 'hang', when: 'before' }],
];

describeStores('Slack away, with a store on', ({ fresh }) => {
  async function start(scene: Scene) {
    const config = readConfig(scene.environment);
    const app = await createApp({
      config,
      log: createLog({ level: 'silent', secrets: [] }),
      timing: TIMING,
    });
    await app.start();
    return app;
  }

  async function cardOf({ trello }: Scene): Promise<string> {
    const find = () => [...trello.state.cards.values()].find(({ desc }) => desc.includes('Reference `'));
    await expect.poll(() => find()?.desc, { timeout: 20_000 }).toBeDefined();
    return String(find()?.desc);
  }

  it.concurrent.each(faults)(
    'that %s holds up no card; the thread follows, over a restart, and each comes once',
    async (_, fault) => {
      const scene = await startScene({ storeUrl: fresh() });
      const { slack } = scene;
      let app = await start(scene);
      const view = await openForm(slack, 'bug It leaks');
      slack.faults.plan('chat.postMessage', fault, ALWAYS);
      await slack.viewSubmit({ user: 'Ana', viewId: view.id });
      expect(await cardOf(scene)).toMatch(/\n\nRequested by ana in Slack · Reference `\w+`$/);
      expect(outcomeOf(scene)).toMatchObject({ roots: [], replies: [] });

      await app.stop();
      app = await start(scene);
      slack.faults.clear();
      await expectOutcome(scene);
      await app.stop();
      await scene.close();
    },
  );
});
