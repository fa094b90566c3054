import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createRetryListener } from '../../src/slack/listeners/actions/retry.ts';
import type { Workspace } from '../../src/slack/workspace.ts';
import { jobForChannel, jobFromApi, jobFromSlack } from '../support/job.ts';

let done: string[];
let retried: () => Promise<boolean>;

beforeEach(() => {
  done = [];
  retried = async () => true;
});

function press({ id = 'job-1', team = 'T1', personTeam = 'T1' } = {}) {
  const jobs = [jobFromSlack(), jobFromApi({ id: 'from-the-api' }), jobForChannel({ id: 'in-a-channel' })];
  const listener = createRetryListener({
    queue: {
      find: async (wanted) => jobs.find((job) => job.id === wanted) as never,
      async retry(job) {
        const outcome = await retried();
        done.push(`retry ${job}`);
        return outcome;
      },
    },
    workspaceFor: async () => ({ name: 'SpaceX' }) as Workspace,
    log: pino({ level: 'silent' }),
  });
  return listener({
    ack: async () => void done.push('ack'),
    action: { value: id },
    body: { user: { id: 'U1', team_id: personTeam }, team: { id: team } },
  } as never);
}

describe('a press of “Try again”', () => {
  it('is durable before it is acknowledged', async () => {
    await press();
    expect(done).toEqual(['retry job-1', 'ack']);
  });

  it('on the request of a program that is shown in a channel works like any', async () => {
    await press({ id: 'in-a-channel' });
    expect(done).toEqual(['retry in-a-channel', 'ack']);
  });

  it('by a member of another workspace in a shared channel changes nothing, and says who may', async () => {
    await expect(press({ personTeam: 'T2' })).rejects.toMatchObject({
      code: 'other_workspace',
      userMessage: 'Only members of SpaceX can change this card from Slack.',
      operatorMessage: 'U1 of T2 pressed retry; refused.',
    });
    expect(done).toEqual(['ack']);
  });

  it.each([{ id: 'from-the-api' }, { id: 'unknown' }, { team: 'T2', personTeam: 'T2' }])(
    'for a job that is not of this workspace’s people changes nothing: %o',
    async (of) => {
      await expect(press(of)).rejects.toThrow('There is no job');
      expect(done).toEqual(['ack']);
    },
  );

  it('while the store is away is acknowledged, and its person hears of it', async () => {
    const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });
    retried = () => Promise.reject(away);
    await expect(press()).rejects.toBe(away);
    expect(done).toEqual(['ack']);
  });
});
