import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startBridge, token } from './bridge.ts';

const MEGABYTE = 1_048_576;

/** Sends the head of a request whose body stays behind; resolves with all that came until the other side closed. */
async function refusedBeforeBody(head: string): Promise<string> {
  const { host, port } = await startBridge({ times: { idle: 60_000, request: 60_000, keepAlive: 60_000 } });
  const socket = connect(port, host).on('error', () => {});
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'connect');
  socket.write(`POST /tasks HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
  await once(socket, 'close');
  return text;
}

describe('a refused request whose body is still to come', () => {
  it.each([
    ['401', 'Content-Type: application/json\r\nContent-Length: 50', false],
    ['401', 'Content-Type: application/json\r\nTransfer-Encoding: chunked', false],
    ['413', `Content-Type: application/json\r\nContent-Length: ${MEGABYTE}`, true],
    ['415', 'Content-Type: text/plain\r\nContent-Length: 50', true],
  ])(
    'is answered with %s, and its connection is closed, so that no next request waits on it: %s',
    async (status, head, authorized) => {
      const authorization = authorized ? `Authorization: Bearer ${await token()}\r\n` : '';
      const text = await refusedBeforeBody(authorization + head);
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(text.toLowerCase()).toContain('\r\nconnection: close\r\n');
    },
  );

  it('reaches the caller that goes on sending', async () => {
    const { post } = await startBridge();
    for (let round = 0; round < 5; round += 1) {
      const statuses = await Promise.all([
        post('x'.repeat(MEGABYTE), { authorization: 'Bearer x' }),
        post('x'.repeat(MEGABYTE)),
        post('x'.repeat(MEGABYTE), { 'content-type': 'text/plain' }),
      ]);
      expect(statuses.map(({ status }) => status)).toEqual([401, 413, 415]);
    }
  });

  it('keeps its connection when there is no body', async () => {
    const { url } = await startBridge();
    const response = await fetch(`${url}/tasks/1`);
    expect([response.status, response.headers.get('connection')]).toEqual([401, 'keep-alive']);
  });
});
