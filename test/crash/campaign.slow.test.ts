import { describe, expect, it } from 'vitest';
import { redisMissing } from '../support/redis.ts';
import { createActivity } from './activity.ts';
import { runCampaign } from './campaign.ts';
import type { Options } from './options.ts';
import { createTasks } from './tasks.ts';

const MISSING = { sqlite: undefined, redis: redisMissing() };

const TASKS: Options[] = [
  { what: 'tasks', store: 'sqlite', instances: 1, rounds: 6, history: true, seed: 5 },
  { what: 'tasks', store: 'redis', instances: 3, rounds: 4, history: true, seed: 2 },
];
const ACTIVITY: Options[] = [
  { what: 'activity', store: 'sqlite', instances: 1, rounds: 12, history: true, seed: 5 },
  { what: 'activity', store: 'redis', instances: 2, rounds: 12, history: true, seed: 2 },
];

describe.each(TASKS)(
  '$instances × the program on $store, killed at random among faults and set clocks',
  (options) => {
    const missing = MISSING[options.store];

    it('makes everything that was accepted, and nothing twice', { timeout: 400_000 }, async ({ skip }) => {
      skip(missing !== undefined, missing);
      const { audit, broken, kills, faults } = await runCampaign(options, createTasks);
      expect(broken).toEqual([]);
      expect(audit.accepted).toBeGreaterThan(0);
      expect(audit.cards).toBe(audit.accepted + audit.notAccepted.done);
      expect(kills).toBeGreaterThan(0);
      expect(faults).toBeGreaterThan(0);
    });
  },
);

describe.each(ACTIVITY)(
  '$instances × the program on $store, killed in the steps of reading and telling',
  (options) => {
    const missing = MISSING[options.store];
    if (missing) return it.skip(missing);

    it('tells all that happened to the cards, once and in order', { timeout: 400_000 }, async () => {
      const { audit, broken, kills } = await runCampaign(options, createActivity);
      expect(broken).toEqual([]);
      expect(audit.messages).toBeGreaterThan(0);
      expect(kills).toBeGreaterThan(0);
    });
  },
);
