import { expect, test } from 'vitest';
import type { Link } from '../../../src/flows/card-activity/link.ts';
import { describeEveryStore } from './stores.ts';

const DAY = 24 * 60 * 60_000;

function link(id: string, more: Partial<Link> = {}): Link {
  return {
    id,
    board: 'b1',
    card: `card-of-${id}`,
    team: 'T1',
    channel: 'C1',
    root: '1.000100',
    thread: '1.000100',
    user: 'U1',
    name: 'Ana',
    job: `job-${id}`,
    request: { phrase: 'reported a bug', title: 'Zażółć “gęślą” 🚀', description: 'It leaks\n\t– a lot' },
    url: 'https://trello.com/c/x8Kd02Qa',
    createdAt: DAY,
    since: DAY,
    changedAt: DAY,
    ...more,
  };
}

describeEveryStore((at) => {
  test('a link is given back as it was, and after a restart', async () => {
    await at.store.links.add(link('one'));
    expect(await at.store.links.find('one')).toEqual(link('one'));
    await at.reopen();
    expect(await at.store.links.find('one')).toEqual(link('one'));
    expect(await at.store.links.find('two')).toBeUndefined();
  });

  test('a link that is there stays as it is', async () => {
    await at.store.links.add(link('one'));
    await at.store.links.change('one', { muted: true });
    await at.store.links.add(link('one', { name: 'Bruno' }));
    expect(await at.store.links.find('one')).toMatchObject({ name: 'Ana', muted: true });
  });

  test('links are found by their cards, until they end', async () => {
    const { links } = at.store;
    await links.add(link('one', { card: 'a' }));
    await links.add(link('two', { card: 'a', channel: 'C2' }));
    await links.add(link('three', { card: 'b' }));
    const idsOf = async (...cards: string[]) => (await links.ofCards(cards)).map(({ id }) => id).toSorted();
    expect(await idsOf('a', 'b', 'c')).toEqual(['one', 'three', 'two']);
    await links.change('two', { ended: 'deleted' });
    expect(await idsOf('a')).toEqual(['one']);
    expect(await idsOf()).toEqual([]);
    expect(await links.find('two')).toMatchObject({ ended: 'deleted' });
  });

  test('a person finds their own links, the newest first, ended or not', async () => {
    const { links } = at.store;
    await links.add(link('old', { createdAt: 1 }));
    await links.add(link('new', { createdAt: 2 }));
    await links.add(link('other', { user: 'U2' }));
    await links.add(link('elsewhere', { team: 'T2' }));
    await links.change('old', { ended: 'quiet' });
    expect((await links.ofPerson('T1', 'U1')).map(({ id }) => id)).toEqual(['new', 'old']);
  });

  test('a link of a program has no person, and is found by its card', async () => {
    const { user: _, ...ofProgram } = link('one', { name: 'ci' });
    await at.store.links.add(ofProgram);
    expect(await at.store.links.find('one')).toEqual(ofProgram);
    expect(await at.store.links.ofCards(['card-of-one'])).toEqual([ofProgram]);
    expect(await at.store.links.ofPerson('T1', 'U1')).toEqual([]);
  });

  test('quiet links are found, the oldest first, and only while they live', async () => {
    const { links } = at.store;
    await links.add(link('one', { changedAt: 3 * DAY }));
    await links.add(link('two', { changedAt: 2 * DAY }));
    await links.add(link('three', { changedAt: DAY }));
    await links.change('three', { changedAt: 9 * DAY });
    const quiet = async (limit = 10) => (await links.quietSince(3 * DAY + 1, limit)).map(({ id }) => id);
    expect(await quiet()).toEqual(['two', 'one']);
    expect(await quiet(1)).toEqual(['two']);
    await links.change('two', { ended: 'quiet' });
    expect(await quiet()).toEqual(['one']);
  });

  test('what changes in a link leaves the rest as it is', async () => {
    await at.store.links.add(link('one'));
    await at.store.links.change('one', { muted: true, changedAt: 5 * DAY });
    await at.store.links.change('one', { muted: false, untoldComments: 2 });
    await at.store.links.change('nobody', { muted: true });
    const expected = { ...link('one'), muted: false, changedAt: 5 * DAY, untoldComments: 2 };
    expect(await at.store.links.find('one')).toEqual(expected);
    expect(await at.store.links.find('nobody')).toBeUndefined();
  });

  test('an inbox keeps its items in order, each once, even after it was taken and after a restart', async () => {
    const item = (id: string) => ({ id, text: `“${id}” 🚀` });
    expect(await at.store.links.put('one', [item('b'), item('a')])).toBe(2);
    expect(await at.store.links.put('one', [item('a'), item('c')])).toBe(3);
    expect(await at.store.links.put('two', [item('a')])).toBe(1);
    expect(await at.store.links.put('two', [])).toBe(1);
    expect(await at.store.links.inbox('one')).toEqual([item('b'), item('a'), item('c')]);
    await at.store.links.take('one', ['b', 'a', 'nobody']);
    await at.reopen();
    expect(await at.store.links.put('one', [item('a'), item('b'), item('d')])).toBe(2);
    expect(await at.store.links.inbox('one')).toEqual([item('c'), item('d')]);
    expect(await at.store.links.inbox('two')).toEqual([item('a')]);
    expect(await at.store.links.unknown('one', ['a', 'b', 'c', 'd', 'e'])).toEqual(['e']);
    expect(await at.store.links.unknown('one', [])).toEqual([]);
    await at.store.links.take('one', ['c', 'd']);
    expect(await at.store.links.inbox('one')).toEqual([]);
    expect(await at.store.links.unknown('one', ['a', 'd', 'e'])).toEqual(['e']);
  });
});
