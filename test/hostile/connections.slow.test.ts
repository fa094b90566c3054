import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { environmentFor } from '../support/bridge.ts';
import { type Child, startChild } from '../support/child.ts';
import { postTask, tokenFor } from '../support/token.ts';
import { ISSUE } from './bridge.ts';

const IDLE = 1_000;
const SLOW = 300;
/** Milliseconds between two bytes of a slow sender. */
const PAUSE = 100;

let program: Child;
let cleanUp: () => Promise<void>;

beforeAll(async () => {
  const trello = await startLocalTrello();
  const { board } = seedMissionBoard(trello.state);
  const slack = await startLocalSlack();
  const folder = mkdtempSync(join(tmpdir(), 'connections-'));
  program = await startChild({
    ...environmentFor(slack, trello.url, 'http'),
    TRELLO_BOARD: board.shortLink,
    STORE_URL: `sqlite:${join(folder, 'bridge.db')}`,
    LOG_LEVEL: 'info',
  });
  cleanUp = async () => {
    await program.end();
    await slack.close();
    await trello.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

afterAll(() => cleanUp());

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(program.url);
  // The program may end a connection whenever it likes; what counts is whom it still serves.
  const socket = connect(Number(port), hostname).on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

const openMany = (number: number) => Promise.all(Array.from({ length: number }, open));

/** Sends `beginning` at once, and then a byte at a time without an end. */
async function sendSlowly(number: number, beginning: string): Promise<Socket[]> {
  const sockets = await openMany(number);
  for (const socket of sockets) {
    socket.write(beginning);
    const timer = setInterval(() => socket.write('x'), PAUSE);
    socket.once('close', () => clearInterval(timer));
  }
  return sockets;
}

async function expectServed(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    const { status, body } = await postTask(program.url, ISSUE);
    expect([status, body.status]).toEqual([201, 'done']);
    expect((await fetch(`${program.url}/health/ready`)).status).toBe(200);
  }
}

describe('others are served', () => {
  it(`while ${IDLE} connections say nothing`, async () => {
    const sockets = await openMany(IDLE);
    await expectServed();
    for (const socket of sockets) socket.destroy();
    await expectServed();
  });

  it(`while ${SLOW} requests never end their headers, and ${SLOW} never end their bodies`, async () => {
    const token = await tokenFor();
    const sockets = await Promise.all([
      sendSlowly(SLOW, 'POST /tasks HTTP/1.1\r\nHost: x\r\nX-Slow: '),
      sendSlowly(
        SLOW,
        `POST /tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"`,
      ),
      sendSlowly(SLOW, 'POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\npayload='),
    ]);
    await expectServed();
    for (const socket of sockets.flat()) socket.destroy();
    await expectServed();
  });

  it('while clients go away in the middle of their requests', async () => {
    const token = await tokenFor();
    const whole = `POST /tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n{"type":"bug","description":"It leaks."}`;
    for (let length = 10; length <= whole.length; length += 10) {
      const socket = await open();
      socket.write(whole.slice(0, length));
      socket.resetAndDestroy();
    }
    await expectServed();
  });

  it('although nobody reads the answers to many requests on one connection', async () => {
    const sockets = await openMany(20);
    for (const socket of sockets) {
      socket.pause();
      socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200));
    }
    await expectServed();
    for (const socket of sockets) socket.destroy();
  });
});
