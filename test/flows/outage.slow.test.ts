import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredList } from '../../sandbox/trello/model.ts';
import { openForm } from '../support/bridge.ts';
import { type Child, startChild } from '../support/child.ts';
import { expectOutcome, outcomeOf, type Scene, STORES, startScene } from '../support/scene.ts';
import { shown } from '../support/shown.ts';

const SHIFT_CLOCK = new URL('../support/shift-clock.mjs', import.meta.url).href;
const DAY = 24 * 60 * 60_000;
const ACTIONS = 300;
const DUE = '2099-11-28T12:00:00.000Z';

/** Seconds since 1970 in place of words, to be compared. */
const asSeconds = ({ timestamp }: Record<string, unknown>) => `{${timestamp}}`;

describe.each(STORES)('an outage of a day, with a store on $name', (stores) => {
  let scene: Scene;
  let child: Child | undefined;
  let folder: string;
  /** How far the world is ahead of the machine's clock, in milliseconds: Trello's clock, and that of a new process. */
  let ahead = 0;

  beforeEach(async () => {
    if (stores.missing) return;
    folder = mkdtempSync(join(tmpdir(), 'outage-'));
    ahead = 0;
    await stores.open();
    scene = await startScene({ storeUrl: stores.fresh(), trello: { now: () => Date.now() + ahead } });
  });
  afterEach(async () => {
    if (stores.missing) return;
    await child?.end();
    await scene.close();
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startProgram(): Promise<Child> {
    const clock = join(folder, 'clock');
    writeFileSync(clock, String(ahead));
    const variables = {
      CLOCK_FILE: clock,
      NODE_OPTIONS: `--import ${SHIFT_CLOCK}`,
      TRELLO_POLL_SECONDS: '1',
    };
    return await startChild({ ...scene.environment, ...variables });
  }

  /** What happens to the card in the day: so many actions, one after the other. */
  function actForADay(card: string, lists: readonly StoredList[]): void {
    const { trello } = scene;
    const [sally, mae, yuri] = ['Sally Okafor', 'Mae Lindqvist', 'Yuri Tanaka'].map((name) =>
      trello.person(name),
    );
    const begin = ahead;
    for (let number = 1; number <= ACTIONS; number += 1) {
      ahead = begin + (number * DAY) / ACTIONS;
      const turn = Math.floor(number / 6);
      switch (number % 6) {
        case 0:
          sally?.move(card, lists[turn % lists.length] as StoredList);
          break;
        case 1:
          if (number > ACTIONS - 6) sally?.assign(card, yuri?.member.id);
          else if (turn % 2 === 0) sally?.assign(card, mae?.member.id);
          else sally?.unassign(card, mae?.member.id);
          break;
        case 2:
          yuri?.comment(card, `Tested for the ${number}th time`);
          break;
        case 3:
          mae?.setDue(
            card,
            number === ACTIONS - 3 ? DUE : new Date(Date.parse(DUE) + number * 60_000).toISOString(),
          );
          break;
        case 4:
          mae?.attachLink(card, 'https://example.com/valve.png', `Valve ${number}`);
          break;
        default:
          mae?.comment(card, `No leak, said for the ${number}th time`);
      }
    }
    ahead = begin + DAY;
  }

  it('becomes one message: where the card stands now, how much happened, and the last comment', async ({
    skip,
  }) => {
    skip(stores.missing !== undefined, stores.missing);
    child = await startProgram();
    const view = await openForm(scene.slack, 'issue The cockpit leaks');
    await scene.slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { description: 'It does.' } });
    await expectOutcome(scene);
    const [card] = outcomeOf(scene).cards;
    const lists = [...scene.trello.state.lists.values()];
    const killedAt = Date.now() / 1000;
    await child.kill();
    actForADay(String(card?.id), lists);
    const backAt = (Date.now() + ahead) / 1000;
    child = await startProgram();

    await expectOutcome(scene, { replies: 2, words: 'Finished' });
    const text = shown(outcomeOf(scene).replies[1], asSeconds);
    const [first, ...rest] = text.split('\n');
    const [, from, until] =
      /^This app was offline from \{(\d+)\}, \{\d+\} to (?:\{\d+\}, )?\{(\d+)\}\. What changed meanwhile \(300 updates\):$/.exec(
        String(first),
      ) ?? [];
    expect(killedAt - Number(from)).toBeLessThan(60);
    expect(Number(until) - backAt).toBeLessThan(60);
    expect(Number(until) - Number(from)).toBeGreaterThan(DAY / 1000 - 60);
    const due = Date.parse(DUE) / 1000;
    expect(rest).toEqual([
      '• Moved from To Do to Done, by Sally Okafor',
      '• Assigned: Mae Lindqvist and Yuri Tanaka',
      `• Due date: {${due}} at {${due}}`,
      '• 50 attachments',
      '• 100 comments, the last from Mae Lindqvist:',
      '> No leak, said for the 299th time',
      'Read all of it in Trello',
    ]);
    expect(shown(outcomeOf(scene).roots[0])).toContain(
      'Finished · Done · assigned to Mae Lindqvist and Yuri Tanaka',
    );
    // Nothing is told again after it.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(outcomeOf(scene).replies).toHaveLength(2);
  }, 90_000);
});
