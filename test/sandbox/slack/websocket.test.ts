import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { WebSocket } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFrameReader, OPCODE } from '../../../sandbox/slack/frames.ts';
import { acceptWebSocket } from '../../../sandbox/slack/websocket.ts';

let server: Server;
let port: number;
let closed: Promise<void>;

beforeEach(async () => {
  server = createServer();
  closed = new Promise((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      const connection = acceptWebSocket(request, socket, head, {
        onText: (text) => connection?.send(text),
        onClosed: resolve,
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** A client's frame: masked, unless told otherwise. */
function frame(opcode: number, payload: Buffer | string, { final = true, masked = true } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const mask = Buffer.from([0x12, 0xfe, 0x00, 0x77]);
  const short = bytes.length < 126 ? bytes.length : bytes.length < 65_536 ? 126 : 127;
  const length = Buffer.alloc(short < 126 ? 0 : short === 126 ? 2 : 8);
  if (short === 126) length.writeUInt16BE(bytes.length);
  if (short === 127) length.writeBigUInt64BE(BigInt(bytes.length));
  const head = Buffer.from([(final ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | short]);
  const body = masked ? bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : bytes;
  return Buffer.concat([head, length, ...(masked ? [mask] : []), body]);
}

/** Sends bytes after the handshake, and answers with all that came back until the server hung up. */
async function exchange(...packets: Buffer[]): Promise<Buffer> {
  const socket = await handshake();
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  for (const packet of packets) socket.write(packet);
  await once(socket, 'end');
  socket.destroy();
  await closed;
  return Buffer.concat(received);
}

async function handshake(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET / HTTP/1.1\r\nhost: local\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  // The key and its answer are the example of RFC 6455, section 1.3.
  expect(head.toString()).toContain('sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  return socket;
}

const BYE = frame(OPCODE.close, Buffer.from([0x03, 0xe8]));
const BYE_BACK = Buffer.from([0x88, 0x02, 0x03, 0xe8]);
const closeCode = (answer: Buffer) => (answer[0] === 0x88 ? answer.readUInt16BE(2) : undefined);

describe('a WebSocket', () => {
  it('carries text of every length to undici’s client and back', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(socket, 'open');
    for (const text of ['', 'ação 🚀', 'x'.repeat(125), 'x'.repeat(126), 'é'.repeat(40_000)]) {
      socket.send(text);
      const [{ data }] = (await once(socket, 'message')) as [MessageEvent];
      expect(data).toBe(text);
    }
    socket.close(1000, 'done');
    const [event] = (await once(socket, 'close')) as [CloseEvent];
    expect(event).toMatchObject({ code: 1000, wasClean: true });
    await closed;
  });

  it('puts fragments together, answers a ping between them, and echoes the close', async () => {
    const [start, rest] = [Buffer.from('🚀').subarray(0, 2), Buffer.from('🚀').subarray(2)];
    const answer = await exchange(
      frame(OPCODE.text, start, { final: false }),
      frame(OPCODE.ping, 'are you there'),
      frame(OPCODE.continuation, rest),
      BYE,
    );
    const pong = Buffer.concat([Buffer.from([0x8a, 13]), Buffer.from('are you there')]);
    const text = Buffer.concat([Buffer.from([0x81, 4]), Buffer.from('🚀')]);
    expect(answer).toEqual(Buffer.concat([pong, text, BYE_BACK]));
  });

  it.each([
    ['a frame without a mask', 1002, frame(OPCODE.text, 'x', { masked: false })],
    ['an unknown opcode', 1002, frame(0x3, 'x')],
    ['an extension nobody agreed on', 1002, Buffer.from([0xc1, 0x80, 0, 0, 0, 0])],
    ['a continuation of nothing', 1002, frame(OPCODE.continuation, 'x')],
    ['a ping in fragments', 1002, frame(OPCODE.ping, 'x', { final: false })],
    ['a ping that is too long', 1002, frame(OPCODE.ping, 'x'.repeat(126))],
    ['a close frame with half a code', 1002, frame(OPCODE.close, 'x')],
    ['text that is not UTF-8', 1007, frame(OPCODE.text, Buffer.from([0xff, 0xfe]))],
    ['binary data', 1003, frame(OPCODE.binary, 'x')],
  ])('closes on %s with code %i', async (_, code, bytes) => {
    expect(closeCode(await exchange(bytes))).toBe(code);
  });

  it('refuses a request that is no handshake', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: local\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n');
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });
});

describe('frames', () => {
  it('are read the same however their bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 50 }),
        (payloads, size) => {
          const bytes = Buffer.concat(payloads.map((payload) => frame(OPCODE.binary, Buffer.from(payload))));
          const reader = createFrameReader();
          const read: Buffer[] = [];
          for (let start = 0; start < bytes.length; start += size) {
            reader.add(bytes.subarray(start, start + size));
            for (let next = reader.next(); next; next = reader.next())
              if ('payload' in next) read.push(next.payload);
          }
          expect(read).toEqual(payloads.map((payload) => Buffer.from(payload)));
        },
      ),
    );
  });
});
