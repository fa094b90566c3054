import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'undici';
import { beforeEach, describe, expect, it } from 'vitest';
import { useLocalSlack } from './use-local-slack.ts';

const here = useLocalSlack();
beforeEach(() => here.start());

/** A new WebSocket URL, from `apps.connections.open`. */
async function address(): Promise<string> {
  const { url } = await here.client(here.slack.workspace.app.appToken).apps.connections.open({});
  return url ?? '';
}

/** A client that has received `hello`, and the messages that it receives after that. */
async function openClient() {
  const socket = new WebSocket(await address());
  const received: Record<string, unknown>[] = [];
  const waiting: ((message: Record<string, unknown>) => void)[] = [];
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Record<string, unknown>;
    const resolve = waiting.shift();
    if (resolve) resolve(message);
    else received.push(message);
  });
  const next = () =>
    new Promise<Record<string, unknown>>((resolve) => {
      const message = received.shift();
      if (message) resolve(message);
      else waiting.push(resolve);
    });
  const hello = await next();
  return { socket, hello, next };
}

const command = (text = '') => here.slack.command({ user: 'Ana', channel: '#rockets', command: '/x', text });
const connections = () => here.slack.sockets.connections();

/** Sends a handshake without any library, and resolves with the connection and the start of the response. */
async function handshake(url: string, headers: string[]): Promise<{ socket: Socket; response: string }> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `host: ${hostname}:${port}`, ...headers];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  return { socket, response: head.toString() };
}

const UPGRADE = ['upgrade: websocket', 'connection: Upgrade'];
// The example of RFC 6455, section 1.3.
const KEY = ['sec-websocket-version: 13', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('a Socket Mode connection', () => {
  it('begins with hello, and is counted', async () => {
    const { hello } = await openClient();
    expect(hello).toMatchObject({
      type: 'hello',
      num_connections: 1,
      connection_info: { app_id: here.slack.workspace.app.appId },
    });
    expect((await openClient()).hello).toMatchObject({ num_connections: 2 });
    expect(connections()).toBe(2);
  });

  it('carries text of every length, and the acknowledgement with its response', async () => {
    const { socket, next } = await openClient();
    for (const text of ['', 'ação 🚀', 'x'.repeat(125), 'x'.repeat(126), 'é'.repeat(40_000)]) {
      const outcome = command(text);
      const envelope = await next();
      expect(envelope).toMatchObject({
        type: 'slash_commands',
        accepts_response_payload: true,
        payload: { command: '/x', text },
      });
      const payload = { text: `Got: ${text}`.slice(0, 39_000) };
      socket.send(JSON.stringify({ envelope_id: envelope.envelope_id, payload }));
      expect(await outcome).toMatchObject({ acknowledged: true, response: payload });
    }
  });

  it('takes an empty payload as an acknowledgement without a response, and ignores anything else', async () => {
    const { socket, next } = await openClient();
    const outcome = command();
    const { envelope_id } = await next();
    socket.send('no JSON');
    socket.send(JSON.stringify({ envelope_id: 'another one' }));
    socket.send(JSON.stringify({ envelope_id, payload: {} }));
    expect(await outcome).toMatchObject({ acknowledged: true, response: undefined });
    expect(connections()).toBe(1);
  });

  it('is warned before it is refreshed, works until then, gets nothing new after, and is closed', async () => {
    const { socket, next } = await openClient();
    const refreshed = here.slack.sockets.refresh({ warnedFor: 200 });
    expect(await next()).toMatchObject({ type: 'disconnect', reason: 'warning' });
    const outcome = command();
    const { envelope_id } = await next();
    expect(await next()).toMatchObject({ type: 'disconnect', reason: 'refresh_requested' });
    expect(await command()).toMatchObject({ acknowledged: false, detail: 'dispatch_failed' });
    socket.send(JSON.stringify({ envelope_id }));
    expect(await outcome).toMatchObject({ acknowledged: true });
    await Promise.all([once(socket, 'close'), refreshed]);
    await here.slack.until(() => connections() === 0);
  });

  it('is refreshed alone when another one is older', async () => {
    const [older, newer] = [await openClient(), await openClient()];
    void here.slack.sockets.refresh({ oldest: 1, warnedFor: 0 });
    expect(await older.next()).toMatchObject({ reason: 'warning' });
    expect(await older.next()).toMatchObject({ reason: 'refresh_requested' });
    for (let count = 0; count < 3; count += 1) {
      const outcome = command();
      const { envelope_id } = await newer.next();
      newer.socket.send(JSON.stringify({ envelope_id }));
      expect(await outcome).toMatchObject({ acknowledged: true });
    }
  });

  it('is closed cleanly by the client', async () => {
    const { socket } = await openClient();
    socket.close(1000, 'done');
    const [event] = (await once(socket, 'close')) as [CloseEvent];
    expect(event).toMatchObject({ code: 1000, wasClean: true });
    await here.slack.until(() => connections() === 0);
  });

  it('fails what is not acknowledged when it is cut', async () => {
    const { socket, next } = await openClient();
    const outcome = command();
    await next();
    here.slack.sockets.cut();
    expect(await outcome).toMatchObject({ acknowledged: false, reason: 'failed', detail: 'dispatch_failed' });
    const [event] = (await once(socket, 'close')) as [CloseEvent];
    expect(event).toMatchObject({ code: 1006, wasClean: false });
    expect(connections()).toBe(0);
  });

  it('ends when the client breaks the protocol, and the next one works', async () => {
    const { socket, response } = await handshake(await address(), [...UPGRADE, ...KEY]);
    expect(response.toLowerCase()).toContain('sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=');
    await here.slack.until(() => connections() === 1);
    // A text frame without a mask, which a client must not send.
    socket.write(Buffer.from([0x81, 0x01, 0x78]));
    await here.slack.until(() => connections() === 0);
    socket.destroy();
    expect((await openClient()).hello).toMatchObject({ num_connections: 1 });
  });
});

describe('a Socket Mode address', () => {
  it('is valid for one connection', async () => {
    const url = await address();
    const first = await handshake(url, [...UPGRADE, ...KEY]);
    expect(first.response).toMatch(/^HTTP\/1.1 101 /);
    const second = await handshake(url, [...UPGRADE, ...KEY]);
    expect(second.response).toMatch(/^HTTP\/1.1 403 /);
    first.socket.destroy();
    second.socket.destroy();
  });

  it('refuses a request that is no handshake', async () => {
    const { socket, response } = await handshake(await address(), UPGRADE);
    expect(response).toMatch(/^HTTP\/1.1 400 /);
    expect(connections()).toBe(0);
    socket.destroy();
  });

  it('ends an eleventh connection instead of greeting', async () => {
    for (let count = 0; count < 10; count += 1) await openClient();
    const { socket, hello } = await openClient();
    expect(hello).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
    await once(socket, 'close');
    expect(connections()).toBe(10);
  });
});
