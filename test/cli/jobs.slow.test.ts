import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Timing } from '../../src/app.ts';
import type { Job } from '../../src/jobs/job.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from '../store/drivers.ts';
import { openForm } from '../support/bridge.ts';
import { type Child, startChild } from '../support/child.ts';
import { expectOutcome, type Scene, STORES, startScene } from '../support/scene.ts';
import { postTask } from '../support/token.ts';
import { runProcess } from './board-command.ts';
import { fillStore, runJobs } from './jobs-command.ts';

const SHORT = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };
/** Processes are started in these, one after the other. */
const LONG = { timeout: 90_000 };
const FORGOTTEN_STACK = /\n\s+at /;

describe.each(STORES)('npm run jobs on $name', ({ missing, open, close, fresh }) => {
  beforeAll(open);
  afterAll(close);

  describe.skipIf(missing)('without a bridge', () => {
    async function prepare() {
      const storeUrl = fresh();
      const run = (...args: string[]) => runJobs(storeUrl, ...args);
      const listed = async (...args: string[]) => {
        const { stdout, code } = await run('list', '--json', ...args);
        expect(code).toBe(0);
        return (JSON.parse(stdout) as Job[]).map(({ id }) => id);
      };
      return { run, listed, ...(await fillStore(storeUrl)) };
    }

    it('lists the newest first, all or some', LONG, async () => {
      const { run, listed, failed, done, pending } = await prepare();
      expect(await listed()).toEqual([pending.id, done.id, failed.id]);
      expect(await listed('--status', 'failed')).toEqual([failed.id]);
      expect(await listed('--limit', '2')).toEqual([pending.id, done.id]);
      const { stdout, stderr, code } = await run('list');
      expect([stderr, code]).toEqual(['', 0]);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.map((line) => line.split(/ {2,}/)[2])).toEqual(['pending', 'done', 'failed']);
      expect(lines[2]).toContain(`${failed.id}  ${new Date(failed.createdAt).toISOString()}  failed`);
    });

    it('shows one, as text and as JSON', LONG, async () => {
      const { run, failed } = await prepare();
      const { stdout, code } = await run('show', failed.id);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^id +${failed.id}\nstatus +failed\nkind +issue\n`));
      expect(stdout).toMatch(/\nreason +\S/);
      const asJson = await run('show', failed.id, '--json');
      expect(JSON.parse(asJson.stdout)).toMatchObject({
        id: failed.id,
        status: 'failed',
        state: failed.state,
      });
    });

    it('puts back a failed one only, and forgets what it is told to', LONG, async () => {
      const { run, listed, failed, done, pending } = await prepare();
      expect(await run('retry', done.id)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `There is no failed job ${done.id}.\n`,
      });
      expect(await run('retry', failed.id)).toMatchObject({ code: 0, stderr: '' });
      expect((await listed('--status', 'pending')).toSorted()).toEqual([failed.id, pending.id].toSorted());
      expect(await run('retry', failed.id)).toMatchObject({ code: 1 });
      expect(await run('drop', done.id)).toMatchObject({ code: 0, stdout: `${done.id} is forgotten.\n` });
      expect(await run('drop', done.id)).toMatchObject({ code: 1, stdout: '' });
      expect(await listed('--status', 'done')).toEqual([]);
      expect((await run('list', '--status', 'done')).stdout).toBe('There are none.\n');
    });

    it('says that there is no such job', LONG, async () => {
      const { run } = await prepare();
      for (const act of ['show', 'retry', 'drop']) {
        const { stdout, stderr, code } = await run(act, 'nobody');
        expect([stdout, code]).toEqual(['', 1]);
        expect(stderr).toMatch(/^There is no .*nobody/);
      }
    });
  });

  describe.skipIf(missing)('with a bridge', () => {
    let scene: Scene;
    let bridge: Child | undefined;
    let storeUrl: string;
    const run = (...args: string[]) => runJobs(storeUrl, ...args);
    const startBridge = async (timing: Timing = {}) => {
      bridge = await startChild(scene.environment, { ...SHORT, ...timing });
    };
    beforeEach(async () => {
      storeUrl = fresh();
      scene = await startScene({ storeUrl });
    });
    afterEach(async () => {
      await bridge?.end();
      await scene.close();
    });

    const theList = () => {
      const list = [...scene.trello.state.lists.values()].find(({ name }) => name === 'To Do');
      if (!list) throw new Error('the board has lost its list');
      return list;
    };
    /** Answers with the id of a request whose card comes later or never. */
    async function ask(): Promise<string> {
      // Nobody waits for the answer: it is given up with the connection when the bridge ends.
      void postTask(String(bridge?.url), { type: 'bug', description: 'It leaks' }).catch(() => {});
      const pending = async () => {
        const { stdout } = await run('list', '--status', 'pending', '--json');
        return JSON.parse(stdout) as Job[];
      };
      await expect.poll(pending, LONG).toHaveLength(1);
      await expect.poll(() => scene.trello.requests.byRoute.get('POST /cards'), LONG).toBe(1);
      return String((await pending())[0]?.id);
    }
    async function failInSlack(): Promise<Job> {
      theList().closed = true;
      await startBridge();
      const view = await openForm(scene.slack, 'bug The cockpit leaks');
      await scene.slack.viewSubmit({ user: 'Ana', viewId: view.id });
      await expectOutcome(scene, { cards: 0, words: 'No card was created.' });
      const { stdout } = await run('list', '--status', 'failed', '--json');
      const [job, ...others] = JSON.parse(stdout) as Job[];
      expect(others).toEqual([]);
      if (!job) throw new Error('the failed job is not in the list');
      return job;
    }

    it('rescues a task, once the cause of its failure is mended', LONG, async () => {
      const { id } = await failInSlack();
      expect((await run('show', id)).stdout).toMatch(/\nreason +No open list “To Do” on /);
      theList().closed = false;
      expect(await run('retry', id)).toMatchObject({
        code: 0,
        stdout: `${id} is back at work.\n`,
        stderr: '',
      });
      await expectOutcome(scene, { replies: 2 });
      await expect.poll(async () => (await run('show', id)).stdout, LONG).toMatch(/\nstatus +done\n/);
      // With a file the running bridge does it, and its log says so.
      if (storeUrl.startsWith('sqlite:')) {
        expect(bridge?.log()).toMatch(
          new RegExp(`"job":"${id}","act":"retry","msg":"changed by an operator"`),
        );
      }
    });

    it('rescues it while the bridge is stopped, for when it starts again', LONG, async () => {
      const { id } = await failInSlack();
      theList().closed = false;
      await bridge?.end();
      expect(await run('retry', id)).toMatchObject({ code: 0, stdout: `${id} is back at work.\n` });
      expect((await run('list', '--status', 'pending')).stdout).toContain(id);
      await startBridge();
      await expectOutcome(scene, { replies: 2 });
    });

    it('says why a task waits, and forgets it', LONG, async () => {
      await startBridge();
      scene.trello.faults.add('POST /cards', { act: 'answer', status: 429 });
      const id = await ask();
      const shown = async () => (await run('show', id)).stdout;
      await expect
        .poll(shown, LONG)
        .toMatch(/\nwaiting +until 20\S+: 429 API_TOKEN_LIMIT_EXCEEDED; quota window of /);
      expect((await run('list')).stdout).toContain('Trello is limiting how fast cards are created.');
      await expect.poll(async () => (await run('drop', id)).code, LONG).toBe(0);
      expect(await run('show', id)).toMatchObject({ code: 1 });
    });

    it('does not forget a task that is in hand', LONG, async () => {
      // On a slow machine two commands take longer than the usual wait for Trello, after which the task is put back.
      await startBridge({ trelloAnswersWithin: 60_000 });
      scene.trello.faults.add('POST /cards', { act: 'hang', when: 'after' });
      const id = await ask();
      expect(await run('drop', id)).toMatchObject({
        code: 1,
        stderr: `There is no job ${id} that could be dropped.\n`,
      });
      expect(await run('show', id)).toMatchObject({ code: 0 });
      await bridge?.kill();
    });
  });
});

describe('npm run jobs', () => {
  it.each([
    ['nothing', [], 'Say what to do'],
    ['another act', ['undo'], '“undo” is not known here. Say what to do'],
    ['a word too many', ['list', 'failed'], '“failed” is not known here'],
    ['no id', ['retry'], 'Say which'],
    ['another status', ['list', '--status', 'lost'], '--status is one of'],
    ['a limit that is none', ['list', '--limit', 'all'], '--limit is a whole number'],
    ['an option that there is not', ['list', '--everything'], '--everything'],
  ])('does not understand %s, and says how it is used', async (_, args, words) => {
    const { code, stdout, stderr } = await runJobs('sqlite:nowhere/bridge.db', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).toContain('npm run jobs -- list');
    expect(stderr).not.toMatch(FORGOTTEN_STACK);
  });

  it('explains itself', async () => {
    const { code, stdout } = await runJobs('sqlite:nowhere/bridge.db', '--help');
    expect(code).toBe(0);
    for (const act of ['list', 'show', 'retry', 'drop']) expect(stdout).toContain(`npm run jobs -- ${act}`);
  });

  it('runs as it is written in its usage', LONG, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jobs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const STORE_URL = `sqlite:${join(folder, 'bridge.db')}`;
    await (await openStore({ url: STORE_URL, log: silent, retentionDays: 30 })).close();
    const { code, stdout } = await runProcess('npm', ['run', '--silent', 'jobs', '--', 'list'], {
      PATH: String(process.env.PATH),
      HOME: folder,
      STORE_URL,
    });
    expect([code, stdout]).toEqual([0, 'There are none.\n']);
  });

  it('says that there is no store, and makes none', LONG, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jobs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'data', 'bridge.db');
    const { code, stdout, stderr } = await runJobs(`sqlite:${path}`, 'list');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `There is no file ${path}: no bridge has run with this STORE_URL. Run the command in the folder of the bridge, with its settings.\n`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says in one sentence that a store cannot be used', LONG, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jobs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'letter.txt'), 'Dear Ana, this is no database at all.\n'.repeat(100));
    for (const url of [
      `sqlite:${join(folder, 'letter.txt')}`,
      'redis://127.0.0.1:1',
      'redis://:swordfish@127.0.0.1:1',
    ]) {
      const { code, stdout, stderr } = await runJobs(url, 'list');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^[A-Z][^\n]+\.\n$/);
      expect(stderr).toContain(url.startsWith('redis') ? 'redis://127.0.0.1:1' : folder);
      expect(stderr).not.toContain('swordfish');
    }
    const wrong = await runJobs('postgres://somewhere', 'list');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('STORE_URL must be sqlite:');
  });
});
