import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../sandbox/slack/messages.ts';
import type { Person } from '../../sandbox/trello/person.ts';
import { type SeededBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { drivers, type Place } from '../store/drivers.ts';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { shown } from '../support/shown.ts';
import { notifying, postTask } from '../support/token.ts';

let trello: RunningTrello;
let mission: SeededBoard;
let bridge: Bridge;
let place: Place;
let sally: Person;

const idOf = (channel: string) => bridge.slack.workspace.channel(channel).id;
const listNamed = (name: string) => {
  const found = mission.lists.find((list) => list.name === name);
  if (!found) throw new Error(`no list ${name}`);
  return found;
};
const cardNamed = (title: string) => [...trello.state.cards.values()].find(({ name }) => name === title);

/** What `read` gives once that is as it should be, or at the end of the time. */
async function eventually<T>(read: () => T | Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const until = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (isRight(value) || Date.now() > until) return value;
    await delay(100);
  }
}

/** A program asks for an issue in a channel. */
async function ask(title: string, channel = '#mission-control') {
  const body = { type: 'issue', title, description: 'It leaks.', channel: idOf(channel) };
  return (await postTask(bridge.url, body, await notifying('ci-bot'))).body;
}

async function read(id: string) {
  const response = await fetch(`${bridge.url}/tasks/${id}`, { headers: await notifying('ci-bot') });
  return (await response.json()) as {
    status: string;
    card: Record<string, unknown>;
    thread: Record<string, unknown>;
  };
}

function threadOf(title: string, channel = '#mission-control') {
  const { messages } = bridge.slack;
  const root = () =>
    messages.inChannel(idOf(channel)).find((one) => !one.thread_ts && one.text.includes(title));
  return {
    ts: () => String(root()?.ts),
    root: () => shown(root()),
    lines: () => messages.replies(idOf(channel), String(root()?.ts)).map((one: Message) => shown(one)),
  };
}

