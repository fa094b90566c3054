import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../src/config.ts';
import { AppError } from '../src/errors.ts';

const complete = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  TRELLO_API_KEY: 'key',
  TRELLO_API_TOKEN: 'token',
  TRELLO_BOARD: 'https://trello.com/b/AbCd1234/mission',
};

function complaint(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof AppError) return error.userMessage;
    throw error;
  }
  return 'none';
}

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Several workspaces by OAuth, whose accounts and boards come from the set-up. */
const byOAuth = {
  SLACK_CLIENT_ID: '1234567890.9876543210',
  SLACK_CLIENT_SECRET: 'client-secret',
  SLACK_SIGNING_SECRET: 'signing-secret',
  PUBLIC_URL: 'https://bridge.example.com',
  ENCRYPTION_KEYS: `a:${Buffer.alloc(32, 1).toString('base64')}`,
  TRELLO_API_KEY: 'key',
  TRELLO_API_SECRET: 'trello-secret',
};
const problemsOf = (environment: Record<string, string>) =>
  complaint(environment)
    .split('\n')
    .filter((line) => line.startsWith('  - '));

describe('several workspaces by OAuth', () => {
  it('need no token of Slack, and none and no board of Trello', () => {
    const { slack, trello, secrets } = readConfig(byOAuth);
    expect(slack).toEqual({
      oauth: {
        clientId: byOAuth.SLACK_CLIENT_ID,
        clientSecret: 'client-secret',
        publicUrl: 'https://bridge.example.com',
      },
      apiUrl: 'https://slack.com/api/',
      admins: [],
      connection: { mode: 'http', signingSecret: 'signing-secret' },
    });
    expect([trello.token, trello.board]).toEqual([undefined, undefined]);
    expect(secrets).toContain('client-secret');
  });

  it.each(Object.keys(byOAuth))('need %s, and say so in one sentence', (name) => {
    const problems = problemsOf({ ...byOAuth, [name]: '' });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^  - ${name} is missing\\. .{20,}`))]);
  });

  it('name all that is missing at once', () => {
    const problems = problemsOf({ SLACK_CLIENT_ID: '1.2' });
    expect(problems.map((line) => line.split(' ')[3]).toSorted()).toEqual(
      Object.keys(byOAuth)
        .filter((name) => name !== 'SLACK_CLIENT_ID')
        .toSorted(),
    );
  });

  it.each([
    [{ SLACK_BOT_TOKEN: 'xoxb-1' }, 'SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set.'],
    [{ SLACK_APP_TOKEN: 'xapp-1' }, 'SLACK_APP_TOKEN and SLACK_CLIENT_ID are both set.'],
    [{ TRELLO_API_TOKEN: 'token' }, 'TRELLO_BOARD is missing. Set it, or remove TRELLO_API_TOKEN.'],
    [{ TRELLO_BOARD: 'AbCd1234' }, 'TRELLO_API_TOKEN is missing. Set it, or remove TRELLO_BOARD.'],
  ])('do not go with %j alone', (more, words) => {
    const problems = problemsOf({ ...byOAuth, ...more });
    expect(problems).toEqual([expect.stringContaining(`  - ${words}`)]);
  });

  it('may have an account and a board among the settings, too', () => {
    const own = { TRELLO_API_TOKEN: 'token', TRELLO_BOARD: 'AbCd1234' };
    expect(readConfig({ ...byOAuth, ...own }).trello).toMatchObject({ token: 'token', board: 'AbCd1234' });
  });
});

describe('the configuration', () => {
  it('takes the ids of those who may change the setup', () => {
    const admins = (list: string) => readConfig({ ...complete, SLACK_ADMINS: list }).slack.admins;
    expect(admins('U024BE7LH, W0123ABCD')).toEqual(['U024BE7LH', 'W0123ABCD']);
    expect(complaint({ ...complete, SLACK_ADMINS: 'U024BE7LH,ana' })).toContain('- SLACK_ADMINS must be ids');
  });

  it('takes the usernames of those who are never drawn, with the @ or without', () => {
    const except = (list: string) => readConfig({ ...complete, TRELLO_DRAW_EXCEPT: list }).trello.drawExcept;
    expect(except('@AnaRuiz, chen_li')).toEqual(['anaruiz', 'chen_li']);
    for (const wrong of ['Chen Li', 'chen,', 'ch']) {
      expect(complaint({ ...complete, TRELLO_DRAW_EXCEPT: wrong })).toContain(
        '- TRELLO_DRAW_EXCEPT must be usernames of Trello members separated by commas',
      );
    }
  });

  it('has defaults for everything that need not be said', () => {
    expect(readConfig(complete)).toMatchObject({
      slack: { apiUrl: 'https://slack.com/api/', connection: { mode: 'socket', appToken: 'xapp-1' } },
      trello: { list: 'To Do', apiUrl: 'https://api.trello.com/1', tokenLimit: 100 },
      storeUrl: 'sqlite:data/bridge.db',
      host: '0.0.0.0',
      port: 3000,
      logLevel: 'info',
      api: { auth: undefined },
    });
  });

  it.each([
    ['https://bridge.example.com/', 'https://bridge.example.com'],
    ['https://example.com/bridge', 'https://example.com/bridge'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('takes the public address %s', (PUBLIC_URL, publicUrl) => {
    const { webhooks } = readConfig({ ...complete, PUBLIC_URL, TRELLO_API_SECRET: 's' });
    expect(webhooks).toEqual({ publicUrl, secret: 's' });
  });

  it.each([
    'bridge.example.com',
    'http://bridge.example.com',
    'https://bridge.example.com/?a=1',
    'https://bridge.example.com/#a',
    'https://me:word@bridge.example.com',
  ])('refuses the public address %s', (PUBLIC_URL) => {
    const message = complaint({ ...complete, PUBLIC_URL, TRELLO_API_SECRET: 's' });
    expect(message).toContain('- PUBLIC_URL must be an https address');
  });

  it('wants the secret that signs what comes to a public address, and says where to get it', () => {
    const message = complaint({ ...complete, PUBLIC_URL: 'https://bridge.example.com' });
    expect(message).toMatch(/- TRELLO_API_SECRET is missing\. .*“Secret”/);
    expect(readConfig({ ...complete, TRELLO_API_SECRET: 's' })).toMatchObject({
      webhooks: undefined,
      secrets: expect.arrayContaining(['s']),
    });
  });

  it('names everything that is missing at once, with where to get it', () => {
    const message = complaint({});
    for (const name of [
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'TRELLO_API_KEY',
      'TRELLO_API_TOKEN',
      'TRELLO_BOARD',
    ]) {
      expect(message).toMatch(new RegExp(`- ${name} is missing\\. .{20,}`));
    }
    expect(message).toContain('5 settings need');
    expect(message).toMatch(/\n.*\.env.*npm run sandbox`, which needs no account\.$/);
  });

  it('shows no secret that stands in the place of the path of its file', () => {
    const message = complaint({
      ...complete,
      SLACK_BOT_TOKEN: '',
      SLACK_BOT_TOKEN_FILE: 'xoxb-swordfish',
      STORE_URL_FILE: 'redis://:swordfish@redis.example',
    });
    expect(message).toContain('SLACK_BOT_TOKEN_FILE names a file that cannot be read (ENOENT)');
    expect(message).toContain('it takes a path, SLACK_BOT_TOKEN takes the value');
    expect(message).not.toContain('swordfish');
  });

  it('names everything that is wrong at once, and shows no secret', () => {
    const message = complaint({
      ...complete,
      SLACK_BOT_TOKEN: 'wrong-bot-token',
      API_JWT_SECRET: 'too-short-secret',
      PORT: '99999',
      LOG_LEVEL: 'loud',
      STORE_URL: 'mysql://x',
      TRELLO_API_URL: 'file:///etc/passwd',
    });
    for (const name of [
      'SLACK_BOT_TOKEN',
      'API_JWT_SECRET',
      'PORT',
      'LOG_LEVEL',
      'STORE_URL',
      'TRELLO_API_URL',
    ]) {
      expect(message).toContain(`- ${name} must`);
    }
    expect(message).not.toContain('wrong-bot-token');
    expect(message).not.toContain('too-short-secret');
  });

  it.each([
    ['https://trello.com/w/spacex', 'a workspace'],
    ['https://trello.com/w/userworkspace12345678/home', 'a workspace'],
    ['https://trello.com/c/AbCd1234/7-the-cockpit-leaks', 'a card'],
  ])('takes %s as the board for what it is: the address of %s', (address, what) => {
    const message = complaint({ ...complete, TRELLO_BOARD: address });
    expect(message).toContain(`- TRELLO_BOARD is the address of ${what}.`);
    expect(message).toContain('it holds /b/.');
  });

  it.each(['https://trello.com/b/AbCd1234/w', 'https://trello.com/b/AbCd1234', 'AbCd1234'])(
    'takes %s as the address of a board',
    (address) => {
      expect(readConfig({ ...complete, TRELLO_BOARD: address }).trello.board).toBe(address);
    },
  );

  it('speaks HTTP to Slack when there is no app token', () => {
    const { SLACK_APP_TOKEN: _, ...rest } = complete;
    expect(readConfig({ ...rest, SLACK_SIGNING_SECRET: 'signing' }).slack.connection).toEqual({
      mode: 'http',
      signingSecret: 'signing',
    });
  });

  it('reads a value from the file that NAME_FILE names', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'token');
    writeFileSync(file, 'token-from-file\n');
    const { TRELLO_API_TOKEN: _, ...rest } = complete;
    const config = readConfig({ ...rest, TRELLO_API_TOKEN_FILE: file });
    expect(config.trello.token).toBe('token-from-file');
    expect(config.secrets).toContain('token-from-file');
  });

  it('says when a file cannot be read, and when a value is given twice', () => {
    const message = complaint({
      ...complete,
      TRELLO_LIST_FILE: '/nowhere/list',
      PORT: '1',
      PORT_FILE: '/nowhere/port',
    });
    expect(message).toContain('TRELLO_LIST_FILE names a file that cannot be read (ENOENT): /nowhere/list');
    expect(message).toContain('PORT and PORT_FILE are both set. Keep one of them.');
  });

  it('wants issuer and audience with a key set', () => {
    const message = complaint({ ...complete, API_JWKS_URL: 'https://id.example/keys' });
    expect(message).toContain('API_JWT_ISSUER is missing');
    expect(message).toContain('API_JWT_AUDIENCE is missing');
  });

  it('has tokens of the secret checked for issuer and audience where these are set', () => {
    const secret = 'a secret of thirty-two bytes or more';
    const api = { API_JWT_SECRET: secret, API_JWT_ISSUER: 'bridge', API_JWT_AUDIENCE: 'tasks' };
    const auth = { mode: 'secret', secret, issuer: 'bridge', audience: 'tasks' };
    expect(readConfig({ ...complete, ...api }).api.auth).toEqual(auth);
  });

  it('takes keys over http from this machine alone', () => {
    const provider = { API_JWT_ISSUER: 'x', API_JWT_AUDIENCE: 'y' };
    const from = (url: string) => ({ ...complete, ...provider, API_JWKS_URL: url });
    expect(complaint(from('http://id.example/keys'))).toContain('API_JWKS_URL must begin with https');
    expect(readConfig(from('http://127.0.0.1:9/keys')).api.auth).toMatchObject({ mode: 'jwks' });
  });

  it.each(['*', 'https://app.example/', 'app.example', 'https://app.example,,'])(
    'does not take “%s” for web pages that may call the API',
    (origins) => {
      expect(complaint({ ...complete, API_CORS_ORIGINS: origins })).toContain('API_CORS_ORIGINS must be');
    },
  );

  it.each(['sqlite:', 'sqlite::memory:', 'sqlite://:memory:', 'redis:6379', 'redis://', 'bridge.db'])(
    'does not take “%s” for the address of a store',
    (url) => {
      expect(complaint({ ...complete, STORE_URL: url })).toContain('STORE_URL must be');
    },
  );

  it.each(['sqlite:data/bridge.db', 'sqlite:///data/bridge.db', 'rediss://user:word@redis.example:6380/1'])(
    'takes “%s” for the address of a store',
    (url) => {
      expect(readConfig({ ...complete, STORE_URL: url }).storeUrl).toBe(url);
    },
  );

  it('counts the password of a store among the secrets', () => {
    expect(readConfig({ ...complete, STORE_URL: 'redis://:p%40ss@127.0.0.1:6379' }).secrets).toEqual(
      expect.arrayContaining(['p%40ss', 'p@ss']),
    );
  });

  it('reads the keys that encrypt tokens, and counts each among the secrets', () => {
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => key.toString('base64'));
    const config = readConfig({ ...complete, ENCRYPTION_KEYS: `one:${one}, two:${two?.replace('=', '')}` });
    expect(config.encryptionKeys).toEqual([
      { name: 'one', bytes: Buffer.alloc(32, 1) },
      { name: 'two', bytes: Buffer.alloc(32, 2) },
    ]);
    for (const key of [one, two]) expect(config.secrets).toContain(key?.replace('=', ''));
    expect(readConfig(complete).encryptionKeys).toEqual([]);
  });

  it('has a sentence of its own for each thing that is wrong with a key, and shows none', () => {
    const key = Buffer.alloc(32, 1).toString('base64');
    const short = Buffer.alloc(16, 1).toString('base64');
    const message = complaint({
      ...complete,
      ENCRYPTION_KEYS: `a:${key},a:${key},b:${short},c:sword_fish!,${key},sword fish:${key},`,
      PORT: 'x',
    });
    expect(message.split('\n').filter((line) => line.startsWith('  - '))).toEqual([
      '  - ENCRYPTION_KEYS has the name “a” twice. Rename one key.',
      '  - ENCRYPTION_KEYS holds a key “b” of 16 bytes; it must have 32.',
      '  - ENCRYPTION_KEYS holds a key “c” that is not base64.',
      ...[5, 6, 7].map(
        (entry) =>
          `  - ENCRYPTION_KEYS must be name:key, several separated by commas; entry ${entry} is not. Make one with: npm run keys -- new`,
      ),
      '  - PORT must be a whole number from 0 to 65535.',
    ]);
    expect(message).not.toMatch(/AQEB|sword/);
  });

  it('takes a list of web pages that may call the API', () => {
    const origins = 'https://app.example, http://127.0.0.1:8080';
    expect(readConfig({ ...complete, API_CORS_ORIGINS: origins }).api.corsOrigins).toEqual([
      'https://app.example',
      'http://127.0.0.1:8080',
    ]);
  });

  it('ends the start with exit code 1 and one message without a stack', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env.PATH ?? '' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^5 settings need your attention\.\n {2}- SLACK_BOT_TOKEN is missing/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('tells of cp .env.example .env where there is no .env, and never to copy over one', () => {
    const place = mkdtempSync(join(tmpdir(), 'config-'));
    onTestFinished(() => rmSync(place, { recursive: true }));
    const run = () =>
      spawnSync(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
        cwd: place,
        env: { PATH: process.env.PATH ?? '' },
        encoding: 'utf8',
      }).stderr;
    expect(run()).toMatch(/\nBegin with `cp \.env\.example \.env`, or try `npm run sandbox`,.*\n$/);
    writeFileSync(join(place, '.env'), '');
    expect(run()).not.toContain('cp .env.example');
  });

  it('names a password that cannot be decoded, without the password and without a stack', () => {
    const { status, stderr } = spawnSync(process.execPath, ['src/main.ts'], {
      env: { ...complete, PATH: process.env.PATH ?? '', STORE_URL: 'redis://:zebra%fish@127.0.0.1:1' },
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('STORE_URL');
    expect(stderr).not.toMatch(/zebra|fish|^\s+at /m);
  });
});
