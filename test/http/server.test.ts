import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ServerTimes } from '../../src/http/server.ts';
import { startBridge } from './bridge.ts';

const HEAD = 'POST /listener HTTP/1.1\r\nHost: x\r\n';

/** A server with `listener` in the place of Slack's. */
async function start(listener: RequestListener, times: Partial<ServerTimes> = {}) {
  const { server, host, port } = await startBridge({
    slack: [{ method: 'POST', path: '/listener', listener }],
    times,
  });
  /** Connects and sends; `all` is what came until the other side closed. */
  async function send(text: string) {
    const socket = connect(port, host).on('error', () => {});
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await once(socket, 'connect');
    socket.write(text);
    return { socket, all: closed.then(() => Buffer.concat(chunks).toString()) };
  }
  return { server, send };
}

const answer: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('done'));
};

/** A request that waits until the test answers it. */
function oneRequest() {
  const { promise: taken, resolve } = Promise.withResolvers<ServerResponse>();
  const app: RequestListener = (_request, response) => resolve(response);
  return { app, taken };
}

describe('a request that does not arrive in time', () => {
  it.each([
    ['its headers', `${HEAD}X-Slow: `],
    ['its body', `${HEAD}Content-Length: 10\r\n\r\nabc`],
  ])('is ended with 408 when it is %s that are missing', async (_, beginning) => {
    const { send } = await start(answer, { headers: 100, request: 200, check: 20 });
    const text = await (await send(beginning)).all;
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain('"code":"request_timeout"');
  });

  it('takes its connection with it when nothing at all comes', async () => {
    const { send } = await start(answer, { idle: 50 });
    expect(await (await send('')).all).toBe('');
  });
});

describe('a broken request behind a good one', () => {
  it('is never taken for the answer to the good one', async () => {
    const { app, taken } = oneRequest();
    const { send } = await start(app);
    const { all, socket } = await send(`${HEAD}Content-Length: 0\r\n\r\n`);
    await taken;
    socket.write('garbage\r\n\r\n');
    expect(await all).toBe('');
  });
});

describe('an expectation', () => {
  it.each(['100-continue', 'a miracle'])(
    'of %s does not keep a request from its answer',
    async (expected) => {
      const { send } = await start(answer);
      const { all } = await send(
        `${HEAD}Expect: ${expected}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
      );
      expect(await all).toMatch(/HTTP\/1\.1 200 [\s\S]*done$/);
    },
  );
});

describe('a server that closes', () => {
  it('finishes the request in hand, and keeps no connection without one', async () => {
    const { app, taken } = oneRequest();
    const { server, send } = await start(app, { grace: 60_000 });
    const silent = await send('');
    const busy = await send(`${HEAD}Content-Length: 0\r\n\r\n`);
    const response = await taken;
    const closed = server.close();
    expect(await silent.all).toBe('');
    response.end('done');
    expect(await busy.all).toContain('done');
    await closed;
  });

  it('waits for no request beyond its grace', async () => {
    const { app, taken } = oneRequest();
    const { server, send } = await start(app, { grace: 50 });
    const { all } = await send(`${HEAD}Content-Length: 0\r\n\r\n`);
    await taken;
    await server.close();
    expect(await all).toBe('');
  });
});

describe('a server that opens', () => {
  it('says what to do when its port is taken', async () => {
    const { port } = await startBridge();
    await expect(startBridge({ port })).rejects.toMatchObject({
      code: 'cannot_listen',
      userMessage: expect.stringMatching(/another program has it.*set HOST and PORT/s),
    });
  });

  it('closes connections beyond its number at once, and serves the others', async () => {
    const { port } = await startBridge({ maxConnections: 2 });
    const open = () => connect(port, '127.0.0.1').on('error', () => {});
    const [first, second] = [open(), open()];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    const third = open();
    third.resume();
    await once(third, 'close');
    first.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(first, 'data')) as [Buffer];
    expect(answer.toString()).toContain('200 OK');
    first.destroy();
    second.destroy();
  });
});
