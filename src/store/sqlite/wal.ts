import { copyFileSync, readFileSync } from 'node:fs';

const HEADER = 32;
const FRAME_HEADER = 24;
/** With the last bit set, checksums are of big-endian words. */
const MAGIC = 0x377f0682;

/**
 * Looks for writes in the write-ahead log at `path` that SQLite will leave out without a word: at the first frame whose
 * checksum is wrong it takes the log for ended, as it has to after a crash in the middle of a write. Frames behind that
 * one which are right in themselves show that the log was whole once. (In the very last write a damage cannot be told
 * from a crash. After a loss of power the disk may have kept the end of an unconfirmed write and not its beginning.)
 *
 * Returns how many writes are left out; 0 when the log is sound or there is none.
 *
 * @see https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function countLostWrites(path: string): number {
  const log = read(path);
  if (log.length < HEADER) return 0;
  const bigEndian = (log.readUInt32BE(0) & 1) === 1;
  const pageSize = log.readUInt32BE(8);
  const frames = Math.floor((log.length - HEADER) / (FRAME_HEADER + pageSize));
  if (
    log.readUInt32BE(0) >>> 1 !== MAGIC >>> 1 ||
    !matches(log, 24, checksum([0, 0], log, 0, 24, bigEndian))
  ) {
    return frames > 0 ? frames : 0;
  }
  let isSound = true;
  let isWriteLeftOut = false;
  let lost = 0;
  /** Writes whose last frame is wrong: nobody knows whether they were ever whole, unless a right frame follows. */
  let doubtful = 0;
  let before: Sums = [log.readUInt32BE(24), log.readUInt32BE(28)];
  for (let index = 0; index < frames; index += 1) {
    const at = HEADER + index * (FRAME_HEADER + pageSize);
    const sums = checksum(
      checksum(before, log, at, 8, bigEndian),
      log,
      at + FRAME_HEADER,
      pageSize,
      bigEndian,
    );
    const isRight = log.compare(log, 16, 24, at + 8, at + 16) === 0 && matches(log, at + 16, sums);
    // The frame that ends a write holds the size of the database.
    const ends = log.readUInt32BE(at + 4) > 0 ? 1 : 0;
    if (!isRight) {
      isSound = false;
      doubtful += ends;
    } else if (!isSound) {
      isWriteLeftOut = true;
      lost += doubtful + ends;
      doubtful = 0;
    }
    before = [log.readUInt32BE(at + 16), log.readUInt32BE(at + 20)];
  }
  return isWriteLeftOut ? Math.max(1, lost) : 0;
}

/** Keeps a copy of a damaged log, because SQLite will write over it. Returns the copy's path. */
export function keepDamagedLog(path: string): string {
  const copy = `${path}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  copyFileSync(path, copy);
  return copy;
}

type Sums = [number, number];

function checksum(
  [first, second]: Sums,
  log: Buffer,
  from: number,
  length: number,
  bigEndian: boolean,
): Sums {
  const word = (at: number) => (bigEndian ? log.readUInt32BE(at) : log.readUInt32LE(at));
  for (let at = from; at < from + length; at += 8) {
    first = (first + word(at) + second) >>> 0;
    second = (second + word(at + 4) + first) >>> 0;
  }
  return [first, second];
}

function matches(log: Buffer, at: number, [first, second]: Sums): boolean {
  return log.readUInt32BE(at) === first && log.readUInt32BE(at + 4) === second;
}

/** The log is never locked, so closing this descriptor drops no lock of the database. */
function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
