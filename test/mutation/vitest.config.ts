import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Of the whole suite only the tests that main.ts has named; of the stores SQLite, without its thread. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^\.\/connection\.ts$/, replacement: resolve(import.meta.dirname, 'sqlite-in-thread.ts') },
    ],
  },
  test: {
    include: JSON.parse(process.env.MUTATION_TESTS ?? '[]') as string[],
    testTimeout: 20_000,
  },
});
