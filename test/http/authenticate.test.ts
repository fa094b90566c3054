import { SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAuthenticate } from '../../src/http/authenticate.ts';
import { ISSUE, SECRET, startBridge, token } from './bridge.ts';

const secretBytes = new TextEncoder().encode(SECRET);

afterEach(() => {
  vi.useRealTimers();
});

async function refusalOf(authorization: string | undefined) {
  const caller = await createAuthenticate({ mode: 'secret', secret: SECRET })(authorization);
  return 'refused' in caller ? caller.refused : undefined;
}

describe('a token signed with the secret', () => {
  it('is let in with its subject', async () => {
    const authenticate = createAuthenticate({ mode: 'secret', secret: SECRET });
    expect(await authenticate(`Bearer ${await token({ subject: 'ana' })}`)).toEqual({ subject: 'ana' });
    expect(await authenticate(`bearer ${await token({ subject: 'ana' })}`)).toEqual({ subject: 'ana' });
  });

  it.each([
    ['a word among others', { scope: 'tasks:read tasks:write' }],
    ['a list', { scp: ['tasks:write'] }],
  ])('may carry its scope as %s', async (_, claims) => {
    expect(await refusalOf(`Bearer ${await token({ claims })}`)).toBeUndefined();
  });

  it.each([{}, { scope: 'tasks:writer' }, { scope: 7 }, { scope: null }, { scp: ['tasks'] }])(
    'is not enough with %j for a scope',
    async (claims) => {
      expect(await refusalOf(`Bearer ${await token({ claims })}`)).toMatchObject({
        code: 'insufficient_scope',
        challenge: 'Bearer realm="tasks", error="insufficient_scope", scope="tasks:write"',
      });
    },
  );

  it('may allow messages to channels, and be of one workspace', async () => {
    const authenticate = createAuthenticate({ mode: 'secret', secret: SECRET });
    const claims = { scope: 'tasks:write tasks:notify', slack_team: 'T024BE7LD' };
    const caller = { subject: 'ci', claim: 'T024BE7LD', mayNotify: true };
    const authorization = `Bearer ${await token({ claims })}`;
    // The second time it is known.
    expect(await authenticate(authorization)).toEqual(caller);
    expect(await authenticate(authorization)).toEqual(caller);
  });

  it.each(['', 't024be7ld', 'T1\n', 'C024BE7LD', 7, null, ['T024BE7LD']])(
    'is refused with %j for a workspace',
    async (slack_team) => {
      const claims = { scope: 'tasks:write', slack_team };
      expect(await refusalOf(`Bearer ${await token({ claims })}`)).toMatchObject({
        code: 'unauthenticated',
        detail: expect.stringContaining('slack_team'),
      });
    },
  );

  it('to notify is not enough to write', async () => {
    expect(await refusalOf(`Bearer ${await token({ claims: { scope: 'tasks:notify' } })}`)).toMatchObject({
      code: 'insufficient_scope',
    });
  });

  it('may have expired by the difference between two clocks, and no more', async () => {
    expect(await refusalOf(`Bearer ${await token({ expiresIn: '-10s' })}`)).toBeUndefined();
    expect(await refusalOf(`Bearer ${await token({ expiresIn: '-1m' })}`)).toMatchObject({
      code: 'unauthenticated',
      detail: 'The token has expired. Get a new one.',
    });
  });

  it('may not be valid yet by the difference between two clocks, and no more', async () => {
    const from = (seconds: number) =>
      new SignJWT({ scope: 'tasks:write' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('ci')
        .setExpirationTime('1h')
        .setNotBefore(Math.floor(Date.now() / 1000) + seconds)
        .sign(secretBytes);
    expect(await refusalOf(`Bearer ${await from(10)}`)).toBeUndefined();
    expect(await refusalOf(`Bearer ${await from(90)}`)).toMatchObject({ code: 'unauthenticated' });
  });

  it('may be good for 365 days, and no longer', async () => {
    expect(await refusalOf(`Bearer ${await token({ expiresIn: '365 days' })}`)).toBeUndefined();
    for (const expiresIn of ['366 days', '100 years']) {
      expect(await refusalOf(`Bearer ${await token({ expiresIn })}`)).toMatchObject({
        code: 'unauthenticated',
        detail: 'The token may be good for 365 days at most. Get a new one.',
      });
    }
  });

  it('needs the issuer and the audience that the bridge has been given, if any', async () => {
    const scope = { scope: 'tasks:write' };
    const whole = { ...scope, iss: 'bridge', aud: ['other', 'tasks'] };
    const asked = { mode: 'secret' as const, secret: SECRET, issuer: 'bridge', audience: 'tasks' };
    const authenticate = createAuthenticate(asked);
    const answer = async (claims: Record<string, unknown>) =>
      await authenticate(`Bearer ${await token({ claims })}`);
    expect(await answer(whole)).toEqual({ subject: 'ci' });
    for (const claims of [scope, { ...whole, iss: 'another' }, { ...whole, aud: 'other' }]) {
      expect(await answer(claims)).toMatchObject({ refused: { code: 'unauthenticated' } });
    }
    expect(await refusalOf(`Bearer ${await token({ claims: whole })}`)).toBeUndefined();
  });

  it('stops being good when it expires, although it was good before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const authenticate = createAuthenticate({ mode: 'secret', secret: SECRET });
    const header = `Bearer ${await token({ expiresIn: '10s' })}`;
    expect(await authenticate(header)).toEqual({ subject: 'ci' });
    vi.setSystemTime(Date.now() + 41_000);
    expect(await authenticate(header)).toMatchObject({ refused: { code: 'unauthenticated' } });
  });

  it('is refused without an end, without a subject, with an odd subject, and before its time', async () => {
    const sign = (jwt: SignJWT) => jwt.setProtectedHeader({ alg: 'HS256' }).sign(secretBytes);
    const scope = { scope: 'tasks:write' };
    const tokens = [
      sign(new SignJWT(scope).setSubject('ci')),
      sign(new SignJWT(scope).setExpirationTime('1h')),
      sign(new SignJWT(scope).setExpirationTime('1h').setSubject('')),
      sign(new SignJWT(scope).setExpirationTime('1h').setSubject('x'.repeat(256))),
      sign(new SignJWT(scope).setExpirationTime('2h').setSubject('ci').setNotBefore('1h')),
    ];
    for (const jwt of await Promise.all(tokens)) {
      expect(await refusalOf(`Bearer ${jwt}`)).toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('is refused when anything about its signature is wrong', async () => {
    const claims = { scope: 'tasks:write', sub: 'ci', exp: Math.floor(Date.now() / 1000) + 3600 };
    const good = await token();
    const [header, , signature] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
    const headers = [
      new UnsecuredJWT(claims).encode(),
      await token({ secret: 'another secret of thirty-two bytes or more' }),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(new Uint8Array(64)),
      `${header}.${forged}.${signature}`,
      good.slice(0, -2),
      `${good}.x`,
      'x',
      '..',
    ];
    for (const jwt of headers) {
      expect(await refusalOf(`Bearer ${jwt}`)).toMatchObject({ code: 'unauthenticated' });
    }
  });

  it.each([undefined, '', 'Bearer', 'Bearer ', 'Basic Y2k6Y2k=', 'Bearer a b', 'Bearer é'])(
    'is asked for when the header is %j',
    async (header) => {
      expect(await refusalOf(header)).toMatchObject({
        code: 'unauthenticated',
        challenge: 'Bearer realm="tasks"',
      });
    },
  );
});

describe('a request without a good token', () => {
  it('gets 401 or 403 with a challenge, and its token back from nowhere', async () => {
    const { post, lines, memory } = await startBridge();
    const bad = await token({ expiresIn: '-1h' });
    const scopeless = await token({ claims: {} });
    for (const [jwt, status] of [
      [bad, 401],
      [scopeless, 403],
    ] as const) {
      const response = await post(ISSUE, { authorization: `Bearer ${jwt}` });
      const text = await response.text();
      expect(response.status).toBe(status);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(text + [...response.headers].join()).not.toContain(jwt);
      expect(JSON.stringify(lines)).not.toContain(jwt.split('.')[1]);
    }
    expect(memory.all.size).toBe(0);
  });

  it('learns nothing of what a body must hold', async () => {
    const { post } = await startBridge();
    expect((await post('not json', { authorization: 'Bearer x', 'content-type': 'text/plain' })).status).toBe(
      401,
    );
  });

  it('gets 503 that says what to set when the bridge has no credentials', async () => {
    const { post, get } = await startBridge({ authenticate: undefined });
    for (const response of [await post(ISSUE), await get('/tasks/1')]) {
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        code: 'no_credentials',
        detail: expect.stringMatching(/API_JWT_SECRET.*API_JWKS_URL.*API_JWT_ISSUER.*API_JWT_AUDIENCE/),
      });
    }
  });
});
