import { afterEach, beforeEach, expect, it } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { NEWS, type NewsEntry } from '../../src/flows/card-activity/news.ts';
import { EDITS, type Edit } from '../../src/flows/edit-card/edits.ts';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';

const DUE = Date.parse('2030-11-28T12:00:00.000Z');

const description: NewsEntry = {
  kind: 'description',
  read: ({ old }, type) => (type === 'updateCard' && old && 'desc' in old) || undefined,
  tell: (news) => news.slice(-1).map(({ at, by }) => ({ at, by, phrase: ['changed the description'] })),
};
const dueThen: Edit = {
  name: 'due_then',
  label: 'Due on November 28',
  place: 'button',
  offered: ['onBoard'],
  value: DUE,
  phrase: () => 'set the due date',
  isSo: ({ due }) => (due === DUE ? { words: 'It’s due then already.' } : undefined),
  news: () => ({ kind: 'due', key: String(DUE) }),
  apply: async ({ followed }, { editor }) => await editor.change(followed.card, { due: DUE }),
};

let trello: RunningTrello;
let bridge: Bridge;

beforeEach(async () => {
  trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  bridge = await startBridge(
    { url: trello.url, board: board.id },
    {
      environment: { TRELLO_POLL_SECONDS: '1' },
      tables: { news: [...NEWS, description], edits: [...EDITS, dueThen] },
    },
  );
});
afterEach(async () => {
  await bridge.stop();
  await trello.close();
});

it('one entry in its table is a new piece of news, and one a new edit', { timeout: 90_000 }, async () => {
  const { slack } = bridge;
  const view = await openForm(slack, 'issue The cockpit leaks');
  await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { description: 'It leaks.' } });
  const { root } = await answeredThread(slack, '#mission-control');
  const [card] = [...trello.state.cards.values()].filter(({ name }) => name === 'The cockpit leaks');
  if (!card) throw new Error('no card');
  const { id: channel } = slack.workspace.channel('#mission-control');
  const lines = () => slack.messages.replies(channel, root.ts).map(({ text }) => text);

  trello.person('Sally Okafor').describe(card.id, 'It leaks a lot.');
  await expect
    .poll(lines, { timeout: 30_000 })
    .toContain('The cockpit leaks: Sally Okafor changed the description');

  const press = { user: 'Ana', channel: '#mission-control', messageTs: root.ts, actionId: 'due_then' };
  await slack.messageAction(press);
  await expect
    .poll(() => lines().at(-1), { timeout: 30_000 })
    .toMatch(/^The cockpit leaks: ana set the due date to Nov 28/);
  expect(card.due).toBe('2030-11-28T12:00:00.000Z');
  await slack.messageAction(press);
  await expect
    .poll(() => slack.ephemerals('Ana').map(({ message }) => message.text), { timeout: 30_000 })
    .toEqual(['It’s due then already.']);
});
