import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOfView } from '../../sandbox/slack/blocks/validate.ts';
import { EDITS, type Standing } from '../../src/flows/edit-card/edits.ts';
import { type HomeState, type HomeTask, homeTrouble, homeView } from '../../src/slack/messages/home.ts';
import type { RootState } from '../../src/slack/messages/root.ts';
import { shown } from '../support/shown.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const URL = 'https://trello.com/c/x8Kd02Qa';

const onBoard = (link: string, standing: Standing = 'onBoard'): RootState => ({
  name: 'card',
  standing,
  card: { url: URL, list: 'Doing', assignees: ['Chen'], labels: ['Bug'], due: NOW + 1_000 },
  link,
  muted: false,
  now: NOW,
});
const task = (title: string, state: RootState = onBoard(title)): HomeTask => ({
  title,
  state,
  label: 'Bug',
  requestedAt: NOW,
  thread: { url: 'https://space.slack.com/archives/C1/p1', channelName: 'mission-control' },
});
const nobody: HomeState = {
  open: [],
  finished: [],
  page: 0,
  hasAsked: false,
  admins: [],
  now: NOW,
};

interface Element {
  text?: string | { text: string };
  options?: { text: { text: string } }[];
}
interface Block {
  type: string;
  text?: { text: string };
  elements?: Element[];
}

/** All that a reader sees of a Home, and the labels of its buttons. */
function seen(state: Partial<HomeState>): string[] {
  const view = homeView({ ...nobody, ...state }, EDITS);
  expect(problemsOfView(view, 'home')).toEqual([]);
  return (view.blocks as Block[]).map((block) => {
    const { type, text, elements = [] } = block;
    if (type === 'rich_text') return shown({ blocks: [block] } as never);
    if (type === 'divider') return '---';
    return `${type}: ${text?.text ?? elements.map(wordsOf).join(' / ')}`;
  });
}

function wordsOf({ text, options = [] }: Element): string {
  if (typeof text === 'string') return text;
  return text?.text ?? options.map((option) => option.text.text).join('|');
}

const TOP = ['header: Your tasks', 'actions: New task / You and Trello…'];
const UNKNOWN = 'context: This app doesn’t know who you are in Trello yet.';
const MENU = 'Comment…|Due date…|Mark complete|Archive…|Mute updates';

describe('the Home of somebody new', () => {
  it('says what this is and how to begin, and whom to ask', () => {
    expect(seen({ admins: ['U0BRUNO', 'not an id'] })).toEqual([
      'header: Create Trello cards from Slack',
      'section: Tell the developers what you need without leaving Slack. Each request becomes one card on their board, and its thread in Slack keeps you up to date.',
      '\n• Type /spacex-task in a channel\n• Or choose Create a task in a message’s menu\n• Or press the button',
      'actions: New task',
      'context: Questions? App admins: <@U0BRUNO>.',
    ]);
  });

  it('names no admins where none is known, and three of many', () => {
    expect(seen({}).at(-1)).toBe('actions: New task');
    expect(seen({ admins: ['U1', 'U2', 'U3', 'U4', 'U5'] }).at(-1)).toContain(
      '<@U1>, <@U2>, <@U3> and 2 more.',
    );
  });

  it('says what a workspace without a board lacks', () => {
    const notSetUp = 'This app isn’t connected yet. Bruno can do that with `/spacex-task setup`.';
    expect(seen({ notSetUp })).toContain(
      'This app isn’t connected yet. Bruno can do that with /spacex-task setup.',
    );
  });
});

