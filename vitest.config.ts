import { defineConfig } from 'vitest/config';

const SLOW = 'test/**/*.slow.test.ts';
const CAMPAIGN = 'test/**/*.campaign.test.ts';

/**
 * `fast` is what everybody runs; `slow` breaks things at length: faults, kills, hostile requests, browsers. `campaign` takes
 * a machine of its own, and is run by hand.
 */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Many tests wait for processes and sockets, so more of them than cores can run at the same time.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: [SLOW, CAMPAIGN] } },
      { extends: true, test: { name: 'slow', include: [SLOW] } },
      { extends: true, test: { name: 'campaign', include: [CAMPAIGN] } },
    ],
  },
});
