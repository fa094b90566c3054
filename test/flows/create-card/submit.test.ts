import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import type { CardJob } from '../../../src/flows/create-card/job.ts';
import { createSubmit } from '../../../src/flows/create-card/submit.ts';
import { createEvents } from '../../../src/jobs/events.ts';
import type { Job } from '../../../src/jobs/job.ts';
import { KINDS } from '../../../src/tasks/kinds.ts';
import { createRequestParser } from '../../../src/tasks/request.ts';

const parse = createRequestParser(KINDS);

/** What is emitted for two submissions of one identity. */
async function outcomesOf(first: string, second: string): Promise<string[]> {
  const events = createEvents();
  const outcomes: string[] = [];
  events.on('submitted', ({ id }, outcome, fields) => {
    outcomes.push(outcome);
    expect(stored.has(id)).toBe(true);
    expect(fields).toEqual({ kind: 'bug', source: 'api' });
  });
  const stored = new Map<string, Job>();
  const add = async (job: Job) => {
    stored.set(job.id, stored.get(job.id) ?? job);
    return stored.get(job.id) as Job;
  };
  const submit = createSubmit({ queue: { add }, events });
  for (const description of [first, second]) {
    const parsed = parse({ type: 'bug', description });
    if (!parsed.ok) throw new Error('not valid');
    const origin = { source: 'api', subject: 'ci' } as const;
    const { outcome, job } = await submit({ identity: ['view-1'], request: parsed.request, origin });
    expect(job).toBe([...stored.values()][0]);
    expect(outcome).toBe(outcomes.at(-1) === 'conflict' ? 'conflict' : 'accepted');
  }
  return outcomes;
}

it('the same request again is a repetition, another one under its identity a conflict', async () => {
  expect(await outcomesOf('It leaks', 'It leaks')).toEqual(['accepted', 'repeated']);
  expect(await outcomesOf('It leaks', 'It burns')).toEqual(['accepted', 'conflict']);
});

it('a request that could not be made durable is an error for who watches and for the caller', async () => {
  const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });
  const events = createEvents();
  const outcomes: string[] = [];
  events.on('submitted', (_job, outcome) => outcomes.push(outcome));
  const submit = createSubmit({ queue: { add: () => Promise.reject(away) }, events });
  const parsed = parse({ type: 'bug', description: 'It leaks' });
  if (!parsed.ok) throw new Error('not valid');
  const origin = { source: 'api', subject: 'ci' } as const;
  await expect(submit({ identity: ['a'], request: parsed.request, origin })).rejects.toBe(away);
  expect(outcomes).toEqual(['error']);
});

describe('the job of a request', () => {
  const NOW = 1_800_000_000_000;
  let jobs: CardJob[];
  const queue = {
    add: async (job: Job) => {
      jobs.push(job as CardJob);
      return job;
    },
  };
  const submit = createSubmit({ queue, events: createEvents(), chance: () => 0.25, now: () => NOW });
  const origin = { source: 'api', subject: 'ci' } as const;

  async function jobOf(identity: string[], input: object = { type: 'bug', description: 'It leaks' }) {
    const parsed = parse(input);
    if (!parsed.ok) throw new Error('not valid');
    await submit({ identity, request: parsed.request, origin });
    return jobs.at(-1) as CardJob;
  }

  beforeEach(() => {
    jobs = [];
  });

  it('is due at once, with the kind’s words, who asked, and every choice made', async () => {
    expect(await jobOf(['one'])).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{40}$/),
      flow: 'create-card',
      owner: 'api:ci',
      fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/),
      status: 'pending',
      attempts: 0,
      createdAt: NOW,
      dueAt: NOW,
      tryingSince: NOW,
      steps: {},
      state: {
        kind: { type: 'bug', label: 'Bug', requestPhrase: 'reported a bug' },
        origin,
        reference: expect.any(String),
        draft: {
          title: expect.stringMatching(/^bug-[a-z]+-2500$/),
          description: 'It leaks',
          labels: ['Bug'],
          assign: { draw: 0.25 },
        },
      },
    });
  });

  it('is the same job for the same identity only, however its parts are cut', async () => {
    const identities = [['a', 'b'], ['ab'], ['a,b'], ['a"', '"b'], ['b', 'a'], ['a'], []];
    for (const identity of identities) await jobOf(identity);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(identities.length);
    expect((await jobOf(['a', 'b'])).id).toBe(jobs[0]?.id);
  });

  it('has the fingerprint of its board and channel, and not of the board that it gets without one', async () => {
    const prints = new Map<string, unknown>();
    const of = { board: 'B1', channel: 'C1' };
    const parsed = parse({ type: 'bug', description: 'It leaks' });
    if (!parsed.ok) throw new Error('not valid');
    for (const names of [[], ['board'], ['channel'], ['board', 'channel']] as const) {
      const has = (name: keyof typeof of) => (names as readonly string[]).includes(name);
      for (const otherwiseBoard of ['B2', 'B3']) {
        const request = { ...parsed.request, ...(has('channel') && { channel: of.channel }) };
        const board = has('board') ? of.board : undefined;
        await submit({ identity: ['x'], request, origin, board, otherwiseBoard });
        const job = jobs.at(-1) as CardJob;
        expect(job.state.board).toBe(board ?? otherwiseBoard);
        expect(prints.get(names.join()) ?? job.fingerprint).toBe(job.fingerprint);
        prints.set(names.join(), job.fingerprint);
      }
    }
    expect(new Set(prints.values()).size).toBe(4);
    expect(prints.get('')).toBe((await jobOf(['x'])).fingerprint);
    expect(prints.get('')).toBe('1c03e5674f7347408a20f8a1ad9aa7fb9b136d60');
  });

  it('keeps which card is followed, and is another request than the same one without it', async () => {
    const parsed = parse({ type: 'bug', description: 'It leaks' });
    if (!parsed.ok) throw new Error('not valid');
    const follow = { id: 'c1', title: 'Leak', words: 'It leaks' };
    await submit({ identity: ['x'], request: parsed.request, origin, follow });
    expect(jobs[0]?.state.follow).toEqual(follow);
    expect(jobs[0]?.fingerprint).not.toBe((await jobOf(['x'])).fingerprint);
  });

  it('has the fingerprint of what was asked for, whoever asked', async () => {
    const issue = { type: 'issue', title: 'a', description: 'b' };
    const prints = new Set<unknown>();
    for (const changes of [{}, { title: 'b' }, { description: 'a' }, { title: 'b', description: 'a' }])
      prints.add((await jobOf(['x'], { ...issue, ...changes })).fingerprint);
    expect(prints.size).toBe(4);
    expect(prints).toContain((await jobOf(['y'], issue)).fingerprint);
  });

  it('has a reference of 12 letters and figures that are not mistaken for one another, each its own', async () => {
    for (let made = 0; made < 400; made += 1) await jobOf([String(made)]);
    const references = jobs.map(({ state }) => state.reference);
    expect(new Set(references).size).toBe(400);
    for (const reference of references) expect(reference).toHaveLength(12);
    expect([...new Set(references.join(''))].toSorted().join('')).toBe('23456789abcdefghijkmnpqrstuvwxyz');
  });
});
