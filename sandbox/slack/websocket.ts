import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createFrameReader, encodeFrame, type Frame, OPCODE } from './frames.ts';

export interface WebSocketConnection {
  send(text: string): void;
  ping(): void;
  /** Says goodbye and waits a moment for the answer. */
  close(code: number, reason?: string): void;
  /** Cuts the connection without a word, as a crash or a broken line does. */
  cut(): void;
}

export interface WebSocketListener {
  onText(text: string): void;
  /** Once, when the connection is over for whatever reason. */
  onClosed(): void;
}

const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CLOSE_ANSWER_WITHIN = 1_000;
const LARGEST_MESSAGE = 16 * 1024 * 1024;

/**
 * The server's side of a WebSocket, as far as Socket Mode needs it: text messages, no extensions. Undefined when the
 * request is no handshake; it has been refused then.
 * @see https://www.rfc-editor.org/rfc/rfc6455
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { onText, onClosed }: WebSocketListener,
): WebSocketConnection | undefined {
  const key = request.headers['sec-websocket-key'];
  if (
    request.method !== 'GET' ||
    request.headers.upgrade?.toLowerCase() !== 'websocket' ||
    request.headers['sec-websocket-version'] !== '13' ||
    key === undefined ||
    Buffer.from(key, 'base64').length !== 16
  ) {
    socket.end(
      'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\nsec-websocket-version: 13\r\n\r\n',
    );
    return undefined;
  }
  const accept = createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  );

  const reader = createFrameReader();
  let fragments: { opcode: number; parts: Buffer[]; length: number } | undefined;
  let closing = false;
  let failed = false;

  const onData = (bytes: Buffer) => {
    reader.add(bytes);
    for (let next = reader.next(); next && !failed; next = reader.next()) {
      if ('closeCode' in next) fail(next.closeCode, next.reason);
      else take(next);
    }
  };
  socket.on('data', onData);
  socket.on('error', () => socket.destroy());
  socket.on('end', () => socket.destroy());
  socket.once('close', onClosed);
  if (head.length > 0) onData(head);
  socket.resume();

  return {
    send: (text) => write(OPCODE.text, Buffer.from(text)),
    ping: () => write(OPCODE.ping, Buffer.alloc(0)),
    close,
    cut: () => void socket.destroy(),
  };

  function take({ opcode, ...frame }: Frame): void {
    if (opcode === OPCODE.ping) write(OPCODE.pong, frame.payload);
    else if (opcode === OPCODE.close) answerClose(frame.payload);
    else if (opcode !== OPCODE.pong) collect({ opcode, ...frame });
  }

  function collect({ final, opcode, payload }: Frame): void {
    if ((opcode === OPCODE.continuation) !== (fragments !== undefined)) {
      fail(1002, 'fragments out of order');
      return;
    }
    fragments ??= { opcode, parts: [], length: 0 };
    fragments.parts.push(payload);
    fragments.length += payload.length;
    if (fragments.length > LARGEST_MESSAGE) fail(1009, 'message too big');
    else if (final) finish(fragments.opcode, Buffer.concat(fragments.parts));
  }

  function finish(opcode: number, message: Buffer): void {
    fragments = undefined;
    const text = opcode === OPCODE.text ? decode(message) : '';
    if (opcode !== OPCODE.text) fail(1003, 'text only');
    else if (text === undefined) fail(1007, 'not UTF-8');
    else if (!closing) onText(text);
  }

  function answerClose(payload: Buffer): void {
    const invalid = payload.length === 1 || (payload.length > 1 && !isCloseCode(payload.readUInt16BE(0)));
    if (invalid || decode(payload.subarray(2)) === undefined) {
      fail(1002, 'broken close frame');
      return;
    }
    if (!closing) write(OPCODE.close, payload.subarray(0, 2));
    closing = true;
    socket.end();
  }

  /** Nothing that comes after a violation is read. */
  function fail(code: number, reason: string): void {
    failed = true;
    close(code, reason);
    socket.end();
  }

  function close(code: number, reason = ''): void {
    if (closing) return;
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code, 0);
    payload.write(reason, 2);
    write(OPCODE.close, payload);
    closing = true;
    const timer = setTimeout(() => socket.destroy(), CLOSE_ANSWER_WITHIN);
    socket.once('close', () => clearTimeout(timer));
  }

  function write(opcode: number, payload: Buffer): void {
    if (!closing && socket.writable) socket.write(encodeFrame(opcode, payload));
  }
}

function isCloseCode(code: number): boolean {
  return (
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  );
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
