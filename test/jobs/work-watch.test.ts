import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../src/jobs/events.ts';
import { newJob } from '../../src/jobs/job.ts';
import { createWorkWatch } from '../../src/jobs/work-watch.ts';

const job = newJob({ id: 'j', flow: 'f', state: null }, 0);
const events = createEvents();
let elapsed: number;
let isDue: boolean;
let lines: string[];
let watch: ReturnType<typeof createWorkWatch>;

beforeEach(() => {
  elapsed = 0;
  isDue = true;
  lines = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  watch = createWorkWatch({
    queue: { isWorkDue: async () => isDue },
    events,
    log,
    elapsed: () => elapsed,
  });
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
  });

  it.each([
    ['a job is claimed', () => events.emit('started', job)],
    ['a step of another job is done', () => events.emit('stepDone', job, 'card', {})],
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
