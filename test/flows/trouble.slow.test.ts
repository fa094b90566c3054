import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { answeredThread, type Bridge, type BridgeOptions, openForm, startBridge } from '../support/bridge.ts';
import { postTask } from '../support/token.ts';

let trello: RunningTrello;
let bridge: Bridge;

async function start(
  options: BridgeOptions & { prepare?: (board: ReturnType<typeof seedMissionBoard>) => void } = {},
) {
  trello = await startLocalTrello();
  const seeded = seedMissionBoard(trello.state);
  options.prepare?.(seeded);
  bridge = await startBridge({ url: trello.url, board: seeded.board.id }, options);
}

afterEach(async () => {
  await bridge.stop();
  await trello.close();
});

async function askForBug() {
  const { slack } = bridge;
  const view = await openForm(slack, 'bug It leaks');
  return await slack.viewSubmit({ user: 'Ana', viewId: view.id });
}

const ready = async () => {
  const response = await fetch(`${bridge.url}/health/ready`);
  return { status: response.status, text: await response.text() };
};
const cards = () => [...trello.state.cards.values()].filter((card) => card.desc.includes('Reference'));
/** What stands in a message as a reader sees it. */
const shown = (message: { blocks?: unknown[] }) => JSON.stringify(message.blocks);

describe('a board that cannot take cards', () => {
  it('is told to the operator with what to set, and to the person without', async () => {
    await start({ environment: { TRELLO_LIST: 'Backlog' } });
    const detail = 'No open list “Backlog” on Mission Control (TRELLO_LIST). `npm run board -- fix` adds it.';
    expect(bridge.lines.join('')).toContain(detail);
    const state = await ready();
    expect(state.status).toBe(503);
    expect(state.text).toContain(detail);
    await askForBug();
    const { root, reply } = await answeredThread(bridge.slack, '#mission-control');
    expect(shown(reply)).toContain('The board “Mission Control” has no list “Backlog”.');
    expect(shown(reply)).not.toContain('TRELLO_LIST');
    expect(shown(root)).toContain('No card was created.');
    expect(cards()).toEqual([]);
  });

  it('is told when it is unknown', async () => {
    await start({ environment: { TRELLO_BOARD: 'https://trello.com/b/NoSuchBd/x' } });
    expect((await ready()).text).toContain('set TRELLO_BOARD');
    await askForBug();
    const { reply } = await answeredThread(bridge.slack, '#mission-control');
    expect(shown(reply)).toContain('The board is closed, or this app can no longer see it.');
  });

  it('is told when it is full, and the readiness says so', async () => {
    await start({
      prepare: () => {
        trello.state.allowed.openCards = 0;
      },
    });
    expect((await ready()).text).toContain('The board Mission Control is full: 0 of 0 open cards.');
    await askForBug();
    const { reply } = await answeredThread(bridge.slack, '#mission-control');
    expect(shown(reply)).toContain('“Mission Control” is full');
  });

  it('is told when it refuses the token, and shows no secret', async () => {
    await start({ environment: { TRELLO_API_TOKEN: 'a-token-that-was-revoked' } });
    expect((await ready()).text).toContain('Renew TRELLO_API_TOKEN');
    await askForBug();
    const { reply } = await answeredThread(bridge.slack, '#mission-control');
    expect(shown(reply)).toContain('Trello no longer accepts this app’s sign-in.');
    expect(bridge.lines.join('') + shown(reply)).not.toContain('a-token-that-was-revoked');
  });

  it('is told without the token that Trello quotes: in no message, no line of the log and no stored job', async () => {
    await start();
    const { TRELLO_API_TOKEN: token = '', STORE_URL: url = '' } = bridge.environment as Record<
      string,
      string
    >;
    trello.faults.add('POST /cards', { act: 'answer', status: 401, body: `invalid token ${token}` });
    await askForBug();
    const { root, reply } = await answeredThread(bridge.slack, '#mission-control');
    const { body } = await postTask(bridge.url, { type: 'bug', description: 'It leaks' });
    const file = url.slice('sqlite:'.length);
    const stored = [file, `${file}-wal`].map((name) => readFileSync(name, 'latin1')).join('');
    expect(stored).toContain('invalid token [secret]');
    const said = [shown(root), shown(reply), JSON.stringify(body), ...bridge.lines, stored].join('\n');
    expect(said).not.toContain(token);
  });
});