describe.each(drivers)('a program’s task that is shown in a channel, with $name', ({ prepare, missing }) => {
  beforeAll(async () => {
    if (missing) return;
    trello = await startLocalTrello();
    mission = seedMissionBoard(trello.state);
    sally = trello.person('Sally Okafor');
    place = await prepare();
    bridge = await startBridge(
      { url: trello.url, board: mission.board.id },
      { environment: { STORE_URL: place.url, TRELLO_TOKEN_LIMIT: '0', TRELLO_POLL_SECONDS: '1' } },
    );
  });
  afterAll(async () => {
    if (missing) return;
    await bridge.stop();
    await trello.close();
    await place.remove();
  });

  const promise = (name: string, run: () => Promise<void>) =>
    it(name, { timeout: 180_000 }, async ({ skip }) => {
      skip(missing !== undefined, missing);
      await run();
    });

  promise('says who asked as text, links the card, and follows it', async () => {
    const task = await ask('Leak one');
    expect(task).toMatchObject({ status: 'done', thread: { status: 'posted' } });
    const { root, lines } = threadOf('Leak one');
    expect(await eventually(root, (text) => text.startsWith(':pushpin:'))).toMatch(
      /^:pushpin: ci-bot raised an issue: Leak one\n/,
    );
    expect(await eventually(lines, ({ length }) => length === 1)).toEqual([
      expect.stringContaining('Leak one is on the board: '),
    ]);
    const card = cardNamed('Leak one');
    expect(card?.desc).toContain(`ci-bot over the API · Thread in [Slack](${task.thread?.url})`);

    sally.move(String(card?.id), listNamed('Done'));
    expect(await eventually(lines, ({ length }) => length === 2)).toContain(
      'Sally Okafor moved it to Done: finished',
    );
    expect(await eventually(root, (text) => text.includes('Finished'))).toContain('Finished · Done');
    const seen = await eventually(
      () => read(task.id),
      ({ card: { finished } }) => finished === true,
    );
    expect(seen.card).toMatchObject({ list: 'Done', finished: true, deleted: false });
    expect(Date.now() - Date.parse(String(seen.card.asOf))).toBeLessThan(30_000);
  });

  promise('can be changed by people from its message', async () => {
    await ask('Leak two');
    const { ts, root, lines } = threadOf('Leak two');
    await eventually(root, (text) => text.startsWith(':pushpin:'));
    const [, link] = /Reference `(\w+)`/.exec(String(cardNamed('Leak two')?.desc)) ?? [];
    const press = { user: 'Ana', channel: '#mission-control', messageTs: ts(), actionId: 'more' };
    await bridge.slack.messageAction({ ...press, value: `complete:${link}` });
    expect(await eventually(lines, ({ length }) => length === 2)).toContain('ana marked it complete');
    expect(cardNamed('Leak two')?.dueComplete).toBe(true);
  });

  promise('has a reason and a button to try again when there is no card, and then has one', async () => {
    trello.faults.add('POST /cards', { act: 'answer', status: 400, body: 'invalid value for name' }, 1);
    const failed = await ask('Leak three');
    expect(failed).toMatchObject({ status: 502, code: 'task_failed' });
    const { ts, root, lines } = threadOf('Leak three');
    expect(await eventually(root, (text) => text.startsWith(':x:'))).toContain('No card was created.');
    expect(await eventually(lines, ({ length }) => length === 1)).toEqual([
      expect.stringMatching(/^No card was created\. .* press Try again on the request\./s),
    ]);
    await bridge.slack.messageAction({
      user: 'Ana',
      channel: '#mission-control',
      messageTs: ts(),
      actionId: 'retry',
    });
    await eventually(root, (text) => text.startsWith(':pushpin:'));
    expect(cardNamed('Leak three')).toBeDefined();
  });

  promise('is a card alone where Slack takes no message, and nobody is written to', async () => {
    for (const [channel, code] of [
      ['#engine-room', 'channel_not_found'],
      ['#apollo', 'is_archived'],
    ] as const) {
      const title = `Leak in ${channel}`;
      const task = await ask(title, channel);
      expect(task).toMatchObject({ status: 'done', thread: { status: 'refused' } });
      expect(cardNamed(title)?.desc).toMatch(/Requested by ci-bot over the API · Reference `\w+`$/);
      const { card, thread } = await read(task.id);
      expect(card).toMatchObject({ title, list: 'To Do' });
      expect(thread).toMatchObject({ status: 'refused', reason: expect.stringContaining(code) });
    }
    expect(bridge.slack.calls.count('conversations.open')).toBe(0);
  });

  promise('rests when its channel is closed, and the card is still told by the API', async () => {
    const task = await ask('Leak four', '#rockets');
    const { root, lines } = threadOf('Leak four', '#rockets');
    await eventually(root, (text) => text.startsWith(':pushpin:'));
    await eventually(lines, ({ length }) => length === 1);
    bridge.slack.workspace.channel('#rockets').archived = true;
    const { id } = cardNamed('Leak four') ?? { id: '' };
    sally.move(id, listNamed('Doing'));
    await eventually(
      () => read(task.id),
      ({ card }) => card.list === 'Doing',
    );
    sally.remove(id);
    const gone = await eventually(
      () => read(task.id),
      ({ card }) => card.deleted === true,
    );
    expect(gone.card).toMatchObject({ title: 'Leak four', list: 'Doing', deleted: true });
    expect(bridge.slack.calls.count('conversations.open')).toBe(0);
  });

  promise('of which nobody hears in Slack, has its card read when somebody asks', async () => {
    const body = { type: 'issue', title: 'Quiet leak', description: 'It leaks.' };
    const { id } = (await postTask(bridge.url, body, await notifying('ci-bot'))).body;
    sally.move(String(cardNamed('Quiet leak')?.id), listNamed('Doing'));
    const { card } = await eventually(
      () => read(id),
      (task) => task.card.list === 'Doing',
    );
    expect(card).toMatchObject({ title: 'Quiet leak', list: 'Doing', assignees: [], archived: false });
  });
});
