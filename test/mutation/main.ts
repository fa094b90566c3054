/**
 * `npm run test:mutation -- src/tasks`: changes one operator, value or statement of a folder or a file at a time, and
 * runs the tests that stand for it. What no test notices is listed at the end. See docs/testing.md.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/**
 * The tests that stand for what begins with such a path, the narrower one first: those that mirror it, and the nearest that drive it
 * as a whole. Not those that try random texts or start processes: they take seconds, for each change, and notice little
 * that the others do not.
 */
const TESTS: Readonly<Record<string, readonly string[]>> = {
  'src/tasks': ['test/tasks/{kinds,markdown,request}.test.ts', 'test/slack/task-form.test.ts'],
  'src/jobs': ['test/jobs/{clocks,events,run,work-watch}.test.ts', 'test/flows/create-card/*.test.ts'],
  'src/flows/app-home': ['test/flows/app-home/*.test.ts'],
  'src/flows/create-card/card-index.ts': ['test/flows/create-card/{card-index,likeness}.test.ts'],
  'src/flows/create-card/likeness.ts': ['test/flows/create-card/{card-index,likeness}.test.ts'],
  'src/flows/create-card': ['test/flows/create-card/{flow,submit}.test.ts'],
  'src/flows/card-activity/card-now.ts': ['test/flows/card-activity/card-now.test.ts'],
  'src/flows/card-activity/news.ts': [
    'test/flows/card-activity/{compose,tell,tell-echoes}.test.ts',
    'test/flows/edits-in-history.test.ts',
  ],
  'src/flows/card-activity/compose.ts': ['test/flows/card-activity/compose.test.ts'],
  'src/flows/card-activity/read-board.ts': ['test/flows/card-activity/read-board.test.ts'],
  'src/flows/card-activity/tell.ts': ['test/flows/card-activity/tell*.test.ts'],
  'src/flows/card-activity/threads.ts': ['test/flows/card-activity/threads.test.ts'],
  'src/flows/card-activity': ['test/flows/card-activity/!(*.slow).test.ts'],
  'src/flows/edit-card/edits.ts': ['test/flows/edit-card/*.test.ts', 'test/slack/messages.test.ts'],
  'src/flows/edit-card': ['test/flows/edit-card/*.test.ts'],
  'src/trello/board.ts': ['test/trello/{board,refusals}.test.ts'],
  'src/trello/boards.ts': ['test/trello/boards.test.ts'],
  'src/trello/cards.ts': ['test/trello/{cards,trello,unknown-outcome,words}.test.ts'],
  'src/trello/board-watch.ts': ['test/trello/board-watch.test.ts'],
  'src/trello/client.ts': ['test/trello/{authorization,client}.test.ts'],
  'src/trello/connect.ts': ['test/http/connect-trello.test.ts'],
  'src/trello/deliveries.ts': ['test/trello/deliveries.test.ts'],
  'src/trello/editor.ts': ['test/trello/{editor,refusals}.test.ts'],
  'src/trello/errors.ts': ['test/trello/{errors,rate-limit}.test.ts'],
  'src/trello/existing-cards.ts': ['test/trello/existing-cards.test.ts'],
  'src/trello/history.ts': ['test/trello/history.test.ts'],
  'src/trello/open-cards.ts': ['test/trello/open-cards.test.ts'],
  'src/trello/owner.ts': ['test/trello/board.test.ts'],
  'src/trello/personal-editor.ts': ['test/trello/personal-editor.test.ts'],
  'src/trello/rate-limit.ts': ['test/trello/{rate-limit,quota}.test.ts'],
  'src/trello/shape.ts': ['test/trello/shape.test.ts'],
  'src/trello/setup': ['test/trello/{board-setup,setup-check}.test.ts'],
  'src/trello/sign-in.ts': ['test/http/connect-trello.test.ts'],
  'src/trello/webhook-watch.ts': ['test/trello/webhook-watch.test.ts'],
  'src/trello/webhooks.ts': ['test/trello/{webhook-answers,webhooks}.test.ts'],
  'src/trello': ['test/trello/!(sockets|*.slow).test.ts'],
  'src/slack/listeners/shortcuts': ['test/slack/shortcuts.test.ts'],
  'src/slack/listeners/events': ['test/slack/{home-opened,removal}.test.ts'],
  'src/slack/listeners/views/me.ts': ['test/slack/me-form.test.ts'],
  'src/slack/listeners/views/similar.ts': ['test/slack/similar.test.ts'],
  'src/slack/listeners/views/task-form.ts': ['test/slack/{similar,submission}.test.ts'],
  'src/slack/listeners/views/setup': ['test/slack/setup-submission.test.ts'],
  'src/slack/listeners/actions/setup': ['test/slack/setup-press.test.ts'],
  'src/slack/listeners/commands/setup': ['test/slack/setup-press.test.ts'],
  'src/slack/listeners/actions/home': ['test/slack/home-opened.test.ts'],
  'src/slack/listeners': ['test/slack/{card-controls,command,kind,retry,submission}.test.ts'],
  'src/store/lookup.ts': ['test/store/lookup.test.ts'],
  'src/store/sqlite/errors.ts': ['test/store/sqlite-errors.test.ts'],
  'src/store/sqlite/wal.ts': ['test/store/wal.test.ts'],
  'src/store/sqlite/audit.ts': ['test/store/contract/audit.test.ts'],
  'src/store/sqlite/links.ts': ['test/store/contract/links.test.ts'],
  'src/store/sqlite/queue.ts': ['test/store/contract/{damaged-records,operator,owners,queue}.test.ts'],
  'src/store/sqlite/rate-limiter.ts': ['test/store/sqlite-rate-limiter.test.ts'],
  'src/store/sqlite/workspace-records.ts': ['test/store/contract/workspace-records.test.ts'],
  'src/store/redis/audit.ts': ['test/store/contract/audit.test.ts'],
  'src/store/redis/links.ts': ['test/store/contract/links.test.ts'],
  'src/store/redis/keyv.ts': ['test/store/contract/records.test.ts'],
  'src/store/redis/rate-limiter.ts': ['test/store/contract/rate-limiter.test.ts'],
  'src/store/redis/workspace-records.ts': ['test/store/contract/workspace-records.test.ts'],
  'src/store/redis': ['test/store/contract/{damaged-records,operator,owners,queue}.test.ts'],
  'src/store': ['test/store/contract/*.test.ts'],
};

