import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  type: string;
  body: string;
}

/** Longer than any answer may take, in milliseconds. */
const NEVER_ANSWERED = 30_000;

/** Sends bytes as they are, and reads until the other side closes. `undefined`: there was no answer. */
export function sendRaw(url: string, bytes: Buffer): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(NEVER_ANSWERED, () => socket.destroy());
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The other side may close while it is still being sent to; what it said before counts.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve(readAnswer(Buffer.concat(chunks).toString('utf8'))));
  });
}

function readAnswer(text: string): RawAnswer | undefined {
  const [, head = ''] = /^(HTTP\/1\.1 \d{3} [\s\S]*?\r\n\r\n)/.exec(text) ?? [];
  if (!head) return undefined;
  const status = Number(head.slice(9, 12));
  const body = text.slice(head.length);
  // 100 Continue: the answer is still to come.
  if (status < 200) return readAnswer(body);
  return { status, type: /\r\ncontent-type: ([^\r]*)/i.exec(head)?.[1] ?? '', body };
}

export interface RawRequest {
  method: string;
  target: string;
  headers: readonly (readonly [string, string | Buffer])[];
  body: Buffer;
  framing: 'length' | 'chunks';
}

/** A request as bytes; header values may hold any byte, also such as HTTP does not allow. */
export function encode({ method, target, headers, body, framing }: RawRequest): Buffer {
  const frame: [string, string] =
    framing === 'length' ? ['Content-Length', String(body.length)] : ['Transfer-Encoding', 'chunked'];
  const lines = [...headers, frame].map(([name, value]) =>
    Buffer.concat([Buffer.from(`${name}: `), Buffer.from(value as string), Buffer.from('\r\n')]),
  );
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: bridge.example\r\nConnection: close\r\n`),
    ...lines,
    Buffer.from('\r\n'),
    framing === 'length' ? body : inChunks(body),
  ]);
}

function inChunks(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  const size = Math.max(1, Math.ceil(body.length / 3));
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

/** Runs `work` over all items, a few at a time. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: 32 }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
