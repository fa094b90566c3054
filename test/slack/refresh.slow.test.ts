import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { type Bridge, startBridge } from '../support/bridge.ts';

const COMMANDS = 200;
const REFRESHES = 20;
/** Milliseconds. */
const BETWEEN_COMMANDS = 150;

let trello: RunningTrello;
let bridge: Bridge;

afterEach(async () => {
  await bridge.stop();
  await trello.close();
});

it('none of 200 commands fails over 20 refreshes of the connections', { timeout: 180_000 }, async () => {
  trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  bridge = await startBridge({ url: trello.url, board: board.id });
  const { slack } = bridge;
  const { sockets } = slack;
  await slack.until(() => sockets.connections() === 2);

  const sent = [];
  const refreshes = [];
  let most = 0;
  for (let number = 0; number < COMMANDS; number += 1) {
    if (number % (COMMANDS / REFRESHES) === 0) {
      // In turn the older connection, and, which is rarer, both at once.
      const both = number % (4 * (COMMANDS / REFRESHES)) === 0;
      refreshes.push(sockets.refresh({ ...(!both && { oldest: 1 }), warnedFor: 1_000 }));
    }
    sent.push(slack.command({ user: 'Ana', channel: '#rockets', command: '/spacex-task', text: 'help' }));
    most = Math.max(most, sockets.connections());
    await delay(BETWEEN_COMMANDS);
  }
  const outcomes = await Promise.all(sent);
  await Promise.all(refreshes);

  expect(refreshes).toHaveLength(REFRESHES);
  expect(outcomes.filter(({ acknowledged }) => !acknowledged)).toEqual([]);
  expect(most).toBeLessThanOrEqual(10);
  await slack.until(() => sockets.connections() === 2);
});
