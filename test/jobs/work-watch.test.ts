import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { newJob } from '../../src/jobs/job.ts';
import { createWorkWatch } from '../../src/jobs/work-watch.ts';

const trouble = new AppError({ code: 'x', retry: 'later', userMessage: 'x' });
const job = newJob({ id: 'j', flow: 'f', state: null }, 0);
let events: ReturnType<typeof createEvents>;
let elapsed: number;
let isDue: boolean | Error;
let lines: string[];
let watch: ReturnType<typeof createWorkWatch>;

beforeEach(() => {
  elapsed = 0;
  isDue = true;
  lines = [];
  events = createEvents();
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  watch = createWorkWatch({
    queue: {
      async isWorkDue() {
        if (isDue instanceof Error) throw isDue;
        return isDue;
      },
    },
    events,
    log,
    elapsed: () => elapsed,
  });
});

afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

async function look(seconds: number) {
  elapsed += seconds * 1_000;
  await watch.look();
  return watch.state().ok;
}

describe('the watch over the workers', () => {
  it('tells that they do not move: a job has been due for 30 s, and nothing was claimed', async () => {
    expect(await look(0)).toBe(true);
    expect(await look(29)).toBe(true);
    expect(await look(1)).toBe(false);
    expect(watch.state().detail).toContain('Restart the bridge');
    await look(5);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(watch.state().detail);
    events.emit('finished', job);
    expect(watch.state()).toEqual({ ok: true, detail: 'What is due is worked on.' });
    events.emit('finished', job);
    expect(lines.slice(1)).toEqual([expect.stringContaining('the workers move again')]);
  });

  it('counts from the moment at which a job became due', async () => {
    isDue = false;
    await look(0);
    await look(100);
    isDue = true;
    expect(await look(10)).toBe(true);
    expect(await look(29)).toBe(true);
    expect(await look(1)).toBe(false);
  });

  it('looks by itself until it is stopped, and starts anew after a store that did not answer', async () => {
    vi.useFakeTimers();
    watch.start();
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        elapsed += 1_000;
        await vi.advanceTimersByTimeAsync(1_000);
      }
      return watch.state().ok;
    };
    expect(await pass(30)).toBe(true);
    isDue = new Error('away');
    expect(await pass(6)).toBe(true);
    isDue = true;
    expect(await pass(30)).toBe(true);
    expect(await pass(6)).toBe(false);
    events.emit('started', job);
    watch.stop();
    expect(await pass(60)).toBe(true);
  });

  it.each([
    ['a job is claimed', () => events.emit('started', job)],
    ['a step of another job is done', () => events.emit('stepDone', job, 'card', {})],
    ['a step of another job is given up', () => events.emit('givenUp', job, 'card', trouble)],
    ['another job waits', () => events.emit('waiting', job, trouble, 1)],
    ['another job has ended', () => events.emit('finished', job)],
    [
      'nothing is due any more',
      () => {
        isDue = false;
      },
    ],
  ])('is content again when %s', async (_, move) => {
    await look(0);
    await look(31);
    move();
    expect(await look(1)).toBe(true);
    isDue = true;
    expect(await look(29)).toBe(true);
  });
});
