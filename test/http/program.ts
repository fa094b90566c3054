import { onTestFinished } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { startBridge } from '../support/bridge.ts';

/** The whole program between a local Slack and a local Trello with its board. Closed when the test has finished. */
export async function startProgram() {
  const trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  const bridge = await startBridge({ url: trello.url, board: board.shortLink });
  onTestFinished(async () => {
    await bridge.stop();
    await trello.close();
  });
  return { trello, slack: bridge.slack, url: bridge.url };
}
