import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';

const CHANNEL = '#mission-control';

let trello: RunningTrello;
let bridge: Bridge;

beforeEach(async () => {
  trello = await startLocalTrello();
});
afterEach(async () => {
  await bridge.stop();
  await trello.close();
});

const cards = () => [...trello.state.cards.values()].filter(({ desc }) => desc.includes('Reference `'));
const shown = (message: { blocks?: unknown[] } | undefined) => JSON.stringify(message?.blocks ?? []);

/** The root message once it has these words, and the replies under it. */
async function threadWith(words: string) {
  const { slack } = bridge;
  const { id } = slack.workspace.channel(CHANNEL);
  return await slack.until(() => {
    const [root, ...others] = slack.messages.inChannel(id).filter(({ thread_ts }) => !thread_ts);
    if (others.length > 0) throw new Error('a second root message');
    if (!root || !shown(root).includes(words)) return undefined;
    return { root, replies: slack.messages.replies(id, root.ts) };
  });
}

/** A request that Trello refuses for good, with as many refusals to come. */
async function failedRequest(refusals: number) {
  const { board } = seedMissionBoard(trello.state);
  bridge = await startBridge({ url: trello.url, board: board.id });
  const { slack } = bridge;
  trello.faults.add('POST /cards', { act: 'answer', status: 400, body: 'invalid value for name' }, refusals);
  const { id: viewId } = await openForm(slack, 'bug It leaks');
  await slack.viewSubmit({ user: 'Ana', viewId });
  const { root } = await answeredThread(slack, CHANNEL);
  expect(shown(root)).toContain('No card was created.');
  return (user: string) =>
    slack.messageAction({ user, channel: CHANNEL, messageTs: root.ts, actionId: 'retry' });
}

describe('“Try again” on a failed request', () => {
  it('makes one card in the same thread, however many press it at once', async () => {
    const press = await failedRequest(1);
    const pressed = await Promise.all([press('Ana'), press('Bruno'), press('Ana'), press('Chen')]);
    for (const { acknowledged } of pressed) expect(acknowledged).toBe(true);
    const { root, replies } = await threadWith('"name":"pushpin"');
    expect(cards()).toHaveLength(1);
    expect(replies.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^No card was created for bug-/),
      expect.stringMatching(/^bug-\S+ is on the board, in To Do, assigned to /),
    ]);
    expect(shown(root)).not.toContain('Try again');
    expect(bridge.slack.ephemerals('Ana')).toEqual([]);
  });

  it('that ends in the same way edits the answer and posts nothing', async () => {
    const press = await failedRequest(2);
    const before = await threadWith('No card was created.');
    await press('Bruno');
    const answer = await bridge.slack.until(() => before.replies.find(({ edited }) => edited));
    expect(shown(answer)).toContain('Tried again at ');
    const { replies } = await threadWith('No card was created.');
    expect(replies).toHaveLength(1);
    await press('Ana');
    await threadWith('"name":"pushpin"');
    expect(cards()).toHaveLength(1);
  });
});
