import { SignJWT, UnsecuredJWT } from 'jose';
import { SECRET } from '../support/bridge.ts';

/** Tokens that look like `good` and are not. */
export async function badTokens(good: string): Promise<string[]> {
  const claims = { sub: 'ci', scope: 'tasks:write', exp: Math.floor(Date.now() / 1000) + 3_600 };
  const [head, payload, signature] = good.split('.');
  const sign = (content: Record<string, unknown>, secret = SECRET, alg = 'HS256') =>
    new SignJWT(content).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    new UnsecuredJWT(claims).encode(),
    await sign(claims, 'another-secret-of-at-least-thirty-two-bytes'),
    await sign(claims, SECRET.repeat(2), 'HS512'),
    await sign({ ...claims, exp: 1 }),
    await sign({ ...claims, exp: 'tomorrow' }),
    await sign({ ...claims, nbf: 99_999_999_999 }),
    await sign({ ...claims, sub: ['ci'] }),
    await sign({ ...claims, sub: 'x'.repeat(300) }),
    await sign({ ...claims, scope: { 'tasks:write': true } }),
    await sign({ ...claims, scope: 'tasks:read' }),
    `${head}.${part({ ...claims, sub: 'root' })}.${signature}`,
    `${part({ alg: 'none' })}.${payload}.`,
    `${part({ alg: 'HS256', crit: ['b64'], b64: false })}.${payload}.${signature}`,
    `${part({ alg: 'HS256', kid: '../../etc/passwd', jku: 'http://127.0.0.1:1/' })}.${payload}.${signature}`,
    `${part(null)}.${part(null)}.x`,
    `${head}.${payload}`,
    `${good}.${good}`,
    'a.b.c',
    '...',
  ];
}
