import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const dockerfile = readFileSync(resolve(import.meta.dirname, '../../Dockerfile'), 'utf8');
const [, command = ''] = /HEALTHCHECK .*\\\n\s+CMD (\[.*\])\n/.exec(dockerfile) ?? [];
const [, ...asked] = JSON.parse(command) as string[];

let status = 200;
const paths: (string | undefined)[] = [];
const server = createServer((request, response) => {
  paths.push(request.url);
  response.writeHead(status).end();
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Runs the image's health check against a port, as Docker does; its exit code. */
async function checkHealth(port: number): Promise<number> {
  const [code] = await once(spawn(process.execPath, asked, { env: { PORT: String(port) } }), 'exit');
  return code as number;
}

describe('the health check of the image', () => {
  it('asks whether the program answers on its port, and fails when it does not', async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    expect(await checkHealth(port)).toBe(0);
    expect(paths).toEqual(['/health/live']);
    status = 500;
    expect(await checkHealth(port)).toBe(1);

    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await checkHealth(port)).toBe(1);
  });
});
