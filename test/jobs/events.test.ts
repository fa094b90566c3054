import { pino } from 'pino';
import { expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createEvents, type JobEvents, logJobs } from '../../src/jobs/events.ts';
import { newJob } from '../../src/jobs/job.ts';

const job = { ...newJob({ id: 'j1', flow: 'parcel', state: 'what somebody wrote' }, 0), attempts: 2 };
const error = new AppError({ code: 'away', retry: 'later', userMessage: 'It is away.' });
const OF = { job: 'j1', flow: 'parcel' };
const [INFO, WARN, ERROR] = [30, 40, 50];

type Emitted = { [Name in keyof JobEvents]: [Name, ...JobEvents[Name]] }[keyof JobEvents];

/** The lines that an event writes, without time, process and the error's stack. */
function linesOf(...[name, ...given]: Emitted): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => {
    const { time: _, pid: __, hostname: ___, err, ...rest } = JSON.parse(line);
    lines.push({ ...rest, ...(err && { err: err.message }) });
  };
  const events = createEvents();
  logJobs(events, pino({}, { write }));
  events.emit(name, ...(given as never));
  return lines;
}

it.each<[Emitted, object]>([
  [['submitted', job, 'accepted', { kind: 'bug' }], { level: INFO, kind: 'bug', msg: 'accepted' }],
  [['submitted', job, 'conflict', {}], { level: INFO, msg: 'conflict' }],
  [['stepDone', job, 'card', { card: 'c1' }], { level: INFO, step: 'card', card: 'c1', msg: 'step done' }],
  [['postponed', job, 'root', error], { level: WARN, step: 'root', code: 'away', msg: 'step postponed' }],
  [['givenUp', job, 'card', error], { level: ERROR, step: 'card', code: 'away', msg: 'given up' }],
  [
    ['waiting', job, error, 5_000],
    { level: WARN, code: 'away', attempts: 2, wait: 5_000, msg: 'to be tried again' },
  ],
  [['pendingNotShown', job, error], { level: WARN, msg: 'state not shown' }],
  [['finished', job], { level: INFO, status: 'pending', msg: 'finished' }],
])('the log tells by ids, and nothing that somebody wrote: %j', (emitted, line) => {
  const cause = emitted.some((one) => one === error) ? { err: error.message } : {};
  expect(linesOf(...emitted)).toEqual([{ ...OF, ...cause, ...line }]);
});

it.each<[Emitted]>([
  [['submitted', job, 'error', {}]],
  [['started', job]],
  [['interrupted', job, error]],
  [['rateLimited', 'trello']],
])('the log leaves to others what they tell themselves: %j', (emitted) => {
  expect(linesOf(...emitted)).toEqual([]);
});
