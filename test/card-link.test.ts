import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { linkOf, stateOf } from '../src/card-link.ts';
import type { Card, CardJob, Thread, ThreadJob } from '../src/flows/create-card/job.ts';
import { jobForChannel, jobFromSlack } from './support/job.ts';

const NOW = 1_800_000_300_000;
const MADE = 1_800_000_000;
const card: Card = {
  id: `${MADE.toString(16)}0123456789abcdef`,
  board: 'mission',
  title: 'Cockpit leaks',
  url: 'https://trello.com/c/x',
  list: 'To Do',
  labels: ['Bug'],
};
const thread: Thread = { channel: 'C1', ts: '1.0', direct: false };
const slack = { source: 'slack', team: 'T1', channel: 'C1', channelName: 'ops', user: 'U1' } as const;
const origin = { ...slack, name: 'ana' };
const of = (job: CardJob, result: Partial<Card> = {}, root: Partial<Thread> = {}) =>
  ({
    ...job,
    steps: { root: { result: { ...thread, ...root } }, card: { result: { ...card, ...result } } },
  }) as ThreadJob;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the link of a thread to its card', () => {
  it('is of the channel where a person asked; news count from the making of the card on', () => {
    expect(linkOf(of(jobFromSlack({}, { origin })))).toEqual({
      id: 'abcdefghjkmn',
      board: 'mission',
      card: card.id,
      team: 'T1',
      channel: 'C1',
      channelName: 'ops',
      root: '1.0',
      thread: '1.0',
      user: 'U1',
      name: 'ana',
      job: 'job-1',
      request: {
        label: 'Issue',
        phrase: 'requested an issue',
        title: 'Cockpit leaks',
        description: 'Let pilots send messages',
      },
      url: card.url,
      createdAt: NOW,
      since: MADE * 1_000,
      changedAt: NOW,
    });
  });

  it('of a request in a direct message says where it was asked, and why it is not there', () => {
    const asked = { ...origin, message: { ts: '0.5', link: 'https://x.slack.com/p1' } };
    const link = linkOf(
      of(jobFromSlack({}, { origin: asked }), {}, { channel: 'D1', direct: true, refusal: 'is_archived' }),
    );
    expect(link).toMatchObject({ channel: 'D1', user: 'U1' });
    expect(link).not.toHaveProperty('channelName');
    expect(link?.asked).toEqual({
      channel: 'C1',
      channelName: 'ops',
      refusal: 'is_archived',
      message: { ts: '0.5' },
    });
  });

  it('of a program has its name and no person', () => {
    const link = linkOf(of(jobForChannel(), {}, { thread: '0.5' }));
    expect(link).toMatchObject({ team: 'T1', name: 'ci', root: '1.0', thread: '0.5' });
    expect(link).not.toHaveProperty('user');
    expect(link).not.toHaveProperty('channelName');
    expect(linkOf(of(jobForChannel(), {}, { direct: true }))).not.toHaveProperty('asked');
  });

  it('of a card that was drawn for somebody knows whom, and of one that is followed since when', () => {
    const followed = { at: 7, standing: 'onBoard', assignees: [], due: null } as const;
    expect(linkOf(of(jobFromSlack(), { drawn: { id: 'm1', from: 4 } }))?.drawn).toEqual({
      member: 'm1',
      times: 0,
    });
    expect(linkOf(of(jobFromSlack(), { followed }))?.since).toBe(7);
  });

  it('is none for a record that does not say on which board the card is', () => {
    expect(linkOf(of(jobFromSlack(), { board: undefined }))).toBeUndefined();
  });
});

describe('a card that has not been read yet', () => {
  const { draft } = jobFromSlack().state;
  const unread = { id: card.id, board: 'mission', title: 'Cockpit leaks', url: card.url, labels: ['Bug'] };

  it('is as it was made', () => {
    const list = { id: '', name: 'To Do', closed: false };
    const open = { closed: false, complete: false, finished: false };
    expect(stateOf(jobFromSlack(), card)).toEqual({ ...unread, ...open, list, due: null, members: [] });
    const due = '2030-01-01T00:00:00.000Z';
    const dated = jobFromSlack({}, { draft: { ...draft, due } });
    expect(stateOf(dated, { ...card, assignee: 'Chen' })).toMatchObject({
      due: Date.parse(due),
      members: [{ id: '', name: 'Chen' }],
    });
  });

  it.each([
    ['onBoard', { complete: false, finished: false, closed: false }],
    ['finished', { complete: true, finished: true, closed: false }],
    ['archived', { complete: false, finished: false, closed: true }],
  ] as const)('and was there before is as it was found: %s', (standing, state) => {
    const followed = { at: 7, standing, assignees: ['Chen', 'Ana'], due: 5 };
    const members = [
      { id: '', name: 'Chen' },
      { id: '', name: 'Ana' },
    ];
    expect(stateOf(jobFromSlack(), { ...card, followed })).toMatchObject({
      ...unread,
      ...state,
      list: { name: 'To Do' },
      due: 5,
      members,
    });
  });
});
