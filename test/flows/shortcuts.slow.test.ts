import { expect, it, type TestContext, vi } from 'vitest';
import { openForm, sendForm } from '../support/bridge.ts';
import { startChild } from '../support/child.ts';
import { STEPS } from '../support/hang.ts';
import { describeStores, expectOutcome, outcomeOf, type Scene, startScene } from '../support/scene.ts';
import { shown } from '../support/shown.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 120_000 });

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };
const SOON = { timeout: 60_000, interval: 50 };
/** Of a message's thread, in which the request is a reply like its answer. */
const IN_THREAD = { cards: 1, roots: 0, replies: 2 };

describeStores('a task made by a shortcut, with a store on', ({ fresh }) => {
  async function prepare(onTestFinished: TestContext['onTestFinished']) {
    const scene = await startScene({ storeUrl: fresh() });
    scene.environment.TRELLO_POLL_SECONDS = '1';
    onTestFinished(scene.close);
    const { slack } = scene;
    const { ts } = slack.say({ user: 'Bruno', channel: '#mission-control', text: 'It leaks\n&lt;here&gt;' });
    const start = async () => {
      const child = await startChild(scene.environment, TIMING);
      onTestFinished(child.kill);
      return child;
    };
    /** The form that Ana gets for Bruno's message. */
    const openForMessage = async () => {
      const message = { user: 'Ana', channel: '#mission-control', messageTs: ts };
      const chosen = await slack.messageShortcut({ ...message, callbackId: 'create_task_from_message' });
      expect(chosen).toMatchObject({ acknowledged: true });
      return (await slack.viewOf(chosen)).view;
    };
    const channel = slack.workspace.channel('#mission-control').id;
    return { scene, start, openForMessage, ts, channel };
  }

  async function sendFilled({ slack }: Scene, viewId: string) {
    slack.viewType({ user: 'Ana', viewId, values: { title: 'The valve sticks' } });
    await sendForm(slack, viewId);
  }

  /** What differs from a request in a channel. */
  const messages = STEPS.filter(([step]) => step === 'announce' || step === 'reply');
  const cases = messages.flatMap(([step, hang]) => [
    { when: 'before', step, hang } as const,
    { when: 'after', step, hang } as const,
  ]);

  it.concurrent.for(cases)(
    'is one card and one answer in the thread of its message after a kill $when the effect of “$step”',
    async ({ when, hang }, { expect, onTestFinished }) => {
      const { scene, start, openForMessage, ts, channel } = await prepare(onTestFinished);
      const child = await start();
      const hanging = hang(scene, when, expect);
      await sendFilled(scene, (await openForMessage()).id);
      await hanging;
      await child.kill();
      await start();
      await expectOutcome(scene, IN_THREAD);
      const [root, reply] = scene.slack.messages.replies(channel, ts);
      await expect.poll(() => shown(root), SOON).toContain('To Do');
      expect(shown(reply)).toContain('is on the board: ');
      const link = `https://spacex-local.slack.com/archives/${channel}/p`;
      const [card] = outcomeOf(scene).cards;
      expect(card?.desc).toContain('It leaks\n<here>\n\nRequested by ana in ');
      expect(card?.desc).toContain(`, from [a message](${link}${ts.replace('.', '')})`);
    },
  );

  it.concurrent('is known by its message after a kill, and followed in its thread', async ({
    expect,
    onTestFinished,
  }) => {
    const { scene, start, openForMessage, ts, channel } = await prepare(onTestFinished);
    const { slack, trello } = scene;
    const child = await start();
    // Nothing takes effect until the program is dead.
    slack.faults.plan('chat.postMessage', { kind: 'hang', when: 'before' }, 100);
    trello.faults.add('POST /cards', { act: 'hang', when: 'before' });
    // On a busy machine a form opens before the store has answered.
    const firstBlock = async () => JSON.stringify((await openForMessage()).blocks[0]);
    const first = await openForMessage();
    expect(first.submit).toMatchObject({ text: 'Create card' });
    await sendFilled(scene, first.id);
    await expect.poll(firstBlock, SOON).toContain('A card is being created for this message already: ');
    await child.kill();
    expect(outcomeOf(scene).cards).toEqual([]);
    slack.faults.clear();
    trello.faults.clear();
    await start();
    await expectOutcome(scene, IN_THREAD);
    const [card] = outcomeOf(scene).cards;

    const sally = trello.person('Sally Okafor');
    const [board] = trello.state.boards.values();
    const doing = board?.lists.find(({ name }) => name === 'Doing');
    if (!card || !doing) throw new Error('no card');
    const replies = () => slack.messages.replies(channel, ts).map((one) => shown(one));
    await expect.poll(() => replies()[0], SOON).toContain('To Do');
    sally.move(card.id, doing);
    await expect.poll(() => replies()[2], SOON).toBe('Sally Okafor moved it to Doing');
    await expect.poll(() => replies()[0], SOON).toContain('Doing');

    // The buttons work under the reply as under a message.
    const [root] = slack.messages.replies(channel, ts);
    const pressed = { user: 'Ana', channel, messageTs: root?.ts ?? '', actionId: 'more' };
    const link = /Reference `(\w+)`/.exec(card.desc)?.[1];
    await slack.messageAction({ ...pressed, value: `complete:${link}` });
    await expect.poll(() => replies()[3], SOON).toBe('ana marked it complete');

    await expect
      .poll(firstBlock, SOON)
      .toMatch(new RegExp(`This message has a card already: .*/${card.shortLink}"`));
    await sendFilled(scene, (await openForMessage()).id);
    await expect.poll(() => outcomeOf(scene).cards.length, SOON).toBe(2);
    await expect.poll(() => replies().length, SOON).toBe(6);
  });

  it.concurrent('in no channel is one card and one answer in a direct message after a kill', async ({
    expect,
    onTestFinished,
  }) => {
    const { scene, start } = await prepare(onTestFinished);
    const { slack, trello } = scene;
    const { workspace } = slack;
    const child = await start();
    const { view } = await slack.viewOf(await slack.shortcut({ user: 'Ana', callbackId: 'new_task' }));
    slack.viewType({ user: 'Ana', viewId: view.id, values: { description: 'It leaks.' } });
    const [, hang] = STEPS[0] ?? [];
    const hanging = hang?.(scene, 'after', expect);
    await sendFilled(scene, view.id);
    await hanging;
    await child.kill();
    await start();
    await expectOutcome(scene);
    const direct = workspace.directMessage([workspace.person('Ana').id, workspace.app.botUserId]).channel.id;
    const [root] = slack.messages.inChannel(direct);
    const [card] = outcomeOf(scene).cards;
    expect(shown(root)).toMatch(/You raised an issue: .*To Do/s);

    trello.person('Sally Okafor').complete(card?.id ?? '', true);
    const replies = () => slack.messages.replies(direct, root?.ts ?? '').map((one) => shown(one));
    await expect.poll(() => replies()[1], SOON).toBe('Sally Okafor marked it complete');
    await expect.poll(() => shown(root), SOON).toContain('Finished');
    expect(shown(root)).toContain('You raised an issue: ');
    expect(shown(root)).not.toContain('so updates come');
  });

  it.concurrent('is one card when its form is sent twice, and two for two forms of one message', async ({
    onTestFinished,
  }) => {
    const { scene, start, openForMessage } = await prepare(onTestFinished);
    await start();
    const { slack } = scene;
    const [one, other] = [await openForMessage(), await openForMessage()];
    for (const { id } of [one, other])
      slack.viewType({ user: 'Ana', viewId: id, values: { title: 'The valve sticks' } });
    await Promise.all([1, 2].map(() => slack.viewSubmit({ user: 'Ana', viewId: one.id })));
    await sendForm(slack, other.id);
    await expectOutcome(scene, { cards: 2, roots: 0, replies: 4 });
  });

  it.concurrent('takes nothing from the command', async ({ onTestFinished }) => {
    const { scene, start, openForMessage } = await prepare(onTestFinished);
    await start();
    const view = await openForm(scene.slack, 'bug It leaks');
    await sendForm(scene.slack, view.id);
    await expectOutcome(scene);
    expect((await openForMessage()).submit).toMatchObject({ text: 'Create card' });
  });
});
