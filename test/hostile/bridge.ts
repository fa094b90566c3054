import { expect } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { startBridge } from '../support/bridge.ts';
import { postTask } from '../support/token.ts';

/** The same requests again: HOSTILE_SEED=… with the seed that a run has printed. */
export const SEED = Number(process.env.HOSTILE_SEED ?? Math.floor(Math.random() * 2 ** 31));

export const ISSUE = {
  type: 'issue',
  title: 'Send message',
  description: 'Let pilots send messages to Central',
};

/** The real program, reached by Slack over HTTP, with a local Trello. */
export async function startTarget(environment: Record<string, string> = {}) {
  const trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  const bridge = await startBridge(
    { url: trello.url, board: board.shortLink },
    {
      connection: 'http',
      environment: { API_REQUESTS_PER_MINUTE: '1000000', TRELLO_TOKEN_LIMIT: '0', ...environment },
    },
  );
  return {
    bridge,
    trello,
    async stop() {
      await bridge.stop();
      await trello.close();
    },
  };
}

/** The program still does its work, and has written down no secret on the way. */
export async function expectUnharmed({ bridge }: Awaited<ReturnType<typeof startTarget>>): Promise<void> {
  const { status, body } = await postTask(bridge.url, ISSUE);
  expect([status, body.status]).toEqual([201, 'done']);
  expect((await fetch(`${bridge.url}/health/ready`)).status).toBe(200);
  expect(Object.prototype).not.toHaveProperty('polluted');
  const log = bridge.lines.join('');
  for (const secret of bridge.config.secrets) expect(log).not.toContain(secret);
}
