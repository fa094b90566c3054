import { describe, expect, it } from 'vitest';
import { ISSUE, startBridge } from './bridge.ts';

describe('web pages of other origins', () => {
  const preflight = { 'access-control-request-method': 'POST', origin: 'https://app.example' };

  it('may not call unless they are configured', async () => {
    const { url, post } = await startBridge();
    const response = await fetch(`${url}/tasks`, { method: 'OPTIONS', headers: preflight });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const answer = await post(ISSUE, { origin: 'https://app.example' });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may call from an origin that is configured, and from no other', async () => {
    const { url, post } = await startBridge({ corsOrigins: ['https://app.example'] });
    const allowed = await fetch(`${url}/tasks`, { method: 'OPTIONS', headers: preflight });
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    const refused = await fetch(`${url}/tasks`, {
      method: 'OPTIONS',
      headers: { ...preflight, origin: 'https://app.example.evil.example' },
    });
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    const answer = await post(ISSUE, { origin: 'https://app.example' });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(answer.headers.get('vary')).toContain('Origin');
    expect(answer.headers.get('access-control-expose-headers')).toContain('Location');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('may read a refusal as well, and nothing but the tasks', async () => {
    const origin = 'https://app.example';
    const { url, post } = await startBridge({ corsOrigins: [origin] });
    const refused = await post(ISSUE, { origin, authorization: 'Bearer x' });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
    const health = await fetch(`${url}/health/ready`, { headers: { origin } });
    expect(health.headers.get('access-control-allow-origin')).toBeNull();
  });
});
