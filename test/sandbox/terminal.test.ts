import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createShortLines } from '../../sandbox/terminal.ts';
import { AppError } from '../../src/errors.ts';
import { createLog } from '../../src/log.ts';

function terminal(properties: object = {}) {
  const stream = Object.assign(new PassThrough(), properties);
  const log = createLog({ level: 'info', secrets: ['s3cret'], destination: createShortLines(stream) });
  return { log, lines: () => String(stream.read() ?? '') };
}

describe('the terminal of the sandbox', () => {
  beforeEach(() => {
    vi.stubEnv('FORCE_COLOR', undefined).stubEnv('NO_COLOR', undefined);
    return () => vi.unstubAllEnvs();
  });

  it('shows an event as one short line', () => {
    const { log, lines } = terminal();
    log.info({ job: 'abc', step: 'card' }, 'step done');
    expect(lines()).toMatch(/^\d\d:\d\d:\d\d {2}step done {2}job abc step card\n$/);
  });

  it('shows an error by its message, without its stack and causes', () => {
    const { log, lines } = terminal();
    const userMessage = 'Trello is busy.';
    const cause = new Error('the socket\nclosed');
    log.warn({ err: new AppError({ code: 'trello_busy', retry: 'later', userMessage, cause }) }, 'waits');
    const line = lines();
    expect(line).toMatch(/^\d\d:\d\d:\d\d {2}waits: trello_busy: Trello is busy\..*\n$/);
    expect(line).not.toContain('    at ');
  });

  it('is one line whatever the text, cannot move the cursor, and has no secrets', () => {
    const { log, lines } = terminal();
    log.info({ text: `a\u001b[2Jb\nc ${'x'.repeat(500)}` }, 'with s3cret');
    const line = lines();
    expect(line.match(/\n/g)).toHaveLength(1);
    expect(line).not.toMatch(/s3cret|\p{Cc}\[/u);
    expect(line.length).toBeLessThan(250);
  });

  it('has colours on a terminal only', () => {
    const plain = terminal();
    plain.log.error('broken');
    expect(plain.lines()).not.toContain('\u001b');
    const coloured = terminal({ isTTY: true, getColorDepth: () => 8 });
    coloured.log.error('broken');
    expect(coloured.lines()).toContain('\u001b[31m');
  });
});
