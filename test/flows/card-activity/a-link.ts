import type { Link } from '../../../src/flows/card-activity/link.ts';

/** A thread of Ana's that follows a card. */
export function aLink(more: Partial<Link> = {}): Link {
  return {
    id: 'ref',
    board: 'board',
    card: 'card',
    team: 'T1',
    channel: 'C1',
    root: '1.0',
    thread: '1.0',
    user: 'U1',
    name: 'ana',
    job: 'job',
    request: { phrase: 'reported a bug', title: 'Leak', description: '' },
    url: 'https://trello.com/c/1',
    createdAt: 0,
    since: 0,
    changedAt: 0,
    ...more,
  };
}
