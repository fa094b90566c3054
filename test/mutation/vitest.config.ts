import { defineConfig } from 'vitest/config';

/** Of the whole suite only the tests that main.ts has named. */
export default defineConfig({
  test: { include: JSON.parse(process.env.MUTATION_TESTS ?? '[]') as string[], testTimeout: 20_000 },
});
