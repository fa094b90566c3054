import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WaitingNews } from '../../../src/flows/card-activity/tell.ts';
import type { Store } from '../../../src/store/store.ts';
import { drivers, type Place } from '../../store/drivers.ts';
import { createProcess, createWorld, paragraphsOf, recordsIn, SALLY, type World } from './world.ts';

const DAY = 24 * 60 * 60_000;
const MINUTE = 60_000;

let place: Place;
let store: Store;
let world: World;
beforeEach(async () => {
  const sqlite = drivers.find(({ name }) => name === 'sqlite');
  if (!sqlite) throw new Error('no store');
  place = await sqlite.prepare();
  store = await place.open();
  world = createWorld(recordsIn(store), 'link', true);
  await world.prepare();
});
afterEach(async () => {
  await store.close();
  await place.remove();
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
