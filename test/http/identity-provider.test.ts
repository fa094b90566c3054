import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAuthenticate } from '../../src/http/authenticate.ts';
import { closedPort, ISSUE, startBridge } from './bridge.ts';

const ISSUER = 'https://id.example/';
const AUDIENCE = 'task-bridge';

afterEach(() => {
  vi.useRealTimers();
});

/** An identity provider with one key; `rotate` replaces it. */
async function startProvider(algorithm = 'RS256') {
  let requests = 0;
  let current = await makeKey('first', algorithm);
  let isWithdrawn = false;
  const server = createServer((_request, response) => {
    requests += 1;
    const keys = isWithdrawn ? [] : [current.jwk];
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const options = {
    mode: 'jwks' as const,
    url: `http://127.0.0.1:${port}/keys`,
    issuer: ISSUER,
    audience: AUDIENCE,
  };
  return {
    options,
    authenticate: createAuthenticate(options),
    requests: () => requests,
    publicKey: () => exportSPKI(current.publicKey),
    async rotate() {
      current = await makeKey('second', algorithm);
    },
    withdraw() {
      isWithdrawn = true;
    },
    async token(changes: { issuer?: string; audience?: string } = {}) {
      const jwt = new SignJWT({ scope: 'tasks:write' })
        .setProtectedHeader({ alg: algorithm, kid: String(current.jwk.kid) })
        .setIssuer(changes.issuer ?? ISSUER)
        .setAudience(changes.audience ?? AUDIENCE)
        .setSubject('ana')
        .setExpirationTime('1h');
      return `Bearer ${await jwt.sign(current.privateKey)}`;
    },
  };
}

async function makeKey(kid: string, alg: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

describe('a token of an identity provider', () => {
  it('is let in, with one request for the keys however many tokens come', async () => {
    const { authenticate, token, requests } = await startProvider();
    for (let count = 0; count < 3; count += 1) {
      expect(await authenticate(await token())).toEqual({ subject: 'ana' });
    }
    expect(requests()).toBe(1);
  });

  it.each('RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' '))(
    'may be signed with %s',
    async (alg) => {
      const { authenticate, token } = await startProvider(alg);
      expect(await authenticate(await token())).toEqual({ subject: 'ana' });
    },
  );

  it('is good for at most 11 minutes after its key was withdrawn, as the documents say', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { authenticate, token, withdraw } = await startProvider();
    const jwt = await token();
    expect(await authenticate(jwt)).toEqual({ subject: 'ana' });
    withdraw();
    const start = Date.now();
    // Asked so often that it is remembered, and the keys are kept, as long as they can be.
    const askAt = async (seconds: number) => {
      vi.setSystemTime(start + seconds * 1000);
      return await authenticate(jwt);
    };
    for (let seconds = 30; seconds < 10 * 60; seconds += 30) {
      expect(await askAt(seconds)).toEqual({ subject: 'ana' });
    }
    expect(await askAt(11 * 60)).toMatchObject({ refused: { code: 'unauthenticated' } });
    for (const name of ['SECURITY.md', 'docs/api.md']) {
      const text = readFileSync(join(import.meta.dirname, '../..', name), 'utf8').replaceAll(/\s+/g, ' ');
      expect(text).toMatch(
        /withdrawn (?:key )?(?:goes on working for up to|stops working within) 11 minutes/,
      );
    }
  });

  it('is refused from another issuer or for another audience', async () => {
    const { authenticate, token } = await startProvider();
    for (const jwt of [
      await token({ issuer: 'https://evil.example/' }),
      await token({ audience: 'other' }),
    ]) {
      expect(await authenticate(jwt)).toMatchObject({ refused: { code: 'unauthenticated' } });
    }
  });

  it('is refused when the public key was taken for a shared secret', async () => {
    const { authenticate, publicKey } = await startProvider();
    const jwt = await new SignJWT({ scope: 'tasks:write' })
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject('root')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(await publicKey()));
    expect(await authenticate(`Bearer ${jwt}`)).toMatchObject({ refused: { code: 'unauthenticated' } });
  });

  it('is let in after the provider has changed its key', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { authenticate, token, rotate, requests } = await startProvider();
    await authenticate(await token());
    await rotate();
    const jwt = await token();
    expect(await authenticate(jwt)).toMatchObject({ refused: { code: 'unauthenticated' } });
    vi.setSystemTime(Date.now() + 31_000);
    expect(await authenticate(jwt)).toEqual({ subject: 'ana' });
    expect(requests()).toBe(2);
  });

  it('is answered with 503 and Retry-After, not 401, while the provider is away', async () => {
    const { options, token } = await startProvider();
    const url = `http://127.0.0.1:${await closedPort()}/keys`;
    const { post } = await startBridge({ authenticate: createAuthenticate({ ...options, url }) });
    const response = await post(ISSUE, { authorization: await token() });
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('identity provider does not answer'),
    });
  });

  it.each([
    ['an error', 500, '{"keys":[]}'],
    ['no JSON', 200, '<html>'],
    ['no keys', 200, '{"keys":7}'],
    ['another place', 302, ''],
  ])('is answered with 503 while the provider answers with %s', async (_, status, body) => {
    const { options, token } = await startProvider();
    const server = createServer((_request, response) => {
      response.writeHead(status, { location: options.url }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const { post } = await startBridge({ authenticate: createAuthenticate({ ...options, url }) });
    const response = await post(ISSUE, { authorization: await token() });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'unavailable' });
  });
});
