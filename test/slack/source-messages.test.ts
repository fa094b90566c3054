import { Keyv } from 'keyv';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Link } from '../../src/flows/card-activity/link.ts';
import type { Card, CardJob } from '../../src/flows/create-card/job.ts';
import type { Job } from '../../src/jobs/job.ts';
import { createSourceMessages, type SourceMessages } from '../../src/slack/source-messages.ts';
import type { Workspace } from '../../src/slack/workspace.ts';
import { jobFromSlack } from '../support/job.ts';

const PLACE = { team: 'T1', channel: 'C1', ts: '5.1' };
const card: Card = { id: 'c', title: 'Leak', url: 'https://trello.com/c/x', list: 'To Do', labels: [] };
const link = { request: { title: 'Leak' }, url: card.url } as Link;

let jobs: Map<string, CardJob>;
let links: Map<string, Link>;
let url: string | undefined;
let kept: (number | undefined)[];
let messages: SourceMessages;

beforeEach(() => {
  jobs = new Map();
  links = new Map();
  url = 'https://spacex.slack.com/';
  kept = [];
  const records = new Keyv();
  records.hooks.addHandler('preSet', ({ ttl }: { ttl?: number }) => void kept.push(ttl));
  messages = createSourceMessages({
    workspaceFor: async () => ({ url }) as Workspace,
    records,
    queue: { find: async (id) => jobs.get(id) as Job | undefined },
    links: { find: async (id) => links.get(id) },
    keptFor: 1_000,
  });
});

const remember = async (changes: Partial<CardJob> = {}) => {
  const job = jobFromSlack(changes);
  jobs.set(job.id, job);
  await messages.remember(PLACE, job);
  return job;
};

describe('the card of a message', () => {
  it('is none before one was asked for, nor for another message', async () => {
    expect(await messages.cardOf(PLACE)).toBeUndefined();
    await remember();
    for (const other of [{ team: 'T2' }, { channel: 'C2' }, { ts: '5.2' }])
      expect(await messages.cardOf({ ...PLACE, ...other })).toBeUndefined();
  });

  it('is being made until the job has it, and then has its address', async () => {
    await remember();
    expect(await messages.cardOf(PLACE)).toEqual({ title: 'Send message' });
    await remember({ steps: { card: { result: card } } });
    expect(await messages.cardOf(PLACE)).toEqual({ title: 'Leak', url: card.url });
  });

  it('is none when the request has failed', async () => {
    await remember({ failure: { step: 'card', code: 'list_missing', reason: 'Why.' } });
    expect(await messages.cardOf(PLACE)).toBeUndefined();
  });

  it('is known by the link of its thread when the job is forgotten, unless it was deleted', async () => {
    const job = await remember();
    jobs.clear();
    expect(await messages.cardOf(PLACE)).toBeUndefined();
    links.set(job.state.reference, link);
    expect(await messages.cardOf(PLACE)).toEqual({ title: 'Leak', url: card.url });
    links.set(job.state.reference, { ...link, ended: 'moved' });
    expect(await messages.cardOf(PLACE)).toEqual({ title: 'Leak', url: card.url });
    links.set(job.state.reference, { ...link, ended: 'deleted' });
    expect(await messages.cardOf(PLACE)).toBeUndefined();
  });

  it('is remembered as long as a link without news', async () => {
    await remember();
    expect(kept).toEqual([1_000]);
  });
});

describe('the link to a message', () => {
  it('leads to it, in its thread where it is a reply', async () => {
    expect(await messages.linkTo(PLACE)).toBe('https://spacex.slack.com/archives/C1/p51');
    expect(await messages.linkTo({ ...PLACE, thread: '5.0' })).toBe(
      'https://spacex.slack.com/archives/C1/p51?thread_ts=5.0&cid=C1',
    );
  });

  it('is none while the workspace’s address is not known', async () => {
    url = undefined;
    expect(await messages.linkTo(PLACE)).toBeUndefined();
  });
});
