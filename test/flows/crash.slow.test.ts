import { expect, it, type TestContext, vi } from 'vitest';
import { openForm, sendForm } from '../support/bridge.ts';
import { startChild } from '../support/child.ts';
import { onSlack, STEPS } from '../support/hang.ts';
import { describeStores, expectOutcome, outcomeOf, type Scene, startScene } from '../support/scene.ts';
import { notifying, postTask } from '../support/token.ts';

vi.setConfig({ maxConcurrency: 5, testTimeout: 90_000 });

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };

/** A person sends the form, or a program a request with a channel, which may be answered or not. */
const REQUESTS = {
  form: async ({ slack }: Scene) => {
    const view = await openForm(slack, 'bug It leaks');
    await sendForm(slack, view.id);
  },
  program: async ({ slack }: Scene, url: string) => {
    const { id: channel } = slack.workspace.channel('#mission-control');
    const body = { type: 'bug', description: 'It leaks', channel };
    postTask(url, body, await notifying()).catch(() => {});
  },
};

describeStores('a kill, with a store on', ({ fresh }) => {
  // A program's request goes other ways than a person's where something is posted.
  const ofProgram = STEPS.filter(([step]) => step === 'announce' || step === 'reply');
  const cases = [
    ...STEPS.map(([step, hang]) => ({ by: 'form', step, hang }) as const),
    ...ofProgram.map(([step, hang]) => ({ by: 'program', step, hang }) as const),
  ].flatMap((one) => [{ ...one, when: 'before' } as const, { ...one, when: 'after' } as const]);
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
    '$when the effect of the step “$step” of a request by $by costs nothing',
    async ({ by, when, hang }, { expect, onTestFinished }) => {
      const { scene, start } = await prepare(onTestFinished);
      const child = await start();
      const hanging = hang(scene, when, expect);
      await REQUESTS[by](scene, child.url);
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
    await REQUESTS.form(scene);
    await child.kill();
    expect(outcomeOf(scene)).toEqual({ cards: [], roots: [], replies: [] });
    slack.faults.clear();
    trello.faults.clear();
    await start();
    await expectOutcome(scene);
  });

  it.concurrent('between the answer to a program and the answer in the thread costs nothing, and the key is remembered', async ({
    expect,
    onTestFinished,
  }) => {
    const { scene, start } = await prepare(onTestFinished);
    const { slack } = scene;
    const child = await start();
    const replied = onSlack('chat.postMessage', 2)(scene, 'before', expect);
    const body = {
      type: 'bug',
      description: 'It leaks',
      channel: slack.workspace.channel('#mission-control').id,
    };
    const headers = { 'idempotency-key': 'once', ...(await notifying()) };
    const made = await postTask(child.url, body, headers);
    expect(made).toMatchObject({ status: 201, body: { status: 'done', thread: { status: 'posted' } } });
    await replied;
    await child.kill();
    const { url } = await start();
    const again = await postTask(url, body, headers);
    expect([again.status, again.body]).toEqual([201, made.body]);
    await expectOutcome(scene);
  });
});
