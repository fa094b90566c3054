import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHttpServer } from '../../src/http/server.ts';
import { startBridge } from './bridge.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('readiness', () => {
  it('is found out once for all who ask within a second', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    let looks = 0;
    const { get } = await startBridge({
      readiness: async () => {
        looks += 1;
        return { store: { ok: true, detail: `Look ${looks}.` } };
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => get('/health/ready')));
    expect(looks).toBe(1);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await (await get('/health/ready')).text()).toContain('Look 2.');
  });
});

describe('the server', () => {
  it('says what to do when its port is taken', async () => {
    const { host, port } = await startBridge();
    const second = createHttpServer(() => {});
    await expect(second.listen(host, port)).rejects.toMatchObject({
      code: 'cannot_listen',
      userMessage: expect.stringMatching(/another program has it.*set HOST and PORT/s),
    });
  });

  it('closes connections beyond its number at once, and serves the others', async () => {
    const server = createHttpServer((_request, response) => response.end('here'), {}, 2);
    await server.listen('127.0.0.1', 0);
    const { port } = server.address();
    const open = () => connect(port, '127.0.0.1').on('error', () => {});
    const [first, second] = [open(), open()];
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    const third = open();
    third.resume();
    await once(third, 'close');
    first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(first, 'data')) as [Buffer];
    expect(answer.toString()).toContain('200 OK');
    first.destroy();
    second.destroy();
    await server.close();
  });
});
