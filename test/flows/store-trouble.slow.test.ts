import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningLocalSlack, startLocalSlack } from '../../sandbox/slack/server.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { answeredThread, type Bridge, environmentFor, openForm, startBridge } from '../support/bridge.ts';
import { createRedisServer, type RedisServer, redisMissing } from '../support/redis.ts';
import { postTask } from '../support/token.ts';

const MISSING = redisMissing();
if (MISSING) process.stderr.write(`Flows with Redis are skipped: ${MISSING}\n`);

const CHANNEL = '#mission-control';
const TYPED = 'It leaks 🚀';

let trello: RunningTrello;
let board: string;

beforeEach(async () => {
  trello = await startLocalTrello();
  board = seedMissionBoard(trello.state).board.id;
});
afterEach(() => trello.close());

const cards = () => [...trello.state.cards.values()].filter((card) => card.desc.includes('Reference'));

const sendForm = (slack: RunningLocalSlack, viewId: string) =>
  slack.viewSubmit({ user: 'Ana', viewId, values: { description: TYPED } });

/** The form is still open, and says what to do. */
function expectOpenForm(slack: RunningLocalSlack, viewId: string, words: RegExp): void {
  const open = slack.openViews('Ana');
  expect(open.map(({ view }) => view.id)).toEqual([viewId]);
  expect(Object.values(open[0]?.errors ?? {})).toEqual([expect.stringMatching(words)]);
}

async function readiness(url: string) {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, text: await response.text() };
}

describe.skipIf(MISSING)('a store on Redis', { timeout: 60_000 }, () => {
  let redis: RedisServer;
  let bridge: Bridge | undefined;

  beforeEach(async () => {
    redis = await createRedisServer();
  });
  afterEach(async () => {
    redis.resume();
    await bridge?.stop();
    bridge = undefined;
    await redis.remove();
  });

  const start = async () => {
    bridge = await startBridge({ url: trello.url, board }, { environment: { STORE_URL: redis.url } });
    return bridge;
  };

  it.each([
    ['went away', () => redis.stop(), () => redis.start()],
    ['hangs', () => redis.pause(), () => redis.resume()],
  ])('that %s keeps the form open with the text, and takes it when it is back', async (_, fail, mend) => {
    await redis.start();
    const { slack, url } = await start();
    await expect.poll(async () => (await readiness(url)).status, { timeout: 20_000 }).toBe(200);
    await fail();

    const { id: viewId } = await openForm(slack, 'bug');
    expect(await sendForm(slack, viewId)).toMatchObject({ acknowledged: true });
    expectOpenForm(slack, viewId, /press Create card again in a minute/);
    const posted = await postTask(url, { type: 'bug', description: TYPED }, { 'idempotency-key': 'one' });
    expect(posted.status).toBe(503);
    expect(Number(posted.headers.get('retry-after'))).toBeGreaterThan(0);
    // Whoever asks soon after another gets the other's answer, so this is not at once.
    await expect.poll(async () => (await readiness(url)).status, { timeout: 20_000 }).toBe(503);
    expect(JSON.parse((await readiness(url)).text)).toMatchObject({ parts: { store: { ok: false } } });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);

    await mend();
    await expect.poll(async () => (await readiness(url)).status, { timeout: 20_000 }).toBe(200);
    await sendForm(slack, viewId);
    expect(slack.openViews('Ana')).toEqual([]);
    const { replies } = await answeredThread(slack, CHANNEL);
    expect(replies).toHaveLength(1);
    // The API's request is repeated under its key: accepted before or not, it is one card.
    const again = await postTask(url, { type: 'bug', description: TYPED }, { 'idempotency-key': 'one' });
    expect(again.status).toBe(201);
    expect(cards()).toHaveLength(2);
  });

  it('that is away at the start is waited for, and readiness says so', async () => {
    const { slack, url } = await start();
    const before = await readiness(url);
    expect(before.status).toBe(503);
    expect(JSON.parse(before.text)).toMatchObject({ parts: { store: { ok: false } } });
    const { id: viewId } = await openForm(slack, 'bug');
    await sendForm(slack, viewId);
    expectOpenForm(slack, viewId, /press Create card again in a minute/);

    await redis.start();
    await expect.poll(async () => (await readiness(url)).status, { timeout: 20_000 }).toBe(200);
    await sendForm(slack, viewId);
    await answeredThread(slack, CHANNEL);
    expect(cards()).toHaveLength(1);
  });

  it('that keeps no log of what was accepted is warned of, at the start and in readiness', async () => {
    await redis.remove();
    redis = await createRedisServer({ appendonly: false });
    await redis.start();
    const { url, lines } = await start();
    await expect.poll(async () => (await readiness(url)).text).toContain('appendonly');
    expect(
      lines.filter((line) => line.includes('appendonly') && line.includes('"level":"warn"')),
    ).not.toEqual([]);
  });
});

describe('an embedded store on a full disk', () => {
  let folder: string;
  let program: ChildProcess;
  let slack: RunningLocalSlack;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bridge-'));
    slack = await startLocalSlack();
  });
  afterEach(async () => {
    if (program.exitCode === null) {
      const ended = once(program, 'exit');
      program.kill('SIGTERM');
      await ended;
    }
    await slack.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The real program, whose files may not grow beyond so many KiB. */
  function run(limit: number | 'unlimited') {
    const main = resolve(import.meta.dirname, '../../src/main.ts');
    program = spawn('bash', ['-c', `ulimit -f ${limit}; exec "$@"`, 'bash', process.execPath, main], {
      env: {
        ...environmentFor(slack, trello.url, 'socket'),
        LOG_LEVEL: 'info',
        TRELLO_BOARD: board,
        TRELLO_TOKEN_LIMIT: '0',
        STORE_URL: `sqlite:${join(folder, 'bridge.db')}`,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Promise<string>((resolvePort) => {
      let text = '';
      program.stdout?.on('data', (chunk: Buffer) => {
        text += chunk;
        const [, port] = /"port":(\d+)/.exec(text) ?? [];
        if (port) resolvePort(`http://127.0.0.1:${port}`);
      });
    });
  }

  it('keeps the form open with the text, loses nothing, and goes on when there is room', async () => {
    let url = await run(512);
    let accepted = 0;
    /** Until nothing of this size fits in any more. */
    async function fill(description: string) {
      for (let refused = 0; refused < 3; ) {
        const { status, headers } = await postTask(url, { type: 'bug', description });
        if (status === 503) {
          expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
          refused += 1;
        } else {
          expect([201, 202]).toContain(status);
          accepted += 1;
        }
      }
    }
    await fill('x'.repeat(15_000));
    await fill(TYPED);
    expect(accepted).toBeGreaterThan(0);

    const { id: viewId } = await openForm(slack, 'bug');
    await sendForm(slack, viewId);
    expectOpenForm(slack, viewId, /press Create card again in a minute/);
    const ended = once(program, 'exit');
    program.kill('SIGKILL');
    await ended;
    url = await run('unlimited');
    await sendForm(slack, viewId);
    await answeredThread(slack, CHANNEL);
    await expect.poll(() => cards().length, { timeout: 20_000 }).toBe(accepted + 1);
    expect(slack.openViews('Ana')).toEqual([]);
  }, 60_000);
});
