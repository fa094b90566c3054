import { write, writeSync } from 'node:fs';

/** Where the lines of the log go. */
export interface LogOutput {
  write(line: string): void;
  /** How many lines could not be written since the start. */
  lost(): number;
  /** Writes what still waits, as far as that can be done at once: for the end of the process. */
  end(): void;
}

/** Characters that may wait for a slow reader. */
const MOST_WAITING = 1_000_000;
/** When a full pipe is tried again, in milliseconds. */
const TRY_AGAIN_AFTER = 50;
const LAST_TRIES = 20;
const NEWLINE = '\n'.charCodeAt(0);

interface Chunk {
  bytes: Buffer;
  lines: number;
  /** False while a full pipe is waited for. */
  inFlight: boolean;
}

/**
 * Writes lines to a file descriptor, and never makes the program wait for it: what it refuses, as a full disk does, or
 * takes too slowly is dropped and counted. Once it takes lines again, a line says how many are missing.
 */
export function createLogOutput(descriptor: number): LogOutput {
  let waiting: string[] = [];
  let characters = 0;
  let chunk: Chunk | undefined;
  /** What was written last ends in the middle of a line. */
  let isTorn = false;
  let lost = 0;
  let told = 0;

  function takeWaiting(): { bytes: Buffer; lines: number } {
    const taken = { bytes: Buffer.from((isTorn ? '\n' : '') + waiting.join('')), lines: waiting.length };
    waiting = [];
    characters = 0;
    return taken;
  }

  function writeNext(): void {
    chunk = waiting.length > 0 ? { ...takeWaiting(), inFlight: true } : undefined;
    if (chunk) writeOut(chunk);
  }

  function writeOut(current: Chunk): void {
    current.inFlight = true;
    write(descriptor, current.bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        current.inFlight = false;
        setTimeout(writeOut, TRY_AGAIN_AFTER, current).unref();
      } else if (error) {
        // What came meanwhile would be refused as well. The next line tries again.
        lost += current.lines + takeWaiting().lines;
        chunk = undefined;
      } else {
        isTorn = current.bytes[written - 1] !== NEWLINE;
        current.bytes = current.bytes.subarray(written);
        if (current.bytes.length > 0) return writeOut(current);
        if (lost > told) waiting.push(missing(lost - told));
        told = lost;
        writeNext();
      }
    });
  }

  return {
    write(line) {
      if (characters + line.length > MOST_WAITING) {
        lost += 1;
        return;
      }
      waiting.push(line);
      characters += line.length;
      if (!chunk) writeNext();
    },
    lost: () => lost,
    end() {
      const begun = chunk && !chunk.inFlight ? [chunk.bytes] : [];
      let left = Buffer.concat([...begun, takeWaiting().bytes]);
      for (let tries = 0; left.length > 0 && tries < LAST_TRIES; ) {
        try {
          left = left.subarray(writeSync(descriptor, left));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
          tries += 1;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_AGAIN_AFTER);
        }
      }
    },
  };
}

function missing(lines: number): string {
  const fields = { level: 'warn', time: new Date().toISOString(), lines };
  return `${JSON.stringify({ ...fields, msg: 'lines of the log could not be written' })}\n`;
}
