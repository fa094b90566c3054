import { expect, it } from 'vitest';
import { createRateLimit, TRELLO_RATE_LIMITS } from '../../../sandbox/trello/rate-limit.ts';
import { startMission } from './caller.ts';

function limitAt() {
  const clock = { time: 1_000_000 };
  const limit = createRateLimit(TRELLO_RATE_LIMITS, () => clock.time);
  const take = (token: string, path = '/cards') => limit.take({ key: 'key', token, path }).error;
  const times = (count: number, token: string, path?: string) =>
    Array.from({ length: count }, () => take(token, path));
  return { clock, limit, take, times };
}

it('allows 100 requests of a token in any 10 s', () => {
  const { clock, take, times } = limitAt();
  expect(times(50, 'a')).not.toContain('API_TOKEN_LIMIT_EXCEEDED');
  clock.time += 9_000;
  expect(times(50, 'a')).not.toContain('API_TOKEN_LIMIT_EXCEEDED');
  expect(take('a')).toBe('API_TOKEN_LIMIT_EXCEEDED');
  expect(take('b')).toBeUndefined();
  clock.time += 1_000;
  expect(times(50, 'a')).not.toContain('API_TOKEN_LIMIT_EXCEEDED');
  expect(take('a')).toBe('API_TOKEN_LIMIT_EXCEEDED');
});

it('allows 300 requests of a key with any tokens', () => {
  const { take, times } = limitAt();
  for (const token of ['a', 'b', 'c']) times(100, token);
  expect(take('d')).toBe('API_KEY_LIMIT_EXCEEDED');
});

it('refuses all requests of a key after more than 200 responses of 429, for the rest of the window', () => {
  const { clock, limit, take, times } = limitAt();
  times(100, 'a');
  times(201, 'a');
  expect(limit.refused).toBe(201);
  expect(take('b')).toBe('API_KEY_LIMIT_EXCEEDED');
  clock.time += 10_000;
  expect(take('b')).toBeUndefined();
});

it('counts requests for members over 15 minutes', () => {
  const { clock, take, times } = limitAt();
  times(100, 'a', '/members/me');
  clock.time += 899_000;
  expect(take('a', '/members/me')).toBe('API_TOKEN_LIMIT_EXCEEDED');
  expect(take('a', '/cards')).toBeUndefined();
  clock.time += 1_000;
  expect(take('a', '/members/me')).toBeUndefined();
});

it('has the remaining requests in the headers, and the exceeded limit in the body', async () => {
  const { trello, call, mission } = await startMission({
    rateLimits: { token: { max: 2, interval: 60_000 } },
  });
  const read = () => call(`GET /boards/${mission.board.id}`);
  const first = await read();
  expect(first.headers.get('x-rate-limit-api-token-max')).toBe('2');
  expect(first.headers.get('x-rate-limit-api-token-remaining')).toBe('1');
  expect(first.headers.get('x-rate-limit-api-token-interval-ms')).toBe('60000');
  expect(first.headers.get('x-rate-limit-api-key-max')).toBe('300');
  await read();
  const refused = await read();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBeNull();
  expect(refused.json).toEqual({ error: 'API_TOKEN_LIMIT_EXCEEDED', message: 'Rate limit exceeded' });
  expect(trello.rateLimit?.refused).toBe(1);
  expect(trello.rateLimit?.peak).toBe(2);
  await trello.close();
});
