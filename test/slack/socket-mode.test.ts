import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { type Bridge, startBridge } from '../support/bridge.ts';
import { startChild } from '../support/child.ts';
import { type Scene, STORES, type Stores, startScene } from '../support/scene.ts';

const REFUSED = { kind: 'error', error: 'invalid_auth' } as const;
const ALWAYS = 1_000;

const command = ({ slack }: Pick<Bridge, 'slack'>) =>
  slack.command({ user: 'Ana', channel: '#mission-control', command: '/spacex-task', text: 'help' });

async function readiness({ url }: { url: string }) {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, text: await response.text() };
}

/** Asks until the readiness has that status. */
async function readinessOf(bridge: { url: string }, status: number) {
  for (;;) {
    const now = await readiness(bridge);
    if (now.status === status) return now;
    await delay(50);
  }
}

describe('in Socket Mode, the program', () => {
  let trello: RunningTrello;
  let bridge: Bridge;

  beforeEach(async () => {
    trello = await startLocalTrello();
    const { board } = seedMissionBoard(trello.state);
    bridge = await startBridge({ url: trello.url, board: board.id });
    await bridge.slack.until(() => connections() === 2);
  });
  afterEach(async () => {
    await bridge.stop();
    await trello.close();
  });

  const connections = () => bridge.slack.sockets.connections();

  it('loses no command while both of its connections are refreshed at the same time', async () => {
    let refreshed = false;
    const refresh = bridge.slack.sockets.refresh({ warnedFor: 1_000 }).then(() => {
      refreshed = true;
    });
    const outcomes = [];
    while (!refreshed) {
      outcomes.push(await command(bridge));
      await delay(50);
    }
    await refresh;
    expect(outcomes.length).toBeGreaterThan(10);
    expect(outcomes.filter(({ acknowledged }) => !acknowledged)).toEqual([]);
  });

  it('opens a new connection for one that breaks, and goes on with the other meanwhile', async () => {
    const opened = bridge.slack.calls.count('apps.connections.open');
    bridge.slack.sockets.cut(1);
    await bridge.slack.until(() => connections() === 1);
    expect(await command(bridge)).toMatchObject({ acknowledged: true });
    await bridge.slack.until(() => connections() === 2);
    expect(bridge.slack.calls.count('apps.connections.open')).toBe(opened + 1);
  });

  it('says so when its token is refused later on, still serves the API, and recovers by itself', async () => {
    expect((await readiness(bridge)).status).toBe(200);
    bridge.slack.faults.plan('apps.connections.open', REFUSED, ALWAYS);
    bridge.slack.sockets.cut();
    const { text } = await readinessOf(bridge, 503);
    await expect
      .poll(() => readiness(bridge))
      .toMatchObject({
        text: expect.stringContaining(
          'Slack refuses SLACK_APP_TOKEN (invalid_auth). Take an “App-Level Token”',
        ),
      });
    expect(text).not.toContain(bridge.slack.workspace.app.appToken);
    expect(bridge.lines.join('')).toContain('slack_app_token_refused');
    bridge.slack.faults.clear();
    await readinessOf(bridge, 200);
    await bridge.slack.until(() => connections() > 0);
    expect(await command(bridge)).toMatchObject({ acknowledged: true });
  });
});

describe('a process in Socket Mode', () => {
  const [stores] = STORES as [Stores];
  let scene: Scene;
  beforeAll(() => stores.open());
  afterAll(() => stores.close());
  beforeEach(async () => {
    scene = await startScene({ storeUrl: stores.fresh() });
  });
  afterEach(() => scene.close());

  it('is not ended by a refusal of its token during a reconnect', async () => {
    const child = await startChild(scene.environment);
    await scene.slack.until(() => scene.slack.sockets.connections() === 2);
    scene.slack.faults.plan('apps.connections.open', REFUSED, 4);
    scene.slack.sockets.cut();
    await readinessOf(child, 503);
    await readinessOf(child, 200);
    expect(await command(scene)).toMatchObject({ acknowledged: true });
    await child.end();
  });

  it('ends its start with a clear message when the token is wrong', async () => {
    scene.slack.faults.plan('apps.connections.open', REFUSED, ALWAYS);
    await expect(startChild(scene.environment)).rejects.toThrow(/Slack refuses SLACK_APP_TOKEN/);
  });

  it.each(['auth.test', 'apps.connections.open'])('says in readiness why %s fails', async (method) => {
    scene.slack.faults.plan(method, { kind: 'reset' }, ALWAYS);
    const child = await startChild(scene.environment);
    const { text } = await readinessOf(child, 503);
    expect(text).toMatch(new RegExp(`at the moment\\. Slack: .* on ${method}\\.`));
    await child.end();
  });

  it('waits for a Slack that cannot be reached at its start', async () => {
    scene.slack.faults.plan('apps.connections.open', { kind: 'reset' }, 1);
    const child = await startChild(scene.environment);
    await readinessOf(child, 200);
    await child.end();
  });
});
