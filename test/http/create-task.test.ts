import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { Job } from '../../src/jobs/job.ts';
import { workspaceUnknown, wrongWorkspace } from '../../src/workspaces/caller.ts';
import { BOARD, BOARD_ID, CARD, ISSUE, memoryJobs, startBridge, token } from './bridge.ts';

describe('POST /tasks', () => {
  it('answers 201 with the card once it exists', async () => {
    const { post } = await startBridge();
    const response = await post(ISSUE);
    const task = (await response.json()) as { id: string };
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/tasks/${task.id}`);
    expect(task).toEqual({
      id: task.id,
      type: 'issue',
      createdAt: expect.stringMatching(/^20\d\d-/),
      status: 'done',
      card: { id: CARD.id, title: CARD.title, url: CARD.url },
    });
  });

  it('answers 202 without a card while there is none', async () => {
    const { post, get } = await startBridge({ memory: memoryJobs(() => undefined) });
    const response = await post(ISSUE);
    const task = (await response.json()) as { id: string };
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/tasks/${task.id}`);
    expect(task).toEqual({ id: task.id, type: 'issue', createdAt: expect.any(String), status: 'pending' });
    expect(await (await get(`/tasks/${task.id}`)).json()).toEqual(task);
  });

  it('answers 502 with the task and the reason when no card can be made', async () => {
    const failure = { code: 'trello_list_missing', reason: 'The list “To Do” is not on the board.' };
    const { post, get } = await startBridge({ memory: memoryJobs(() => ({ failure })) });
    const response = await post(ISSUE);
    const problem = (await response.json()) as { task: { id: string } };
    expect(response.status).toBe(502);
    expect(problem).toMatchObject({
      code: 'task_failed',
      detail: failure.reason,
      task: { status: 'failed', failure },
    });
    expect(response.headers.get('location')).toBe(`/tasks/${problem.task.id}`);
    expect(await (await get(`/tasks/${problem.task.id}`)).json()).toEqual(problem.task);
  });

  it('makes one task of the same key and body', async () => {
    const { post, memory } = await startBridge();
    const headers = { 'idempotency-key': 'once' };
    const [first, second] = [await post(ISSUE, headers), await post(ISSUE, headers)];
    expect(await second.json()).toEqual(await first.json());
    expect(second.status).toBe(201);
    expect(memory.all.size).toBe(1);
  });

  it('makes the card on the board that is named', async () => {
    const { post, memory } = await startBridge();
    expect((await post({ ...ISSUE, board: BOARD })).status).toBe(201);
    const [job] = memory.all.values();
    expect(job?.state).toMatchObject({
      board: BOARD_ID,
      origin: { source: 'api', subject: 'ci', team: 'T1' },
    });
  });

  it.each([
    ['is not connected', 'ZzZz9999', 'This bridge is not connected to a board of that id or short link.'],
    [
      'is not named as boards are',
      'https://trello.com/b/AbCd1234',
      'Send the id of a board, or its short link: the 8 characters after trello.com/b/.',
    ],
  ])('answers 422, and makes nothing, for a board that %s', async (_, board, message) => {
    const { post, memory } = await startBridge();
    const response = await post({ ...ISSUE, board });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid_task',
      errors: [{ field: 'board', message }],
    });
    expect(memory.all.size).toBe(0);
  });

  it('shows the task in the channel that is named, where the token allows it', async () => {
    const { post, memory } = await startBridge({ memory: memoryJobs(() => undefined) });
    const response = await post({ ...ISSUE, channel: 'C0MISSION' }, await notifying());
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ thread: { channel: 'C0MISSION', status: 'pending' } });
    const [job] = memory.all.values();
    expect(job?.state).toMatchObject({
      board: BOARD_ID,
      origin: { source: 'api', subject: 'ci', team: 'T1', channel: 'C0MISSION' },
    });
  });

  it('answers as soon as the card exists, while the thread is still to come', async () => {
    const memory = memoryJobs(() => undefined);
    memory.settled = async (id, _, isEnough) => {
      const job = { ...(memory.all.get(id) as Job), steps: { card: { result: CARD } } };
      expect(isEnough?.(memory.all.get(id) as Job)).toBe(false);
      expect(isEnough?.(job)).toBe(true);
      return job;
    };
    const { post } = await startBridge({ memory });
    const response = await post({ ...ISSUE, channel: 'C0MISSION' }, await notifying());
    expect([response.status, await response.json()]).toMatchObject([201, { thread: { status: 'pending' } }]);
  });

  it('answers 403, and makes nothing, for a channel that the scope of the token does not allow', async () => {
    const { post, memory } = await startBridge();
    const response = await post({ ...ISSUE, channel: 'C0MISSION' });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="tasks", error="insufficient_scope", scope="tasks:write tasks:notify"',
    );
    expect(await response.json()).toMatchObject({
      code: 'insufficient_scope',
      detail: 'For a channel the scope of the token must hold tasks:notify, too.',
    });
    expect(memory.all.size).toBe(0);
  });

  it.each([
    '#mission-control',
    'mission-control',
    'c0mission',
    'D0DIRECT1',
    'U0ANA',
    'C0\nMISSION',
    '',
    7,
    null,
  ])('answers 422, and makes nothing, for %j as a channel', async (channel) => {
    const { post, memory } = await startBridge();
    const response = await post({ ...ISSUE, channel }, await notifying());
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ field: 'channel' }] });
    expect(memory.all.size).toBe(0);
  });

  it('answers 409 to the same key with another channel, and 201 to the same one', async () => {
    const { post, memory } = await startBridge();
    const headers = { 'idempotency-key': 'once', ...(await notifying()) };
    const send = async (channel?: string) => (await post({ ...ISSUE, channel }, headers)).status;
    expect(await send('C0MISSION')).toBe(201);
    expect(await send('C0MISSION')).toBe(201);
    expect(await send('C0ROCKETS')).toBe(409);
    expect(await send()).toBe(409);
    expect(memory.all.size).toBe(1);
  });

  it('keeps the subjects of workspaces apart, and from those of none', async () => {
    const { post, memory, url } = await startBridge();
    const paths: string[] = [];
    const tokens: string[] = [];
    for (const claims of [{}, { slack_team: 'T0SPACEX1' }, { slack_team: 'T0STARLNK' }]) {
      const authorization = `Bearer ${await token({ claims: { scope: 'tasks:write', ...claims } })}`;
      const { headers } = await post(ISSUE, { 'idempotency-key': 'once', authorization });
      paths.push(headers.get('location') ?? '');
      tokens.push(authorization);
    }
    expect(new Set(memory.all.keys()).size).toBe(3);
    const seen = await Promise.all(
      tokens.flatMap((authorization) =>
        paths.map(async (path) => (await fetch(url + path, { headers: { authorization } })).status),
      ),
    );
    expect(seen).toEqual([200, 404, 404, 404, 200, 404, 404, 404, 200]);
  });

  it('answers 403 with what to do where the workspace is another one, and 503 while it is not known', async () => {
    let error = wrongWorkspace('Not of this bridge.');
    const { post, memory } = await startBridge({ findPlace: () => Promise.reject(error) });
    const refused = await post(ISSUE);
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { code: 'wrong_workspace', detail: 'Not of this bridge.' },
    ]);
    error = workspaceUnknown();
    expect((await post(ISSUE)).status).toBe(503);
    expect(memory.all.size).toBe(0);
  });

  it('answers 409 to the same key with another board', async () => {
    const { post } = await startBridge();
    const headers = { 'idempotency-key': 'once' };
    await post(ISSUE, headers);
    expect((await post({ ...ISSUE, board: BOARD }, headers)).status).toBe(409);
  });

  it('answers 409 to the same key with another body', async () => {
    const { post, memory } = await startBridge();
    const headers = { 'idempotency-key': 'once' };
    await post(ISSUE, headers);
    const response = await post({ ...ISSUE, title: 'Another' }, headers);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'idempotency_conflict', status: 409 });
    expect(memory.all.size).toBe(1);
  });

  it('keeps the keys of subjects apart', async () => {
    const { post, memory } = await startBridge();
    const ids = [];
    for (const subject of ['ci', 'ops']) {
      const authorization = `Bearer ${await token({ subject })}`;
      const response = await post({ ...ISSUE, title: subject }, { 'idempotency-key': 'once', authorization });
      expect(response.status).toBe(201);
      ids.push(((await response.json()) as { id: string }).id);
    }
    expect(new Set(ids).size).toBe(2);
    expect(memory.all.size).toBe(2);
  });

  it('does not take a subject and a key for another subject and key that read alike', async () => {
    const { post, memory } = await startBridge();
    for (const [subject, key] of [
      ['a', 'b:c'],
      ['a:b', 'c'],
      ['a,b', 'c'],
      ['a","b', 'c'],
    ] as const) {
      const authorization = `Bearer ${await token({ subject })}`;
      await post(ISSUE, { 'idempotency-key': key, authorization });
    }
    expect(memory.all.size).toBe(4);
  });

  it('takes a key of 255 characters', async () => {
    const { post, memory } = await startBridge();
    const headers = { 'idempotency-key': 'x'.repeat(255) };
    expect([(await post(ISSUE, headers)).status, (await post(ISSUE, headers)).status]).toEqual([201, 201]);
    expect(memory.all.size).toBe(1);
  });

  it('makes a task of every request without a key', async () => {
    const { post, memory } = await startBridge();
    await Promise.all([post(ISSUE), post(ISSUE)]);
    expect(memory.all.size).toBe(2);
  });

  it.each(['', 'with space', 'x'.repeat(256), 'tab\there', 'é'])('refuses the key %j', async (key) => {
    const { post, memory } = await startBridge();
    const response = await post(ISSUE, { 'idempotency-key': key });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('1 to 255 visible ASCII'),
    });
    expect(memory.all.size).toBe(0);
  });

  it('reports every problem of a task at once', async () => {
    const { post } = await startBridge();
    const response = await post({ type: 'issue', title: ' ', extra: 1 });
    expect(response.status).toBe(422);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const { errors } = (await response.json()) as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).sort()).toEqual(['description', 'extra', 'title']);
  });

  it('answers 503 and takes nothing when the store does not answer', async () => {
    const memory = memoryJobs();
    memory.add = async () => {
      throw storeAway();
    };
    const { post } = await startBridge({ memory });
    const response = await post(ISSUE);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({
      code: 'unavailable',
      detail: 'The store does not answer.',
    });
  });

  it('answers 202 when the store goes away after the task is durable', async () => {
    const memory = memoryJobs();
    memory.settled = async () => {
      throw storeAway();
    };
    const { post } = await startBridge({ memory });
    expect((await post(ISSUE)).status).toBe(202);
  });

  it('hides an unexpected error behind an instance that the log knows', async () => {
    const memory = memoryJobs();
    memory.add = async () => {
      throw new Error('password hunter2');
    };
    const { post, lines } = await startBridge({ memory });
    const response = await post(ISSUE);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('hunter2');
    const { instance } = JSON.parse(text) as { instance: string };
    expect(lines).toContainEqual(expect.objectContaining({ level: 50, instance }));
  });
});

async function notifying() {
  const claims = { scope: 'tasks:write tasks:notify' };
  return { authorization: `Bearer ${await token({ claims })}` };
}

function storeAway(): AppError {
  return new AppError({
    code: 'store_unavailable',
    retry: 'later',
    userMessage: 'The store does not answer.',
  });
}
