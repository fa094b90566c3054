/** @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export const OPCODE = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export interface Frame {
  final: boolean;
  opcode: number;
  payload: Buffer;
}

/** What a peer did against the protocol, as the code of the close frame that answers it. */
export interface Violation {
  closeCode: number;
  reason: string;
}

const LARGEST_CONTROL_PAYLOAD = 125;
const LARGEST_PAYLOAD = 16 * 1024 * 1024;
const KNOWN_OPCODES = new Set<number>(Object.values(OPCODE));

/** Cuts a client's bytes into frames, however they were cut into packets. */
export function createFrameReader() {
  let buffered: Buffer = Buffer.alloc(0);

  return {
    add(bytes: Buffer): void {
      buffered = buffered.length === 0 ? bytes : Buffer.concat([buffered, bytes]);
    },
    /** The next whole frame, unmasked; undefined when more bytes are needed. */
    next(): Frame | Violation | undefined {
      const head = readHead(buffered);
      if (head === undefined || 'closeCode' in head) return head;
      const { final, opcode, mask, start, length } = head;
      if (buffered.length < start + length) return undefined;
      const payload = Buffer.from(buffered.subarray(start, start + length));
      for (let index = 0; index < length; index += 1)
        payload[index] = at(payload, index) ^ at(mask, index & 3);
      buffered = buffered.subarray(start + length);
      return { final, opcode, payload };
    },
  };
}

interface Head {
  final: boolean;
  opcode: number;
  mask: Buffer;
  start: number;
  length: number;
}

function readHead(bytes: Buffer): Head | Violation | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = [at(bytes, 0), at(bytes, 1)];
  const [final, opcode] = [(first & 0x80) !== 0, first & 0x0f];
  const control = opcode >= OPCODE.close;
  let length = second & 0x7f;
  if ((first & 0x70) !== 0) return violation('no extension was agreed on');
  if (!KNOWN_OPCODES.has(opcode)) return violation('unknown opcode');
  if ((second & 0x80) === 0) return violation('frames of a client must be masked');
  if (control && (!final || length > LARGEST_CONTROL_PAYLOAD))
    return violation('control frames are short and whole');
  let start = 2;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    start = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    const long = bytes.readBigUInt64BE(2);
    if (long > BigInt(LARGEST_PAYLOAD)) return { closeCode: 1009, reason: 'frame too big' };
    length = Number(long);
    start = 10;
  }
  if (bytes.length < start + 4) return undefined;
  return { final, opcode, mask: bytes.subarray(start, start + 4), start: start + 4, length };
}

/** A whole frame of a server: never masked. */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  if (length < 65_536) {
    const head = Buffer.from([0x80 | opcode, 126, 0, 0]);
    head.writeUInt16BE(length, 2);
    return Buffer.concat([head, payload]);
  }
  const head = Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

function violation(reason: string): Violation {
  return { closeCode: 1002, reason };
}

/** The bounds are checked by the callers. */
function at(bytes: Buffer, index: number): number {
  return bytes[index] ?? 0;
}