describe('the Home of somebody without a task', () => {
  it('who is known in Trello says what will be there', () => {
    expect(seen({ member: 'Chen' })).toEqual([
      ...TOP,
      'context: In Trello you are Chen.',
      'section: No tasks yet. What you request appears here.',
    ]);
  });

  it('who has asked before says that none is open', () => {
    expect(seen({ hasAsked: true })).toEqual([...TOP, UNKNOWN, 'section: No open tasks.']);
    expect(seen({ hasAsked: true, finished: [task('a', onBoard('a', 'finished'))] })).toEqual([
      ...TOP,
      UNKNOWN,
      'section: No open tasks.',
      'header: Finished in the last 30 days',
      ':white_check_mark: a\nFinished · Doing · assigned to Chen · label Bug\nBug · requested {Nov 24} · Thread in #mission-control',
      'actions: Move to… / Comment…|Due date…|Reopen|Archive…|Mute updates',
    ]);
  });
});

describe('a task in a Home', () => {
  const facts = 'Bug · requested {Nov 24} · Thread in #mission-control';
  const linesOf = (state: RootState, more: Partial<HomeTask> = {}) =>
    seen({ open: [{ ...task('A leak', state), ...more }] }).slice(TOP.length + 1);

  it('has its state, list, who has it, and the same menu as its message', () => {
    expect(linesOf(onBoard('a'))).toEqual([
      `:pushpin: A leak\nDoing · assigned to Chen · due {Nov 24} · label Bug\n${facts}`,
      `actions: Move to… / ${MENU}`,
    ]);
  });

  it('that waits says why, and one that failed can be tried again', () => {
    const reason = 'Trello isn’t answering.';
    expect(linesOf({ name: 'waiting', reason, until: NOW, now: NOW })).toEqual([
      `:hourglass_flowing_sand: A leak\nWaiting. ${reason} Next try in a moment. There’s nothing you need to do.\n${facts}`,
    ]);
    expect(linesOf({ name: 'failed', reason: 'The list is full.', job: 'j1' })).toEqual([
      `:x: A leak\nNo card was created. The list is full.\n${facts}`,
      'actions: Try again',
    ]);
    expect(linesOf({ name: 'creating' })).toEqual([
      `:hourglass_flowing_sand: A leak\nCreating the card…\n${facts}`,
    ]);
  });

  it('whose card is gone has no buttons, and says nothing of “this thread”', () => {
    expect(linesOf({ name: 'deleted' })).toEqual([`:wastebasket: A leak\nDeleted in Trello.\n${facts}`]);
    expect(linesOf({ name: 'movedAway', url: URL, link: 'a' })).toEqual([
      `:pushpin: A leak\nMoved to another board.\n${facts}`,
    ]);
    expect(linesOf(onBoard('a', 'archived'))).toEqual([
      `:file_cabinet: A leak\nArchived · was in Doing · assigned to Chen\n${facts}`,
      'actions: Comment…|Send back|Mute updates',
    ]);
  });

  it('has no more than is known of it', () => {
    const bare = { label: undefined, thread: undefined };
    expect(linesOf(onBoard('a'), bare)[0]).toMatch(/\nRequested \{Nov 24\}$/);
    const thread = { url: 'https://space.slack.com/archives/D1/p1' };
    expect(linesOf(onBoard('a'), { thread })[0]).toMatch(/ · Thread$/);
  });
});

