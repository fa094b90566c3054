import { expect, it } from 'vitest';
import { describeStores } from '../support/scene.ts';
import { createActivity } from './activity.ts';
import { runCampaign } from './campaign.ts';
import { createTasks } from './tasks.ts';

const TASKS = {
  sqlite: { instances: 1, rounds: 6, seed: 5 },
  redis: { instances: 3, rounds: 4, seed: 2 },
};
const ACTIVITY = {
  sqlite: { instances: 1, rounds: 12, seed: 5 },
  redis: { instances: 2, rounds: 12, seed: 2 },
};

// Each campaign has a store of its own beside that of the suite.
describeStores('the program, killed at random among faults and set clocks, on', ({ name: store }) => {
  it('makes everything that was accepted, and nothing twice', { timeout: 400_000 }, async () => {
    const options = { what: 'tasks', store, history: true, ...TASKS[store] } as const;
    const { audit, broken, kills, faults } = await runCampaign(options, createTasks);
    expect(broken).toEqual([]);
    expect(audit.accepted).toBeGreaterThan(0);
    expect(audit.cards).toBe(audit.accepted + audit.notAccepted.done);
    expect(kills).toBeGreaterThan(0);
    expect(faults).toBeGreaterThan(0);
  });
});

describeStores('the program, killed in the steps of reading and telling, on', ({ name: store }) => {
  it('tells all that happened to the cards, once and in order', { timeout: 400_000 }, async () => {
    const options = { what: 'activity', store, history: true, ...ACTIVITY[store] } as const;
    const { audit, broken, kills } = await runCampaign(options, createActivity);
    expect(broken).toEqual([]);
    expect(audit.messages).toBeGreaterThan(0);
    expect(kills).toBeGreaterThan(0);
  });
});