describe('trouble on the way to Trello', () => {
  it.each([
    ['a lost answer', { act: 'reset', when: 'after' }],
    ['a lost request', { act: 'reset', when: 'before' }],
    ['a 500 after the card was made', { act: 'answer', status: 500, effect: true }],
    ['a 503 without effect', { act: 'answer', status: 503 }],
  ] as const)('ends in exactly one card after %s', async (_, fault) => {
    await start();
    trello.faults.add('POST /cards', fault, 1);
    await askForBug();
    const { reply, replies } = await answeredThread(bridge.slack, '#mission-control');
    expect(replies).toHaveLength(1);
    expect(cards()).toHaveLength(1);
    expect(shown(reply)).toContain(String(cards()[0]?.shortLink));
  });
});

describe('a card that a stale read does not show', () => {
  it.each([500, 502, 503, 504])('is not made again after a %i that came behind it', async (status) => {
    await start();
    // Longer than the first looks take, shorter than the outcome is unknown: 5 s, and what SHORT says.
    trello.state.listedAfter = 4_500;
    trello.faults.add('POST /cards', { act: 'answer', status, effect: true }, 1);
    await askForBug();
    await answeredThread(bridge.slack, '#mission-control');
    expect(cards()).toHaveLength(1);
  });
});

describe('trouble on the way to Slack', () => {
  it.each([
    ['a lost answer', { kind: 'reset', when: 'before' }],
    ['a pause', { kind: 'ratelimited', retryAfterSeconds: 1 }],
    ['an inner error', { kind: 'error', error: 'internal_error' }],
  ] as const)('ends in one card and a reply after %s', async (_, fault) => {
    await start();
    const { slack } = bridge;
    const view = await openForm(slack, 'bug It leaks');
    slack.faults.plan('chat.postMessage', fault);
    await slack.viewSubmit({ user: 'Ana', viewId: view.id });
    const { replies } = await answeredThread(slack, '#mission-control');
    expect(replies.length).toBeGreaterThan(0);
    expect(cards()).toHaveLength(1);
  });

  it('posts nothing twice where the app may look for its messages', async () => {
    const scopes = [
      'commands',
      'chat:write',
      'chat:write.public',
      'im:write',
      'channels:history',
      'im:history',
    ];
    await start({ slack: { scopes } });
    const { slack } = bridge;
    const view = await openForm(slack, 'bug It leaks');
    slack.faults.plan('chat.postMessage', { kind: 'reset', when: 'after' }, 1);
    await slack.viewSubmit({ user: 'Ana', viewId: view.id });
    const { replies } = await answeredThread(slack, '#mission-control');
    expect(replies).toHaveLength(1);
    const { id } = slack.workspace.channel('#mission-control');
    expect(slack.messages.inChannel(id).filter((message) => !message.thread_ts)).toHaveLength(1);
  });

  it('tells the person in the channel when the form cannot be opened', async () => {
    await start();
    const { slack } = bridge;
    slack.faults.plan('views.open', { kind: 'error', error: 'expired_trigger_id' });
    await slack.command({ user: 'Ana', channel: '#engine-room', command: '/spacex-task', text: '' });
    const told = await slack.until(() => slack.ephemerals('Ana')[0]);
    expect(told.message.text).toBe('Slack didn’t open the form in time. Run the command again.');
  });
});

describe('Trello while it is away', () => {
  it('is waited for, and the root message says so', async () => {
    await start();
    const rule = trello.faults.add('POST /cards', {
      act: 'answer',
      status: 429,
      body: { message: 'Rate limit exceeded' },
    });
    await askForBug();
    const { slack } = bridge;
    const { id } = slack.workspace.channel('#mission-control');
    const waiting = await slack.until(() =>
      slack.messages.inChannel(id).find((message) => shown(message).includes('Waiting.')),
    );
    expect(shown(waiting)).toContain('Trello is limiting how fast cards are created.');
    const posted = await postTask(bridge.url, { type: 'bug', description: 'It waits' });
    expect(posted.status).toBe(202);
    rule.clear();
    await answeredThread(slack, '#mission-control');
    expect(cards().length).toBeGreaterThanOrEqual(1);
  }, 40_000);
});
