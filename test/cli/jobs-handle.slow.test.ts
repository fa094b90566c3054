import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCardJob } from '../../src/flows/create-card/job.ts';
import { EDIT_CARD } from '../../src/flows/edit-card/flow.ts';
import { type Job, newJob } from '../../src/jobs/job.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../store/drivers.ts';
import { asFailed } from '../store/jobs.ts';
import { jobFromApi } from '../support/job.ts';
import { runJobs } from './jobs-command.ts';

const LONG = { timeout: 60_000 };

const JOBS = [
  { id: `aaaa${'1'.repeat(36)}`, reference: 'cdefghjkmn23' },
  { id: `aaaa${'2'.repeat(36)}`, reference: 'cdefghzzzz45' },
  { id: `bbbb${'3'.repeat(36)}`, reference: 'aaaazzzzzz67' },
] as const;
const [first, second, third] = JOBS;
/** An edit from Slack, older than the tasks. */
const EDIT = { id: `edit-d00d1234${'4'.repeat(24)}`, reference: 'd00d1234' };

let folder: string;
let storeUrl: string;
const run = (...args: string[]) => runJobs(storeUrl, ...args);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jobs-handle-'));
  storeUrl = `sqlite:${join(folder, 'bridge.db')}`;
  const store = await openStore({ url: storeUrl, log: silent, retentionDays: 30 });
  for (const { id, reference } of JOBS) {
    const job = jobFromApi({ id, createdAt: Date.now(), dueAt: Date.now() });
    job.state = {
      ...job.state,
      reference,
      origin: { source: 'api', subject: `ci\u001b[2J\u009b\nstatus     done` },
      draft: { ...job.state.draft, title: `\u001b]0;title\u0007${'👨‍👩‍👧'.repeat(400)}` },
    };
    await store.queue.add(job as Job);
  }
  await store.queue.add(newJob({ id: EDIT.id, flow: EDIT_CARD, state: {} }, Date.now() - 60_000));
  store.queue.work('create-card', async ({ job }) => asFailed(job), 1);
  for (const { id } of JOBS) await store.queue.settled(id, 10_000);
  await store.close();
}, LONG.timeout);
afterAll(() => rmSync(folder, { recursive: true }));

describe('npm run jobs', () => {
  it('takes a task by its id, its reference, or the only beginning of either', LONG, async () => {
    for (const [handle, { id }] of [
      [first.id, first],
      [second.reference, second],
      ['cdefghj', first],
      ['bbbb', third],
      [EDIT.reference, EDIT],
    ] as const) {
      const { stdout, code } = await run('show', handle, '--json');
      expect([code, JSON.parse(stdout).id]).toEqual([0, id]);
    }
    expect(await run('retry', 'cdefghj')).toMatchObject({
      code: 0,
      stdout: `${first.id} is back at work.\n`,
    });
    expect(await run('drop', second.reference)).toMatchObject({ stdout: `${second.id} is forgotten.\n` });
  });

  it('names the candidates of a beginning that is not the only one, and changes nothing', LONG, async () => {
    const { code, stdout, stderr } = await run('drop', 'aaaa');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^More than one job begins with aaaa\. Say more of it:\n/);
    for (const { id, reference } of [first, third]) {
      expect(stderr).toMatch(new RegExp(`^${id} .* ${reference} `, 'm'));
    }
  });

  it('takes no beginning that is rather a slip', LONG, async () => {
    expect(await run('drop', 'bbb')).toMatchObject({ code: 1, stderr: expect.stringMatching(/no job bbb/) });
  });

  it('lists the reference, and writes to the terminal no control character of anybody', LONG, async () => {
    const list = await run('list');
    expect(list.stdout.split('\n')[0]).toContain(`  ${third.reference}  issue  `);
    const shown = await run('show', third.id);
    const json = await run('show', third.id, '--json');
    for (const { stdout } of [list, shown, json]) expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(shown.stdout.match(/^status /gm)).toHaveLength(1);
    const whole = JSON.parse(json.stdout) as Job;
    expect(isCardJob(whole) && whole.state.draft.title).toContain('👨‍👩‍👧');
    // Cut between the characters that a person sees.
    expect(list.stdout).toMatch(/👨‍👩‍👧…$/m);
  });
});
