import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countLostWrites, keepDamagedLog } from '../../src/store/sqlite/wal.ts';

const HEADER = 32;
const FRAME_HEADER = 24;
/** The first makes the table. */
const WRITES = 6;
const ROWS = WRITES - 1;

let folder: string;
let path: string;
/** A log of SQLite's own, with a write of two pages at its beginning and then one page for each. */
let whole: Buffer;
/** The file to which it belongs: nothing has been moved there. */
let empty: Buffer;
let log: Buffer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wal-'));
  const file = join(folder, 'db');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (n)');
  for (let write = 0; write < ROWS; write += 1) db.exec(`INSERT INTO t VALUES (${write})`);
  whole = readFileSync(`${file}-wal`);
  empty = readFileSync(file);
  db.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  path = join(folder, 'log');
  log = Buffer.from(whole);
});

const pageSize = () => whole.readUInt32BE(8);
const frames = () => (whole.length - HEADER) / (FRAME_HEADER + pageSize());
/** Where a frame begins; from behind for a negative one. */
const frameAt = (index: number) =>
  HEADER + (index < 0 ? frames() + index : index) * (FRAME_HEADER + pageSize());
function flip(at: number): void {
  log.writeUInt8(log.readUInt8(at) ^ 1, at);
}
function lost(): number {
  writeFileSync(path, log);
  return countLostWrites(path);
}

/** What SQLite itself finds with this log. */
function rowsLeft(): number {
  const copy = join(folder, 'copy');
  writeFileSync(copy, empty);
  writeFileSync(`${copy}-wal`, log);
  const db = new DatabaseSync(copy);
  const row = db.prepare('SELECT count(*) AS n FROM t').get();
  db.close();
  return Number(row?.n);
}

/** The same log as a big-endian machine writes it: with checksums of words read the other way around. */
function asBigEndian(): Buffer {
  const big = Buffer.from(whole);
  big.writeUInt32BE((whole.readUInt32BE(0) ^ 1) >>> 0, 0);
  let sums = [0, 0];
  const sum = (from: number, length: number) => {
    let [first = 0, second = 0] = sums;
    const isBig = (big.readUInt32BE(0) & 1) === 1;
    for (let at = from; at < from + length; at += 8) {
      first = (first + (isBig ? big.readUInt32BE(at) : big.readUInt32LE(at)) + second) >>> 0;
      second = (second + (isBig ? big.readUInt32BE(at + 4) : big.readUInt32LE(at + 4)) + first) >>> 0;
    }
    sums = [first, second];
  };
  const write = (at: number) => {
    for (const [place, value] of sums.entries()) big.writeUInt32BE(value, at + 4 * place);
  };
  sum(0, 24);
  write(24);
  for (let index = 0; index < frames(); index += 1) {
    const at = frameAt(index);
    sum(at, 8);
    sum(at + FRAME_HEADER, pageSize());
    write(at + 16);
  }
  return big;
}

describe('writes that SQLite leaves out', () => {
  it('are none in a log that is whole, missing, empty, or cut off in its last write', () => {
    expect(frames()).toBe(WRITES + 1);
    expect(lost()).toBe(0);
    expect(countLostWrites(join(folder, 'missing'))).toBe(0);
    for (const length of [0, 1, HEADER - 1, HEADER, whole.length - 1, frameAt(-1) + 10]) {
      log = whole.subarray(0, length);
      expect(lost()).toBe(0);
    }
  });

  it('are none where the last write alone is damaged: it may have been cut off by a crash', () => {
    flip(frameAt(-1) + FRAME_HEADER + 100);
    expect(lost()).toBe(0);
    flip(frameAt(-2) + FRAME_HEADER + 100);
    expect(lost()).toBe(0);
  });

  it.each([
    ['in its page', FRAME_HEADER + 100],
    ['at the end of its page', FRAME_HEADER + 4_095],
    ['in its number', 3],
    ['in the first word of its salt', 8],
    ['in the last of its salt', 15],
    ['in its first checksum', 16],
    ['in its second checksum', 23],
  ])('are the damaged one and all behind it: damaged %s', (_, place) => {
    flip(frameAt(-3) + place);
    expect(lost()).toBe(3);
    expect(rowsLeft()).toBe(ROWS - 3);
  });

  it('are counted once where two are damaged, and right ones stand between and behind them', () => {
    flip(frameAt(-4) + FRAME_HEADER);
    flip(frameAt(-2) + FRAME_HEADER);
    expect(lost()).toBe(4);
  });

  it('are all where the first page of the first write is damaged', () => {
    flip(frameAt(0) + FRAME_HEADER);
    expect(lost()).toBe(WRITES);
  });

  it('are as many as there are frames where the head of the log is damaged', () => {
    for (const place of [0, 12, 16, 23, 24, 28, 31]) {
      log = Buffer.from(whole);
      flip(place);
      expect(lost()).toBe(frames());
    }
    log = Buffer.from(whole.subarray(0, HEADER));
    flip(12);
    expect(lost()).toBe(0);
  });

  it('are counted in the same way on a big-endian machine', () => {
    log = asBigEndian();
    expect(lost()).toBe(0);
    flip(frameAt(-3) + FRAME_HEADER);
    expect(lost()).toBe(3);
  });
});

describe('a damaged log', () => {
  it('is kept as it is, beside the first', () => {
    writeFileSync(path, log);
    const copy = keepDamagedLog(path);
    expect(copy).toMatch(/log\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/);
    expect(readdirSync(folder)).toContain(copy.split('/').at(-1));
    expect(readFileSync(copy).equals(whole)).toBe(true);
    expect(readFileSync(path).equals(whole)).toBe(true);
  });
});
