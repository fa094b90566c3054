import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Keyv from 'keyv';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createInstallStates } from '../../src/slack/install-state.ts';
import { createInstaller } from '../../src/slack/installer.ts';
import { drivers, silent } from '../store/drivers.ts';

describe.each(drivers)('the state of an installation on $name', ({ name, missing, prepare }) => {
  it.skipIf(missing)('is used up once, by whichever instance is first', async () => {
    const place = await prepare();
    onTestFinished(place.remove);
    const first = await place.open();
    onTestFinished(() => first.close());
    // A file is held by one process.
    const second = name === 'redis' ? await place.open() : first;
    if (second !== first) onTestFinished(() => second.close());
    const instances = [first, second].map((store) => createInstallStates(store.keyv('install')));
    const state = String(await instances[0]?.issue());

    const uses = Array.from({ length: 20 }, (_, number) => instances[number % 2]?.use(state));
    const outcomes = await Promise.allSettled(uses);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(19);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'install_replayed' });
    await expect(instances[1]?.use(state)).rejects.toMatchObject({ code: 'install_replayed' });
  });
});

it.each(['', 'x', `${Date.now().toString(36)}.${'x'.repeat(32)}`, `used-${'x'.repeat(32)}`, '__proto__'])(
  'is forged where nobody has begun it: “%s”',
  async (state) => {
    const states = createInstallStates(new Keyv());
    await expect(states.use(state)).rejects.toMatchObject({ code: 'install_forged' });
  },
);

it.each([
  ['https://bridge.example.com', true],
  ['http://127.0.0.1:3000', false],
])(
  'is in a cookie that a browser sends over TLS alone where the address is %s: %s',
  async (publicUrl, secure) => {
    const [begin] = createInstaller({
      clientId: '1.2',
      clientSecret: 'secret',
      publicUrl,
      apiUrl: 'https://slack.com/api/',
      installations: { add: async () => {} },
      noteRefusal: async () => {},
      kept: new Keyv(),
      log: silent,
    });
    const server = createServer((request, response) => begin?.listener(request, response)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const { headers } = await fetch(`http://127.0.0.1:${port}/slack/install`, { redirect: 'manual' });
    expect(headers.get('set-cookie')?.split('; ').includes('Secure')).toBe(secure);
    expect(headers.get('location')).toMatch(/^https:\/\/slack\.com\/oauth\/v2\/authorize\?/);
  },
);
