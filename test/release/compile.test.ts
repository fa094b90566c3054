import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../../src');
const NOBODY = 'http://127.0.0.1:9';
const run = promisify(execFile);

describe('what is compiled for an image', () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'compiled-'));
    environment = { PATH: process.env.PATH, NODE_COMPILE_CACHE: folder };
    const said = await run(process.execPath, [join(SOURCE, 'compile.js')], { env: environment });
    expect(said).toEqual({ stdout: '', stderr: '' });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['sqlite:', () => join(folder, 'bridge.db')],
    ['redis:', () => '//127.0.0.1:9'],
  ])('is everything that a start with %s needs', async (scheme, rest) => {
    const program = spawn(process.execPath, [join(SOURCE, 'start.js')], {
      env: {
        ...environment,
        NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
        SLACK_BOT_TOKEN: 'xoxb-1',
        SLACK_SIGNING_SECRET: 'secret',
        SLACK_API_URL: `${NOBODY}/api/`,
        TRELLO_API_KEY: 'key',
        TRELLO_API_TOKEN: 'token',
        TRELLO_API_URL: NOBODY,
        TRELLO_BOARD: 'board',
        STORE_URL: `${scheme}${rest()}`,
        PORT: '0',
      },
    });
    const read = text(program.stderr);
    for await (const line of program.stdout) if (String(line).includes('the bridge is open')) break;
    program.kill();
    await once(program, 'exit');

    const lines = (await read).split('\n').filter((line) => line.includes(`file://${SOURCE}`));
    expect(lines.filter((line) => line.includes('main.ts')).join('\n')).toContain('accepted');
    expect(lines.filter((line) => /no transpile cache|not initialized|rejected/.test(line))).toEqual([]);
  });
});
