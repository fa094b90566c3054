import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { mockTrello } from '../support/nock-trello.ts';
import { postTask, tokenFor } from '../support/token.ts';

let trello: ReturnType<typeof mockTrello>;
let bridge: Bridge;

beforeEach(async () => {
  trello = mockTrello();
  bridge = await startBridge(trello);
});

afterEach(async () => {
  await bridge.stop();
  const leftovers = trello.leftovers();
  trello.stop();
  expect(leftovers).toEqual([]);
  const log = bridge.lines.join('');
  for (const secret of bridge.config.secrets) expect(log).not.toContain(secret);
});

const footer = expect.stringMatching(/Requested by ci over the API · Reference `[a-z2-9]{12}`$/);

describe('a program that uses the API', () => {
  it('makes an issue', async () => {
    const expected = trello.expectCard();
    const { status, headers, body } = await postTask(bridge.url, {
      type: 'issue',
      title: 'Send message',
      description: 'Let pilots send messages to Central',
    });
    expect(await expected).toEqual({
      idList: 'list-to-do',
      name: 'Send message',
      desc: expect.stringMatching(
        /^Let pilots send messages to Central\n\nRequested by ci over the API · Reference `[a-z2-9]{12}`$/,
      ),
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/tasks/${body.id}`);
    expect(body).toMatchObject({
      type: 'issue',
      status: 'done',
      card: { id: 'card-1', title: 'Send message', url: 'https://trello.com/c/card0001' },
    });
  });

  it('makes a bug', async () => {
    const expected = trello.expectCard();
    const { status, body } = await postTask(bridge.url, {
      type: 'bug',
      description: 'Cockpit is not depressurizing correctly',
    });
    expect(await expected).toEqual({
      idList: 'list-to-do',
      name: expect.stringMatching(/^bug-[a-z]+-\d+$/),
      desc: footer,
      idLabels: ['label-bug'],
      idMembers: [expect.stringMatching(/^member-/)],
    });
    expect(status).toBe(201);
    expect(body.card?.title).toMatch(/^bug-[a-z]+-\d+$/);
  });

  it('makes a task', async () => {
    const expected = trello.expectCard();
    const { status } = await postTask(bridge.url, {
      type: 'task',
      title: 'Clean the Rocket',
      category: 'Maintenance',
    });
    expect(await expected).toEqual({
      idList: 'list-to-do',
      name: 'Clean the Rocket',
      desc: footer,
      idLabels: ['label-maintenance'],
    });
    expect(status).toBe(201);
  });

  it('makes one card for the same key and body, and is refused another body under that key', async () => {
    trello.expectCard();
    const bug = { type: 'bug', description: 'It leaks' };
    const key = { 'idempotency-key': 'monday-1' };
    const [first, second] = await Promise.all([
      postTask(bridge.url, bug, key),
      postTask(bridge.url, bug, key),
    ]);
    expect(first.body.id).toBe(second.body.id);
    expect([first.body.card, second.body.card]).toEqual([first.body.card, first.body.card]);
    const other = await postTask(bridge.url, { ...bug, description: 'It burns' }, key);
    expect(other.status).toBe(409);
  });

  it('reads its own task, and nobody else does', async () => {
    trello.expectCard();
    const { body } = await postTask(bridge.url, { type: 'bug', description: 'It leaks' });
    const read = async (subject: string) =>
      await fetch(`${bridge.url}/tasks/${body.id}`, {
        headers: { authorization: `Bearer ${await tokenFor(subject)}` },
      });
    expect(await (await read('ci')).json()).toMatchObject({
      id: body.id,
      status: 'done',
      card: { id: 'card-1' },
    });
    expect((await read('somebody-else')).status).toBe(404);
  });

  it('is refused more emoji than Trello takes, and gets as many as are allowed onto the board', async () => {
    const refused = await postTask(bridge.url, { type: 'bug', description: '🚀'.repeat(8_190) });
    expect(refused.body.errors).toEqual([
      {
        field: 'description',
        message: 'Descriptions have at most 15,500 characters. This one has 16,380.',
      },
    ]);
    const expected = trello.expectCard();
    const description = '🚀'.repeat(7_750);
    expect((await postTask(bridge.url, { type: 'bug', description })).status).toBe(201);
    expect((await expected).desc.startsWith(`${description}\n\n`)).toBe(true);
  });

  it('hears of every problem at once, and Trello hears nothing', async () => {
    const { status, body } = await postTask(bridge.url, { type: 'task', title: '', colour: 'red' });
    expect(status).toBe(422);
    expect(body.errors?.map(({ field }) => field).sort()).toEqual(['category', 'colour', 'title']);
  });

  it('finds the bridge ready', async () => {
    const response = await fetch(`${bridge.url}/health/ready`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      parts: {
        store: { ok: true, detail: expect.stringContaining('SQLite'), warnings: [] },
        work: { ok: true, detail: 'What is due is worked on.' },
        slack: { ok: true, detail: expect.stringContaining('workspace') },
        board: { ok: true, detail: expect.stringContaining('has all that is needed') },
      },
    });
  });
});
