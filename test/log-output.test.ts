import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogOutput } from '../src/log-output.ts';

function inFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'log-output-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

describe('the output of the log', () => {
  it('drops and counts the lines that a full disk refuses, and says so when it takes lines again', async () => {
    const path = inFolder('bridge.log');
    const descriptor = openSync('/dev/full', 'w');
    const output = createLogOutput(descriptor);
    for (let line = 0; line < 10; line += 1) output.write(`{"line":${line}}\n`);
    await expect.poll(output.lost).toBe(10);

    // Room is made: the same descriptor takes lines now.
    closeSync(descriptor);
    expect(openSync(path, 'w')).toBe(descriptor);
    onTestFinished(() => closeSync(descriptor));
    output.write('{"line":10}\n');
    output.write('{"line":11}\n');
    const written = () =>
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    await expect.poll(written).toHaveLength(3);
    expect(written()).toContainEqual({
      level: 'warn',
      time: expect.any(String),
      lines: 10,
      msg: 'lines of the log could not be written',
    });
    expect(output.lost()).toBe(10);
  });

  it('ends at once on a full disk', () => {
    const descriptor = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(descriptor));
    const output = createLogOutput(descriptor);
    output.write('{}\n');
    output.write('{}\n');
    const begin = performance.now();
    output.end();
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it('keeps a part for a slow reader, drops the rest, and writes nothing twice', async () => {
    const path = inFolder('pipe');
    spawnSync('mkfifo', [path]);
    const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(pipe));
    const output = createLogOutput(pipe);
    const LINES = 2_000;
    for (let number = 0; number < LINES; number += 1) {
      output.write(`${JSON.stringify({ number, text: 'x'.repeat(1_000) })}\n`);
    }
    const lost = output.lost();
    expect(lost).toBeGreaterThan(0);

    let text = '';
    const bytes = Buffer.alloc(65_536);
    const drain = () => {
      try {
        for (;;) text += bytes.toString('latin1', 0, readSync(pipe, bytes));
      } catch {
        // Empty for now.
      }
      return text;
    };
    await expect.poll(drain, { timeout: 15_000 }).toContain('could not be written');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const numbers = lines.flatMap(({ number }) => number ?? []);
    expect(numbers).toEqual(Array.from({ length: LINES - lost }, (_, number) => number));
    expect(lines.at(-1)).toMatchObject({ lines: lost });
  });
});
