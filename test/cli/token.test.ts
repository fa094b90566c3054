import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthenticate } from '../../src/http/authenticate.ts';

const COMMAND = resolve(import.meta.dirname, '../../src/cli/token.ts');
const SECRET = 'a secret of thirty-two bytes or more';
const DAY = 24 * 60 * 60;

function runToken(
  options: readonly string[],
  environment: Record<string, string> = { API_JWT_SECRET: SECRET },
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...options], {
    env: environment,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const authenticate = createAuthenticate({ mode: 'secret', secret: SECRET });
const subjectOf = (token: string) => authenticate(`Bearer ${token.trim()}`);

describe('npm run token', () => {
  it('prints a token that the API takes, alone on its line', async () => {
    const { status, stdout, stderr } = runToken(['--subject', 'ci', '--days', '7']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(await subjectOf(stdout)).toEqual({ subject: 'ci' });
    const { exp = 0, iat = 0 } = decodeJwt(stdout.trim());
    expect(exp - iat).toBe(7 * DAY);
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60);
  });

  it('makes a token for 30 days unless told otherwise', () => {
    const { exp = 0, iat = 0, scope } = decodeJwt(runToken(['--subject', 'ci']).stdout.trim());
    expect([exp - iat, scope]).toEqual([30 * DAY, 'tasks:write']);
  });

  it('makes a token that allows messages to channels, and one that is of a workspace', async () => {
    const options = ['--scope', 'tasks:write tasks:notify', '--team', 'T024BE7LD'];
    const { stdout } = runToken(['--subject', 'ci', ...options]);
    expect(await subjectOf(stdout)).toEqual({ subject: 'ci', claim: 'T024BE7LD', mayNotify: true });
  });

  it('makes a token with another scope, which the API does not take', async () => {
    const { stdout } = runToken(['--subject', 'ci', '--scope', 'tasks:read']);
    expect(await subjectOf(stdout)).toMatchObject({ refused: { code: 'insufficient_scope' } });
  });

  it('names the issuer and the audience that the bridge asks for', async () => {
    const names = { API_JWT_ISSUER: 'bridge', API_JWT_AUDIENCE: 'tasks' };
    const { stdout } = runToken(['--subject', 'ci'], { API_JWT_SECRET: SECRET, ...names });
    expect(decodeJwt(stdout.trim())).toMatchObject({ iss: 'bridge', aud: 'tasks' });
    expect(await subjectOf(stdout)).toEqual({ subject: 'ci' });
  });

  it('reads the secret from a file, without the line end of an editor', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'token-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'secret');
    writeFileSync(file, `${SECRET}\n`);
    const { stdout } = runToken(['--subject', 'ci'], { API_JWT_SECRET_FILE: file });
    expect(await subjectOf(stdout)).toEqual({ subject: 'ci' });
  });

  it.each([
    ['no subject', [], '--subject'],
    ['an empty subject', ['--subject', ' '], '--subject'],
    ['a subject that is too long', ['--subject', 'x'.repeat(256)], '255'],
    ['no time', ['--subject', 'ci', '--days', '0'], '1 to 365'],
    ['more than a year', ['--subject', 'ci', '--days', '366'], '1 to 365'],
    ['half a day', ['--subject', 'ci', '--days', '0.5'], '1 to 365'],
    ['an empty scope', ['--subject', 'ci', '--scope', ''], '--scope'],
    ['a workspace by its name', ['--subject', 'ci', '--team', 'spacex'], 'T024BE7LD'],
    ['an option that there is not', ['--subject', 'ci', '--admin'], '--admin'],
    ['a word without an option', ['ci'], 'ci'],
  ])('refuses %s and says what to write', (_, options, words) => {
    const { status, stdout, stderr } = runToken(options);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('says where to get a secret when there is none', () => {
    const { status, stdout, stderr } = runToken(['--subject', 'ci'], {});
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('openssl rand -base64 32');
  });

  it('refuses a secret that is too short, without showing it', () => {
    const { status, stderr } = runToken(['--subject', 'ci'], { API_JWT_SECRET: 'swordfish' });
    expect(status).toBe(1);
    expect(stderr).toContain('32');
    expect(stderr).not.toContain('swordfish');
  });

  it('explains itself', () => {
    const { status, stdout } = runToken(['--help'], {});
    expect(status).toBe(0);
    for (const option of ['--subject', '--days', '--scope', '--team']) expect(stdout).toContain(option);
  });
});
