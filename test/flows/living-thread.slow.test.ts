import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../sandbox/slack/messages.ts';
import type { Person } from '../../sandbox/trello/person.ts';
import { type SeededBoard, seedGroundControl, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { drivers, type Place } from '../store/drivers.ts';
import { type Bridge, openForm, publicAddress, startBridge } from '../support/bridge.ts';
import { shown } from '../support/shown.ts';

let trello: RunningTrello;
let mission: SeededBoard;
let bridge: Bridge;
let sally: Person;
let mae: Person;
let place: Place;

const list = (name: string) => {
  const found = mission.lists.find((one) => one.name === name);
  if (!found) throw new Error(`no list ${name}`);
  return found;
};
const channel = () => bridge.slack.workspace.channel('#mission-control').id;

/** What `read` gives once that is as it should be, or at the end of the time. Slack takes one message a second in a channel. */
async function eventually<T>(read: () => T, isRight: (value: T) => boolean): Promise<T> {
  const until = Date.now() + 120_000;
  while (!isRight(read()) && Date.now() < until) await delay(100);
  return read();
}

/** How many requests the log has so far as `accepted`, or as `finished`. */
const requests = (what: 'accepted' | 'finished') =>
  bridge.lines.filter((line) => line.includes('"flow":"create-card"') && line.includes(`"msg":"${what}"`))
    .length;

/** What was shown last to Ana alone. */
const lastWhisper = () => shown(bridge.slack.ephemerals('Ana').at(-1)?.message as Message);

let made = 0;
let lastForm: Promise<unknown> = Promise.resolve();

/** Ana has one form open at a time. */
async function request(title: string): Promise<void> {
  const { slack } = bridge;
  const sent = lastForm.then(async () => {
    const view = await openForm(slack, `issue ${title}`);
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { description: 'It leaks.' } });
  });
  lastForm = sent.catch(() => {});
  await sent;
}

/** Ana's request, once its card is on the board and its thread follows it. */
async function makeCard() {
  made += 1;
  const title = `Leak ${String(made).padStart(3, '0')}`;
  const { slack } = bridge;
  await request(title);
  const rootOf = () =>
    slack.messages.inChannel(channel()).find((one) => !one.thread_ts && one.text.includes(`${title}`));
  await slack.until(
    () => (rootOf()?.edited && shown(rootOf()).includes('To Do') ? true : undefined),
    120_000,
  );
  const card = [...trello.state.cards.values()].find(({ name }) => name === title);
  if (!card) throw new Error('no card');
  const { ts } = rootOf() as Message;
  const root = () => slack.messages.find(channel(), ts) as Message;
  // While Slack asks for a pause, news may come before the answer that the card is there.
  const lines = () =>
    slack.messages
      .replies(channel(), ts)
      .map((one) => shown(one))
      .filter((text) => !text.includes(`${title} is on the board: `));
  return {
    card,
    title,
    ts,
    root: () => shown(root()),
    rootBlocks: () => root().blocks ?? [],
    lines,
    /** Waits until the thread has so many lines. */
    told: (count: number) => eventually(lines, ({ length }) => length >= count),
    shows: async (words: string) =>
      expect(
        await eventually(
          () => shown(root()),
          (text) => text.includes(words),
        ),
      ).toContain(words),
    choose: (value: string, user = 'Ana') =>
      slack.messageAction({ user, channel: '#mission-control', messageTs: ts, actionId: 'more', value }),
    press: (actionId: string, user = 'Ana') =>
      slack.messageAction({ user, channel: '#mission-control', messageTs: ts, actionId }),
  };
}

/** How the program hears of changes: it looks once a second, or waits for what Trello's webhooks deliver. */
const WAYS = ['polling', 'webhooks'] as const;
const PLACES = drivers.flatMap((driver) => WAYS.map((way) => ({ ...driver, way })));

