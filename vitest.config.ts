import { defineConfig } from 'vitest/config';

const SLOW = 'test/**/*.slow.test.ts';

/** `fast` is what everybody runs; `slow` breaks things at length: faults, kills, hostile requests, browsers. */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Many tests wait for processes and sockets, so more of them than cores can run at the same time.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: [SLOW] } },
      { extends: true, test: { name: 'slow', include: [SLOW] } },
    ],
  },
});
