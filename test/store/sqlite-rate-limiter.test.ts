import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/store/sqlite/connection.ts';
import { createSqliteRateLimiter } from '../../src/store/sqlite/rate-limiter.ts';

const SECOND = 1_000;
const HOUR = 60 * 60 * SECOND;
const NOW = 1_800_000_000_000;
const window = { name: 'w', limit: 1, milliseconds: 60 * SECOND };

let units: { window: string; at: number; until: number }[];
let pauses: { window: string; at: number; until: number }[];
/** What is written behind. */
let written: unknown[][];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOW });
  [units, pauses, written] = [[], [], []];
});
afterEach(() => {
  vi.useRealTimers();
});

const open = () =>
  createSqliteRateLimiter(
    {
      query: async (sql: string) => (sql.includes('FROM units') ? units : pauses),
      queryLazily: async (_: string, ...parameters: unknown[]) => void written.push(parameters),
    } as unknown as Connection,
    pino({ level: 'silent' }),
  );

describe('a quota of the file after a restart', () => {
  it.each([
    ['of a moment before', 0, 60 * SECOND],
    ['of a while before', -20 * SECOND, 40 * SECOND],
    ['of a clock that was ahead, as of now', HOUR, 60 * SECOND],
  ])('counts a unit %s', async (_, at, wait) => {
    units = [{ window: 'w', at: NOW + at, until: NOW + at + window.milliseconds }];
    const limiter = await open();
    expect(await limiter.take([window])).toBe(wait);
    expect(await limiter.left(window)).toBe(0);
    vi.advanceTimersByTime(wait - 1);
    expect(await limiter.take([window])).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await limiter.left(window)).toBe(1);
    expect(await limiter.take([window])).toBe(0);
  });

  it.each([
    ['for what is left of it', -10 * SECOND, 20 * SECOND],
    ['of a clock that was ahead for its whole length', HOUR, 30 * SECOND],
  ])('keeps a pause %s', async (_, at, wait) => {
    pauses = [{ window: 'w', at: NOW + at, until: NOW + at + 30 * SECOND }];
    const limiter = await open();
    expect(await limiter.take([window])).toBe(wait);
    expect(await limiter.left(window)).toBe(0);
    vi.advanceTimersByTime(wait);
    expect(await limiter.left(window)).toBe(1);
  });
});

describe('a quota', () => {
  it('that is reserved as a whole gives nothing: it is asked again after its time, or its pause', async () => {
    const limiter = await open();
    const reserved = { ...window, limit: 2, reserve: 2 };
    expect(await limiter.take([reserved])).toBe(60 * SECOND);
    expect(await limiter.take([{ ...reserved, reserve: 3 }])).toBe(60 * SECOND);
    await limiter.pause('w', 90 * SECOND);
    expect(await limiter.take([reserved])).toBe(90 * SECOND);
    expect(await limiter.take([{ ...window, limit: 2 }])).toBe(90 * SECOND);
  });

  it('is written with the time of day, and a second pause with the later of both ends', async () => {
    const limiter = await open();
    await limiter.take([window]);
    await limiter.pause('w', 30 * SECOND);
    vi.advanceTimersByTime(10 * SECOND);
    await limiter.pause('w', 5 * SECOND);
    expect(written).toEqual([
      ['w', NOW, NOW + 60 * SECOND],
      ['w', NOW, NOW + 30 * SECOND],
      ['w', NOW + 10 * SECOND, NOW + 30 * SECOND],
    ]);
  });
});
