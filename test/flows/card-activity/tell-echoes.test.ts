import Keyv from 'keyv';
import { beforeEach, expect, it } from 'vitest';
import type { Named } from '../../../src/flows/card-activity/link.ts';
import type { BoardAction } from '../../../src/flows/card-activity/news.ts';
import type { Echo, WaitingNews } from '../../../src/flows/card-activity/tell.ts';
import { createLinksInMemory } from './links-in-memory.ts';
import { createProcess, createWorld, DOING, OWN, paragraphsOf, SALLY, TO_DO, type World } from './world.ts';

const DAY = 24 * 60 * 60_000;
const MINUTE = 60_000;

let world: World;
beforeEach(async () => {
  const links = createLinksInMemory();
  const [cursors, cards, arrivals, shown, closed] = [
    new Keyv(),
    new Keyv(),
    new Keyv(),
    new Keyv(),
    new Keyv(),
  ];
  world = createWorld({ links, cursors, cards, arrivals, shown, closed }, 'link', true);
  await world.prepare();
});

it('tells at once what was put there by a clock that was ahead', async () => {
  const start = world.now();
  const news: WaitingNews = {
    id: 'news',
    kind: 'comment',
    at: start,
    by: SALLY,
    data: { text: 'first' },
    putAt: start + DAY,
  };
  await world.put(news);
  await world.tellNow();
  await world.run(createProcess());
  expect(paragraphsOf(world.lines)).toEqual(['Sally commented: first']);
  expect(world.now() - start).toBeLessThan(MINUTE);
});

it('names who edited from Slack, also when the call had to be made again, and each of two who did the same', async () => {
  const expectMove = async (id: string, name: string) => {
    const echo: Echo = { id, kind: 'echo', of: 'list', key: DOING.id, at: world.now(), by: { name } };
    await world.put(echo);
  };
  const move = (by: BoardAction['by'], listBefore: Named, listAfter: Named) =>
    world.happened({ type: 'updateCard', by, data: { listBefore, listAfter, old: {} } });
  const told = async () => {
    await world.readNow();
    await world.run(createProcess());
    return paragraphsOf(world.lines);
  };
  await expectMove('echo-1', 'ana');
  move(OWN, TO_DO, DOING);
  await told();
  move(SALLY, DOING, TO_DO);
  await told();
  // Ana's call, whose answer was lost, once more.
  move(OWN, TO_DO, DOING);
  await told();
  move(SALLY, DOING, TO_DO);
  await told();
  await expectMove('echo-2', 'bruno');
  move(OWN, TO_DO, DOING);
  expect(await told()).toEqual([
    'ana moved it to Doing',
    'Sally moved it to To Do',
    'ana moved it to Doing',
    'Sally moved it to To Do',
    'bruno moved it to Doing',
  ]);
});

it('tells an edit in a person’s own name once, with their words, and leaves nothing for the next one', async () => {
  const key = 'ana in Slack:\n\nAny \\*news\\*?';
  const by = { id: SALLY.id, name: 'ana' };
  const at = world.now();
  const echo: Echo = { id: 'echo-1', kind: 'echo', of: 'comment', key, at, by, text: 'Any *news*?' };
  await world.put(echo);
  const comment = async (author: BoardAction['by']) => {
    world.happened({ type: 'commentCard', by: author, data: { text: key } });
    await world.readNow();
    await world.run(createProcess());
    return paragraphsOf(world.lines).at(-1);
  };
  expect(await comment(SALLY)).toBe('ana commented: Any *news*?');
  expect(paragraphsOf(world.lines)).toHaveLength(1);
  expect(await comment({ id: 'somebody-else', name: 'Mae' })).toMatch(/^Mae commented: ana in Slack/);
});