describe.each(PLACES)('a thread in Slack, with $name and $way', ({ prepare, missing, way }) => {
  beforeAll(async () => {
    if (missing) return;
    trello = await startLocalTrello();
    mission = seedMissionBoard(trello.state);
    sally = trello.person('Sally Okafor');
    mae = trello.person('Mae Lindqvist');
    place = await prepare();
    const hearing =
      way === 'polling'
        ? { TRELLO_POLL_SECONDS: '1' }
        : { TRELLO_POLL_SECONDS: '0', ...(await publicAddress()) };
    bridge = await startBridge(
      { url: trello.url, board: mission.board.id },
      { environment: { STORE_URL: place.url, TRELLO_TOKEN_LIMIT: '0', LOG_LEVEL: 'debug', ...hearing } },
    );
    if (way === 'webhooks')
      await eventually(
        () => trello.webhooks.all.size,
        (count) => count === 1,
      );
  });
  afterAll(async () => {
    if (missing) return;
    await bridge.stop();
    await trello.close();
    await place.remove();
  });

  const promise = (name: string, run: () => Promise<void>) =>
    it(name, { timeout: 300_000 }, async ({ skip }) => {
      skip(missing !== undefined, missing);
      await run();
    });

  describe.concurrent('tells', () => {
    promise('a move, and the root shows the list', async () => {
      const { card, told, shows } = await makeCard();
      sally.move(card.id, list('Doing'));
      expect(await told(1)).toEqual(['Sally Okafor moved it to Doing']);
      await shows('Doing · nobody assigned yet');
    });

    promise('what one person did at once in one sentence, and nothing that was undone', async () => {
      const { card, told } = await makeCard();
      sally.move(card.id, list('Done'));
      sally.move(card.id, list('Doing'));
      sally.assign(card.id, mae.member.id);
      sally.setDue(card.id, '2030-11-28T12:00:00.000Z');
      sally.assign(card.id);
      sally.unassign(card.id);
      expect(await told(1)).toEqual([
        'Sally Okafor moved it to Doing, assigned Mae Lindqvist and set the due date to {Nov 28} at {12:00 UTC}',
      ]);
    });

    promise('several people a line each, and somebody who joins by their own name', async () => {
      const { card, told, shows } = await makeCard();
      sally.move(card.id, list('Doing'));
      mae.assign(card.id);
      expect(await told(1)).toEqual(['Sally Okafor moved it to Doing\nMae Lindqvist is now assigned']);
      await shows('assigned to Mae Lindqvist');
    });

    promise('that a card is complete, and open again', async () => {
      const { card, told, shows } = await makeCard();
      sally.complete(card.id);
      expect(await told(1)).toEqual(['Sally Okafor marked it complete']);
      await shows(':white_check_mark:');
      await shows('Finished · To Do');
      sally.complete(card.id, false);
      expect((await told(2))[1]).toBe('Sally Okafor reopened it');
      await shows(':pushpin:');
    });

    promise('that a card came into the done list, and out of it', async () => {
      const { card, told, shows } = await makeCard();
      sally.move(card.id, list('Done'));
      expect(await told(1)).toEqual(['Sally Okafor moved it to Done: finished']);
      await shows('Finished · Done');
      sally.move(card.id, list('Doing'));
      expect((await told(2))[1]).toBe('Sally Okafor moved it back to Doing: open again');
    });

    promise('that a card was archived, and sent back', async () => {
      const { card, told, shows } = await makeCard();
      sally.archive(card.id);
      expect(await told(1)).toEqual(['Sally Okafor archived it']);
      await shows('Archived · was in To Do');
      sally.sendBack(card.id);
      expect((await told(2))[1]).toBe('Sally Okafor sent it back to To Do');
    });

    promise('that a card was deleted, and its root has no buttons', async () => {
      const { card, told, shows, rootBlocks } = await makeCard();
      sally.remove(card.id);
      expect(await told(1)).toEqual(['Sally Okafor deleted the card. This thread gets no more updates.']);
      await shows('Deleted in Trello. This thread gets no more updates.');
      expect(rootBlocks()).toHaveLength(1);
    });

    promise('that a card went to a board that the app does not know', async () => {
      const ground = seedGroundControl(trello.state);
      const { card, told, shows } = await makeCard();
      sally.move(card.id, ground.lists[0] as SeededBoard['lists'][number]);
      expect(await told(1)).toEqual([
        'Sally Okafor moved it to a board that this app doesn’t know. This thread gets no more updates.',
      ]);
      await shows('Moved to another board.');
    });

    promise('a comment as a quote, as text; its edit and its deletion change the line', async () => {
      const { card, told, lines } = await makeCard();
      sally.comment(card.id, 'It *sticks* <!channel> below 4 °C :tada:');
      expect(await told(1)).toEqual([
        'Sally Okafor commented:\n> It *sticks* <!channel> below 4 °C :tada:\n',
      ]);
      const comment = card.actions.find(({ type }) => type === 'commentCard')?.id ?? '';
      // Not in the history: without a webhook nobody hears of it.
      const first = async ({ polling, webhooks }: Record<(typeof WAYS)[number], string>) => {
        const wanted = { polling, webhooks }[way];
        expect(await eventually(lines, ([line]) => line === wanted)).toEqual([wanted]);
      };
      const before = 'Sally Okafor commented:\n> It *sticks* <!channel> below 4 °C :tada:\n';
      sally.editComment(comment, 'It sticks.');
      await first({ polling: before, webhooks: 'Sally Okafor commented (edited):\n> It sticks.\n' });
      sally.deleteComment(comment);
      await first({ polling: before, webhooks: 'Sally Okafor’s comment was deleted' });
    });

    promise('a due date that is set, moved and removed', async () => {
      const { card, told, shows } = await makeCard();
      sally.setDue(card.id, '2030-11-28T12:00:00.000Z');
      expect((await told(1))[0]).toContain('set the due date to {Nov 28}');
      await shows('due {Nov 28}');
      sally.setDue(card.id, '2030-11-29T12:00:00.000Z');
      expect((await told(2))[1]).toMatch(/moved the due date from \{Nov 28\}.* to \{Nov 29\}/);
      sally.setDue(card.id, null);
      expect((await told(3))[2]).toBe('Sally Okafor removed the due date');
    });

    promise('an attachment by its name, and where it leads', async () => {
      const { card, told } = await makeCard();
      sally.attachLink(card.id, 'https://example.com/valve.png', 'Valve');
      expect(await told(1)).toEqual(['Sally Okafor attached Valve (example.com)']);
    });

    promise(
      'a new name and labels in the root alone; order, description and checklists nowhere',
      async () => {
        const { card, lines, shows } = await makeCard();
        sally.move(card.id, list('To Do'), 'top');
        sally.describe(card.id, 'Other words');
        sally.setLabel(card.id, 'Bug');
        sally.rename(card.id, 'Another name');
        await shows('Another name');
        await shows('label Bug');
        expect(lines()).toEqual([]);
      },
    );

    promise('nothing in a muted thread, and what there was once it is no longer', async () => {
      const { card, told, choose, shows, lines } = await makeCard();
      await choose(`mute:${await linkOf(card.id)}`);
      expect(await told(1)).toEqual(['ana muted updates in this thread']);
      await shows('updates muted');
      sally.comment(card.id, 'Nobody hears this');
      sally.move(card.id, list('Doing'));
      await shows('Doing');
      expect(lines()).toHaveLength(1);
      await choose(`unmute:${await linkOf(card.id)}`);
      expect((await told(2))[1]).toBe(
        'ana turned updates on again. Meanwhile: now in Doing, nobody assigned yet, 1 comment',
      );
    });
  });

  promise('keeps in its root what changes while the answer waits for Slack', async () => {
    const { slack } = bridge;
    // The answers to others, which may wait for Slack as well, would take the faults.
    const before = requests('accepted');
    await eventually(
      () => requests('finished'),
      (count) => count === before,
    );
    slack.faults.plan('chat.postMessage', { kind: 'delay', milliseconds: 0 });
    slack.faults.plan('chat.postMessage', { kind: 'ratelimited', retryAfterSeconds: 8 });
    const { card, shows, root } = await makeCard();
    sally.rename(card.id, 'Another name');
    await shows('Another name');
    expect(requests('finished')).toBe(before);
    await eventually(
      () => requests('finished'),
      (count) => count > before,
    );
    expect(requests('finished')).toBe(before + 1);
    expect(root()).toContain('Another name');
  });

  if (way === 'webhooks') {
    describe('changes nothing but the moment for deliveries', () => {
      it.skipIf(missing).each([
        ['that come twice', { act: 'twice' }],
        ['that come late', { act: 'late', ms: 1_500 }],
        ['that come in reverse', { act: 'reversed', ms: 1_500 }],
      ] as const)('%s', { timeout: 300_000 }, async (_, fault) => {
        const { card, told, shows, lines } = await makeCard();
        trello.webhooks.disturbance.set(fault);
        sally.move(card.id, list('Doing'));
        sally.comment(card.id, 'On it');
        expect(await told(1)).toEqual(['Sally Okafor moved it to Doing\nSally Okafor commented:\n> On it\n']);
        await shows('Doing');
        await delay(3_000);
        expect(lines()).toHaveLength(1);
        trello.webhooks.disturbance.clear();
      });

      promise('that never come, once another one does', async () => {
        const { card, told } = await makeCard();
        trello.webhooks.disturbance.set({ act: 'never' });
        sally.move(card.id, list('Doing'));
        trello.webhooks.disturbance.clear();
        sally.comment(card.id, 'On it');
        expect((await told(1)).join()).toContain('moved it to Doing');
      });
    });
  }

  describe('lets people edit the card:', () => {
    promise('a move by its form, told once and with the name of who did it', async () => {
      const { card, told, press, lines } = await makeCard();
      const next = bridge.slack.nextView('Ana');
      await press('move');
      const { view } = await next;
      await bridge.slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { value: list('Doing').id } });
      expect(await told(1)).toEqual(['ana moved it to Doing']);
      expect(card.idList).toBe(list('Doing').id);
      await delay(3_000);
      expect(lines()).toHaveLength(1);
    });

    promise('“Assign to me” asks once who somebody is', async () => {
      const first = await makeCard();
      const next = bridge.slack.nextView('Ana');
      await first.press('assign_me');
      const { view } = await next;
      await bridge.slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { value: sally.member.id } });
      expect(await first.told(1)).toEqual(['Sally Okafor is now assigned']);
      const second = await makeCard();
      await second.press('assign_me');
      expect(await second.told(1)).toEqual(['Sally Okafor is now assigned']);
      await second.press('assign_me');
      const words = 'You’re already assigned.';
      expect(await eventually(lastWhisper, (text) => text === words)).toBe(words);
    });

    promise('a comment, once, with the name of who wrote it', async () => {
      const { card, told, choose } = await makeCard();
      const next = bridge.slack.nextView('Ana');
      await choose(`comment:${await linkOf(card.id)}`);
      const { view } = await next;
      await bridge.slack.viewSubmit({
        user: 'Ana',
        viewId: view.id,
        values: { value: 'Any *news*, @yuri?' },
      });
      expect((await told(1))[0]).toMatch(/commented:\n> Any \*news\*, @yuri\?\n$/);
      const [comment] = card.actions.filter(({ type }) => type === 'commentCard');
      expect(comment?.data.text).toMatch(/ in Slack:\n\nAny \\\*news\\\*, @\u200byuri\?$/);
    });

    promise('complete, archived and sent back', async () => {
      const { card, told, choose, shows } = await makeCard();
      const link = await linkOf(card.id);
      await choose(`complete:${link}`);
      expect((await told(1))[0]).toMatch(/ marked it complete$/);
      await shows('Finished');
      const next = bridge.slack.nextView('Ana');
      await choose(`archive:${link}`);
      const { view } = await next;
      await bridge.slack.viewSubmit({ user: 'Ana', viewId: view.id, values: {} });
      expect((await told(2))[1]).toMatch(/ archived it$/);
      await shows('Archived');
      await choose(`send_back:${link}`);
      expect((await told(3))[2]).toMatch(/ sent it back to To Do$/);
    });

    promise('a card that was archived with its list goes back into another one', async () => {
      const { card, told, choose, shows } = await makeCard();
      const old = list('Doing');
      sally.move(card.id, old);
      sally.archive(card.id);
      await told(1);
      await shows('Archived');
      old.closed = true;
      try {
        const { slack } = bridge;
        const before = slack.ephemerals('Ana').length;
        await choose(`send_back:${await linkOf(card.id)}`);
        const { message } = await slack.until(() => slack.ephemerals('Ana')[before], 20_000);
        expect(shown(message as Message)).toBe(
          'The list “Doing” is no longer on the board. Press Move to… for the current lists.',
        );
        const next = slack.nextView('Ana');
        const messageTs = String(message.ts);
        const pressed = { user: 'Ana', channel: '#mission-control', messageTs, actionId: 'send_back_to' };
        await slack.messageAction(pressed);
        const { view } = await next;
        await slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { value: list('Done').id } });
        expect((await told(2))[1]).toMatch(/ moved it to Done and sent it back$/);
        await shows('Finished · Done');
      } finally {
        old.closed = false;
      }
    });

    promise('a card that was deleted meanwhile: the presser alone is told', async () => {
      const { card, press } = await makeCard();
      const next = bridge.slack.nextView('Ana');
      await press('move');
      const { view } = await next;
      sally.remove(card.id);
      await bridge.slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { value: list('Doing').id } });
      const words = 'This card was deleted in Trello, so nothing was changed.';
      expect(await eventually(lastWhisper, (text) => text === words)).toBe(words);
    });
  });
});

/** The reference of the request whose card it is. */
async function linkOf(card: string): Promise<string> {
  const found = /Reference `(\w+)`/.exec(trello.state.card(card).desc)?.[1];
  if (!found) throw new Error('no reference');
  return found;
}
