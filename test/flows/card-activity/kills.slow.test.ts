import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Echo } from '../../../src/flows/card-activity/tell.ts';
import type { Store } from '../../../src/store/store.ts';
import { drivers, type Place } from '../../store/drivers.ts';
import {
  createProcess,
  createWorld,
  DOING,
  type Kill,
  OWN,
  paragraphsOf,
  recordsIn,
  SALLY,
  TO_DO,
  type World,
} from './world.ts';

/** Two comments and a move, and one comment from Slack. */
async function firstNews(world: World): Promise<string> {
  const text = 'ana in Slack: third';
  const by = { name: 'ana' };
  const echo: Echo = {
    id: 'echo',
    kind: 'echo',
    of: 'comment',
    key: text,
    at: world.now(),
    by,
    text: 'third',
  };
  await world.put(echo);
  const first = world.happened({ type: 'commentCard', by: SALLY, data: { text: 'first' } });
  world.happened({ type: 'updateCard', by: SALLY, data: { listBefore: TO_DO, listAfter: DOING, old: {} } });
  world.happened({ type: 'commentCard', by: SALLY, data: { text: 'second' } });
  world.happened({ type: 'commentCard', by: OWN, data: { text } });
  await world.readNow();
  return first;
}

/** One more comment, and another text of the first one. */
async function moreNews(world: World, first: string): Promise<void> {
  await world.editComment(first, 'once more');
  world.happened({ type: 'commentCard', by: SALLY, data: { text: 'fourth' } });
  await world.readNow();
}

/** Lives through the story with processes of which the first may be killed. */
async function live(world: World, kill?: Kill): Promise<string[]> {
  let process = createProcess(kill);
  const run = async () => {
    await world.run(process);
    if (!process.isDead()) return;
    process = createProcess();
    await world.run(process);
  };
  const mortal = process;
  await world.prepare();
  const first = await firstNews(world);
  await run();
  await moreNews(world, first);
  await run();
  return mortal.calls;
}

const TOLD = [
  'Sally commented (edited): once more',
  'Sally moved it to Doing',
  'Sally commented: second',
  'ana commented: third',
  'Sally commented: fourth',
];

describe.each(drivers)(
  'reading a board and telling it, on $name, with the process killed',
  ({ prepare, missing }) => {
    let place: Place;
    let store: Store;
    let records: ReturnType<typeof recordsIn>;
    beforeAll(async () => {
      if (missing) return;
      place = await prepare();
      store = await place.open();
      records = recordsIn(store);
    });
    afterAll(async () => {
      if (missing) return;
      await store.close();
      await place.remove();
    });

    it.each([true, false])(
      'at any call: all is told, in order (the app may look into the channel: %s)',
      async (mayLook) => {
        if (missing) return;
        const calls = await live(createWorld(records, `${mayLook}-alive`, mayLook));
        expect(calls.length).toBeGreaterThan(40);
        let repeats = 0;
        for (const [index, call] of calls.entries()) {
          for (const when of ['before', 'after'] as const) {
            const world = createWorld(records, `${mayLook}-${when}-${index}`, mayLook);
            await live(world, { call: index + 1, when });
            const where = `killed ${when} call ${index + 1}, ${call}`;
            expect({ where, told: paragraphsOf(world.lines) }).toEqual({ where, told: TOLD });
            expect({ where, list: world.root()?.list.name }).toEqual({ where, list: 'Doing' });
            repeats += world.lines.length - new Set(world.lines.map(({ mark }) => mark)).size;
          }
        }
        // Two messages, each posted and not yet noted down.
        expect(repeats).toBe(mayLook ? 0 : 4);
      },
      120_000,
    );
  },
);