describe('the pages of a Home', () => {
  const many = (count: number, name: string, standing: Standing = 'onBoard') =>
    Array.from({ length: count }, (_, place) =>
      task(`${name} ${place}`, onBoard(`${name}${place}`, standing)),
    );

  it('show each of 200 requests once, 20 a page, the open ones first, and lead to each other', () => {
    const open = many(130, 'Open');
    const finished = many(70, 'Done', 'finished');
    const titles: string[] = [];
    for (let page = 0; page < 10; page += 1) {
      const lines = seen({ open, finished, page });
      expect(lines.length).toBeLessThanOrEqual(67);
      const onPage = lines.flatMap((line) => /^:\w+: (.+)/.exec(line)?.[1] ?? []);
      expect(onPage).toHaveLength(20);
      titles.push(...onPage);
      const buttons = [page > 0 && 'Previous', page < 9 && 'Next'].filter(Boolean).join(' / ');
      expect(lines.slice(-2)).toEqual([
        `context: ${page * 20 + 1}–${page * 20 + 20} of 200`,
        `actions: ${buttons}`,
      ]);
      expect(lines.filter((line) => line.startsWith('header: Finished'))).toHaveLength(page < 6 ? 0 : 1);
    }
    expect(titles).toEqual([...open, ...finished].map(({ title }) => title));
  });

  it('are none for 20, and end with the last one', () => {
    expect(seen({ open: many(20, 'Open') }).join()).not.toContain('Next');
    expect(seen({ open: many(21, 'Open'), page: 7 }).slice(-4)).toEqual([
      expect.stringContaining('Open 20'),
      `actions: Move to… / ${MENU}`,
      'context: 21–21 of 21',
      'actions: Previous',
    ]);
  });
});

describe('what keeps a Home from being current', () => {
  it('is said: Trello does not answer, and since when', () => {
    const line = (since: number) =>
      seen({ hasAsked: true, silentSince: since }).find((one) => one.includes('isn’t answering'));
    expect(line(NOW - 60_000)).toBe(
      'context: Trello isn’t answering. This is how things stood at <!date^1795521540^{time}|11:59 UTC>.',
    );
    expect(line(NOW - 48 * 3_600_000)).toContain('^{date_short_pretty}, {time}|');
  });

  it('is said: the store does not', () => {
    expect(homeTrouble()).toMatchObject({
      type: 'home',
      blocks: [{ text: { text: 'Your tasks can’t be loaded right now. Open this tab again in a minute.' } }],
    });
    expect(problemsOfView(homeTrouble(), 'home')).toEqual([]);
  });
});

describe('a Home with whatever was typed', () => {
  const standing = fc.constantFrom<Standing>('onBoard', 'finished', 'archived');
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom('<!channel>', '*bold* `code` :tada:', 'مرحبا \u202e abc', '🚀'.repeat(200), ' '),
  );
  const names = fc.array(text, { maxLength: 100 });
  const state = fc.oneof(
    fc
      .record({ standing, list: text, assignees: names, labels: names, muted: fc.boolean() })
      .map(({ muted, ...card }): ((link: string) => RootState) => (link) => ({
        name: 'card',
        standing: card.standing,
        card: { ...card, url: URL, due: NOW, board: card.list },
        link,
        muted,
        now: NOW,
      })),
    fc.record({ reason: text, isFailed: fc.boolean() }).map(
      ({ reason, isFailed }): ((link: string) => RootState) =>
        (link) =>
          isFailed
            ? { name: 'failed', reason, job: link }
            : { name: 'waiting', reason, until: NOW, now: NOW },
    ),
  );
  const anyTask = fc.record({ title: text, state, channelName: text });

  it('is one that Slack takes, of 100 blocks at most, in which nothing is markup', () => {
    fc.assert(
      fc.property(
        fc.array(anyTask, { minLength: 20, maxLength: 45 }),
        text,
        fc.nat(2),
        (all, member, page) => {
          const tasks = all.map((one, place) => ({
            ...task(one.title, one.state(`link${place}`)),
            thread: { url: URL, channelName: one.channelName },
          }));
          const view = homeView(
            {
              ...nobody,
              open: tasks.slice(0, 25),
              finished: tasks.slice(25),
              page,
              member,
              silentSince: NOW,
              notSetUp: 'a `b`',
            },
            EDITS,
          );
          expect(problemsOfView(JSON.parse(JSON.stringify(view)), 'home')).toEqual([]);
          expect(view.blocks.length).toBeLessThanOrEqual(70);
          const markup = JSON.stringify(view.blocks).match(/"mrkdwn","text":"(.*?)"/g) ?? [];
          expect(markup).toHaveLength(1);
        },
      ),
      { numRuns: 60 },
    );
  });
});
