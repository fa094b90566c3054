import { expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
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
  events.on('submitted', (_job, outcome) => outcomes.push(outcome));
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
    await submit({ identity: ['view-1'], request: parsed.request, origin });
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
