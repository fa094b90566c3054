import { Agent, request } from 'undici';
import type { Job } from '../delivery/job.ts';
import type { OperatorJobs } from './jobs.ts';

/** The jobs of the running process behind the socket at `path`. `undefined`: no process is there. */
export async function knockAtDoor(
  path: string,
): Promise<(OperatorJobs & { close(): Promise<void> }) | undefined> {
  const dispatcher = new Agent({ connect: { socketPath: path } });
  async function ask<T>(method: 'GET' | 'POST' | 'DELETE', target: string): Promise<T> {
    const { statusCode, body } = await request(`http://operator${target}`, { dispatcher, method });
    const answer = await body.text();
    if (statusCode !== 200) throw new Error(`the running bridge answered ${statusCode}`);
    return JSON.parse(answer) as T;
  }
  try {
    await ask('GET', '/jobs?limit=1');
  } catch (error) {
    await dispatcher.close();
    if (isNobodyThere(error)) return undefined;
    throw error;
  }
  return {
    list: ({ status, limit }) => ask('GET', `/jobs?limit=${limit}${status ? `&status=${status}` : ''}`),
    find: async (id) => (await ask<Job | null>('GET', `/jobs/${encodeURIComponent(id)}`)) ?? undefined,
    retry: (id) => ask('POST', `/jobs/${encodeURIComponent(id)}/retry`),
    drop: (id) => ask('DELETE', `/jobs/${encodeURIComponent(id)}`),
    close: () => dispatcher.close(),
  };
}

function isNobodyThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTSOCK';
}