const {
  values: { sample },
  positionals: [given = '', ...moreTests],
} = parseArgs({ options: { sample: { type: 'string' } }, allowPositionals: true });
const path = given.replace(/\/$/, '');
const folder = Object.keys(TESTS).find((one) => path.startsWith(one));
if (!folder) {
  process.stderr.write(
    `npm run test:mutation -- PATH[:LINES] [MORE TESTS] [--sample PERCENT]\n\nPATH is in one of ${Object.keys(TESTS).join(', ')}.\n`,
  );
  process.exit(2);
}
// Not by Stryker's `testFiles`: with it, version 10.1 never activates what runs when a module is loaded.
process.env.MUTATION_TESTS = JSON.stringify([...(TESTS[folder] ?? []), ...moreTests]);
if (sample) process.env.MUTATION_SAMPLE = sample;
// A change of one store is not tried against the other.
process.env.ONLY_STORE = path.startsWith('src/store/redis') ? 'redis' : 'sqlite';
await new Stryker({
  mutate: [/\.ts(:|$)/.test(path) ? path : `${path}/**/*.ts`],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', fileURLToPath(new URL('sample.ts', import.meta.url))],
  checkers: sample ? ['sample'] : [],
  reporters: ['clear-text', 'json', 'progress'],
  jsonReporter: { fileName: `reports/mutation/${path.replaceAll(/[/:]/g, '-')}.json` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  // Stryker would rewrite its paths with the compiler's API, which TypeScript 7 does not have; vitest needs none.
  tsconfigFile: 'none',
  concurrency: 1,
  timeoutMS: 10_000,
}).runMutationTest();
