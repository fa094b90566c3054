import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOfMessageBlocks } from '../../sandbox/slack/blocks/validate.ts';
import type { Paragraph } from '../../src/flows/card-activity/message.ts';
import type { Card, CardJob, CardRequest, ShownJob } from '../../src/flows/create-card/job.ts';
import { EDITS } from '../../src/flows/edit-card/edits.ts';
import { lineMessage } from '../../src/slack/messages/line.ts';
import { clip, escapeText, plainText, typed, withEmoji } from '../../src/slack/messages/rich-text.ts';
import {
  type CardFacts,
  type Message,
  type Root,
  type RootState,
  rootMessage,
} from '../../src/slack/messages/root.ts';
import { answer, directNote, jobRoot } from '../../src/slack/messages/task.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { jobForChannel, jobFromSlack } from '../support/job.ts';

const NOW = 1_800_000_000_000;
const URL = 'https://trello.com/c/x8Kd02Qa';
const card: Card = {
  id: 'c1',
  title: 'bug-orbit-4821',
  url: URL,
  list: 'To Do',
  labels: ['Bug'],
  assignee: 'Chen',
};
const HERE = { direct: false };
const origin = {
  source: 'slack',
  team: 'T1',
  channel: 'C1',
  channelName: 'mission-control',
  user: 'U0ANA',
  name: 'ana',
} as const;

const REFERENCE = String(jobFromSlack().state.reference);
const request: Partial<CardRequest> = {
  kind: { type: 'bug', label: 'Bug', requestPhrase: 'reported a bug' },
  origin,
  draft: {
    title: 'bug-orbit-4821',
    description: 'Cockpit is not depressurizing correctly',
    labels: ['Bug'],
    assign: { draw: 0 },
  },
};
const job = (changes: Partial<CardJob> = {}, more: Partial<CardRequest> = {}) =>
  jobFromSlack(changes, { ...request, ...more });
/** The request of a program, shown in a channel. */
const byProgram = (subject: string, changes: Partial<CardJob> = {}, more: Partial<CardRequest> = {}) =>
  jobForChannel(changes, { subject }, { ...request, ...more });
const made: Partial<CardJob> = { status: 'done', steps: { card: { result: card } } };
const withCard = (changes: Partial<Card> = {}, more: Partial<CardRequest> = {}) =>
  job({ status: 'done', steps: { card: { result: { ...card, ...changes } } } }, more);
const failure = {
  step: 'card',
  code: 'list_missing',
  reason: 'The board “Dr. Who” has no list “To Do”. Someone on the board can add it or rename one.',
};
const failed = (more: Partial<CardJob> = {}) => job({ failure, ...more });
const root = (of: ShownJob = job(), place: Parameters<typeof jobRoot>[1] = HERE) =>
  jobRoot(of, place, { app: 'spacex_tasks', board: undefined, edits: EDITS, now: NOW });
const reply = (of: ShownJob = withCard(), options: Partial<Parameters<typeof answer>[2]> = {}) =>
  answer(of, { ts: String(NOW / 1000) }, { isFirst: false, now: NOW + 1_000, ...options });

const richTextOf = ({ blocks }: Message) => {
  const elements = blocks.flatMap((block) => (block.type === 'rich_text' ? block.elements : []));
  if (elements.length === 0) throw new Error('no rich text');
  return { elements };
};
const pieces = (message: Message) =>
  richTextOf(message).elements.flatMap(({ elements }) => elements as { type: string; text?: string }[]);
/** What a reader sees, a paragraph a line. */
const shown = (message: Message) =>
  richTextOf(message)
    .elements.map(({ elements }) =>
      (elements as unknown[])
        .map((piece) => {
          const {
            type,
            text,
            name,
            user_id: user,
            channel_id: channel,
            fallback,
          } = piece as unknown as Record<string, string>;
          return {
            text,
            link: text,
            emoji: `:${name}:`,
            user: `@${user}`,
            channel: `#${channel}`,
            date: fallback,
          }[String(type)];
        })
        .join('')
        .replace(/\n$/, ''),
    )
    .join('\n');

describe('the root message', () => {
  it('of a card on the board is word for word what was agreed on', () => {
    expect(root(withCard())).toEqual({
      text: '<@U0ANA> reported a bug: bug-orbit-4821. In To Do, assigned to Chen.',
      blocks: [
        {
          type: 'rich_text',
          block_id: 'root',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'emoji', name: 'pushpin' },
                { type: 'text', text: ' ' },
                { type: 'user', user_id: 'U0ANA' },
                { type: 'text', text: ' reported a bug: ' },
                { type: 'link', url: URL, text: 'bug-orbit-4821', style: { bold: true } },
              ],
            },
            {
              type: 'rich_text_quote',
              elements: [{ type: 'text', text: 'Cockpit is not depressurizing correctly' }],
            },
            {
              type: 'rich_text_section',
              elements: [
                { type: 'text', text: 'To Do', style: { bold: true } },
                { type: 'text', text: ' · assigned to Chen' },
                { type: 'text', text: ' · label Bug' },
              ],
            },
          ],
        },
        {
          type: 'actions',
          block_id: `card:${REFERENCE}`,
          elements: [
            {
              type: 'button',
              action_id: 'open',
              url: URL,
              text: { type: 'plain_text', text: 'Open in Trello' },
              accessibility_label: 'Open the card bug-orbit-4821 in Trello',
            },
            {
              type: 'button',
              action_id: 'assign_me',
              value: REFERENCE,
              text: { type: 'plain_text', text: 'Assign to me' },
              accessibility_label: 'Assign the card bug-orbit-4821 to me',
            },
            {
              type: 'button',
              action_id: 'move',
              value: REFERENCE,
              text: { type: 'plain_text', text: 'Move to…' },
              accessibility_label: 'Move the card bug-orbit-4821 to another list',
            },
            {
              type: 'overflow',
              action_id: 'more',
              options: [
                ['Comment…', 'comment'],
                ['Due date…', 'due'],
                ['Mark complete', 'complete'],
                ['Archive…', 'archive'],
                ['Mute updates', 'mute'],
              ].map(([text, name]) => ({
                text: { type: 'plain_text', text },
                value: `${name}:${REFERENCE}`,
              })),
            },
          ],
        },
      ],
    });
  });

  it('of a failed request says the reason once, and has a button to try again', () => {
    const message = root(failed());
    expect(message.text).toBe(
      '<@U0ANA> reported a bug: bug-orbit-4821. No card was created: the board “Dr. Who” has no list “To Do”.',
    );
    expect(shown(message).split('\n').at(-1)).toBe(
      'No card was created. The board “Dr. Who” has no list “To Do”.',
    );
    expect(message.blocks[1]).toEqual({
      type: 'actions',
      block_id: 'job:job-1',
      elements: [
        {
          type: 'button',
          action_id: 'retry',
          value: 'job-1',
          text: { type: 'plain_text', text: 'Try again' },
          accessibility_label: 'Try again to create the card bug-orbit-4821',
        },
      ],
    });
  });

  it('of a program’s request names it as text, and notifies nobody', () => {
    const message = root(byProgram('ci-bot', made));
    expect(message.text).toBe('ci-bot reported a bug: bug-orbit-4821. In To Do, assigned to Chen.');
    expect(shown(message)).toMatch(/^:pushpin: ci-bot reported a bug: bug-orbit-4821\n/);
    expect(pieces(message).map(({ type }) => type)).not.toContain('user');
    expect(buttonsOf(message)).toEqual(buttonsOf(root(withCard())));
    expect(shown(root(byProgram('\u202e \n')))).toMatch(
      /^:hourglass_flowing_sand: A program reported a bug: /,
    );
  });

  it('says that the card is being created, and has no state in its text', () => {
    expect(shown(root())).toBe(
      ':hourglass_flowing_sand: @U0ANA reported a bug: bug-orbit-4821\nCockpit is not depressurizing correctly\nCreating the card…',
    );
    expect(root().text).toBe('<@U0ANA> reported a bug: bug-orbit-4821');
  });

  it.each([
    [NOW + 90_000, 'Next try at 08:01 UTC.'],
    [NOW + 20_000, 'Next try in a moment.'],
  ])('says why it waits and when it goes on', (until, next) => {
    const message = root(job({ waiting: { code: 'x', reason: 'Trello isn’t answering.', until } }));
    expect(shown(message).split('\n').at(-1)).toBe(
      `Waiting. Trello isn’t answering. ${next} There’s nothing you need to do.`,
    );
    expect(message.text).toMatch(/\. Waiting: Trello isn’t answering\.$/);
  });

  it('leaves out a blank description, and shows 3 lines of a long one', () => {
    const described = (description: string) =>
      shown(root(job({}, { draft: { title: 't', description, labels: [], assign: 'nobody' } })));
    expect(described(' \n ')).toBe(':hourglass_flowing_sand: @U0ANA reported a bug: t\nCreating the card…');
    expect(described('a\nb\nc\nd')).toContain('\na\nb\nc…\n');
  });

  it.each([
    [[], 'nobody assigned yet'],
    [['Chen'], 'assigned to Chen'],
  ])('says who has the card: %j', (names, words) => {
    expect(shown(root(withCard({ assignee: names[0], labels: [] })))).toContain(`To Do · ${words}`);
  });

  it('shows the day that the work is due', () => {
    const draft = { title: 't', description: '', labels: [], assign: 'nobody', due: '2026-11-24' } as const;
    expect(pieces(root(withCard({}, { draft })))).toContainEqual({
      type: 'date',
      timestamp: Date.UTC(2026, 10, 24) / 1000,
      format: '{date_short_pretty}',
      fallback: 'Nov 24',
    });
  });

  it('of an earlier version’s record says the request by the kind’s name', () => {
    expect(root(job({}, { kind: { type: 'idea', label: 'Idea' } })).text).toBe(
      '<@U0ANA> requested an idea: bug-orbit-4821',
    );
  });

  it.each([
    [
      'directmessage',
      'D1',
      'channel_not_found',
      'You asked in a direct message that apps can’t join, so updates come here.',
    ],
    [undefined, 'D1', undefined, 'You asked in a direct message that apps can’t join, so updates come here.'],
    [
      'mpdm-ana--bruno-1',
      'C2',
      'channel_not_found',
      'This app isn’t in the conversation where you asked, so updates come here. To get the next ones there, type /invite @spacex_tasks in it.',
    ],
    [
      undefined,
      'C2',
      'channel_not_found',
      'This app isn’t in the conversation where you asked, so updates come here. To get the next ones there, type /invite @spacex_tasks in it.',
    ],
    [
      'privategroup',
      'G2',
      'channel_not_found',
      'This app isn’t in the conversation where you asked, so updates come here. To get the next ones there, type /invite @spacex_tasks in it.',
    ],
    [
      'privategroup',
      'C2',
      'channel_not_found',
      'This app isn’t in #C2 yet, so updates come here. To get the next ones there, type /invite @spacex_tasks in that channel.',
    ],
    ['mission-control', 'C2', 'is_archived', 'This app can’t post in #C2, so updates come here.'],
    ['mission-control', 'C2', 'restricted_action', 'This app can’t post in #C2, so updates come here.'],
  ])('in a direct message says why it is there: asked in %s (%s)', (channelName, channel, refusal, words) => {
    const message = root(job({}, { origin: { ...origin, channel, channelName } }), { direct: true, refusal });
    expect(shown(message).split('\n').at(-1)).toBe(words);
    expect(shown(message)).toContain('You reported a bug: ');
    expect(message.text).toBe('You reported a bug: bug-orbit-4821');
    expect(pieces(message).map(({ type }) => type)).not.toContain('user');
    expect(JSON.stringify(message)).not.toMatch(/"channel_id":"[DG]/);
    expect(problemsOfMessageBlocks(message.blocks)).toEqual([]);
  });
});

describe('the answer', () => {
  it('of a card is word for word what was agreed on, and mentions nobody', () => {
    const message = reply();
    expect(message.text).toBe(
      'bug-orbit-4821 is on the board, in To Do, assigned to Chen: https://trello.com/c/x8Kd02Qa',
    );
    expect(shown(message)).toBe(
      'bug-orbit-4821 is on the board: trello.com/c/x8Kd02Qa\nList To Do · assigned to Chen · label Bug',
    );
    expect(pieces(message).filter(({ type }) => type === 'link')).toEqual([
      { type: 'link', url: URL, text: 'trello.com/c/x8Kd02Qa' },
    ]);
    expect(pieces(message).map(({ type }) => type)).not.toContain('user');
  });

  it.each([
    [4, 'drawn from 4 members'],
    [1, 'the only member in the draw'],
  ])('says that the member was drawn, and from how many: %i', (from, words) => {
    const drawn = withCard({ drawn: { id: 'm1', from } });
    expect(shown(reply(drawn)).split('\n')[1]).toBe(`List To Do · assigned to Chen, ${words} · label Bug`);
    expect(reply(drawn).text).toBe(
      `bug-orbit-4821 is on the board, in To Do, assigned to Chen, ${words}: ${URL}`,
    );
    expect(shown(root(drawn))).toContain('\nTo Do · assigned to Chen · label Bug');
  });

  it('mentions the person when it comes over a minute after the root message', () => {
    expect(shown(reply(withCard(), { now: NOW + 61_000 }))).toMatch(
      /^@U0ANA, bug-orbit-4821 is on the board: /,
    );
    expect(shown(reply(withCard(), { now: NOW + 59_000 }))).toMatch(/^bug-orbit-4821/);
  });

  it('says the reason, what to do, and the reference when there is no card', () => {
    const message = reply(failed());
    expect(shown(message)).toBe(
      `@U0ANA, no card was created. ${failure.reason}\nYour text is saved. Once that is fixed, press Try again on the request. Reference: abcdefghjkmn`,
    );
    expect(message.text).toBe(`No card was created for bug-orbit-4821. ${failure.reason}`);
    expect(shown(reply(failed(), { triedAgainAt: NOW }))).toMatch(/\nTried again at 08:00 UTC\.$/);
  });

  it('to a program mentions nobody, however late or bad the news', () => {
    expect(shown(reply(byProgram('ci', made), { now: NOW + 61_000 }))).toMatch(
      /^bug-orbit-4821 is on the board/,
    );
    expect(shown(reply(byProgram('ci', { failure })))).toMatch(/^No card was created\. The board “Dr\. Who”/);
  });

  it('after a day says so, and to look at the board first where a card may exist', () => {
    const gaveUp = {
      step: 'card',
      code: 'gave_up',
      last: 'trello_unavailable',
      reason: 'Trello isn’t answering.',
    };
    const steps = { card: { intent: { at: 1, settledBy: 2 } } };
    expect(shown(reply(failed({ failure: gaveUp, steps })))).toBe(
      '@U0ANA, no card was created. Trello didn’t answer for 24 hours.\nLook for “bug-orbit-4821” on the board before you try again. Your text is saved. Once that is fixed, press Try again on the request. Reference: abcdefghjkmn',
    );
  });
});

/** Within Slack's limits, and nothing in it pings anybody, links elsewhere, or turns the text around it. */
function expectText(message: Message) {
  expect(message.text.length).toBeLessThanOrEqual(200);
  expect(message.text.replaceAll('<@U0ANA>', '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
  expect(problemsOfMessageBlocks(message.blocks)).toEqual([]);
  for (const { type } of pieces(message))
    expect(['text', 'user', 'emoji', 'link', 'date', 'channel', 'rich_text_section']).toContain(type);
  const mentions = JSON.stringify(message.blocks).match(/"(user|usergroup)_id":"[^"]*"|"broadcast"/g) ?? [];
  expect([[], ['"user_id":"U0ANA"']]).toContainEqual(mentions);
  const links = JSON.stringify(message.blocks).match(/"url":"[^"]*"/g) ?? [];
  for (const link of links) expect(link).toBe(`"url":"${URL}"`);
  expect(JSON.stringify(message).replaceAll(/[\u2068\u2069]/g, '')).not.toMatch(
    /[\u202a-\u202e\u2066\u2067]/,
  );
  // What is isolated is so to its end, in each piece by itself.
  for (const { text = '' } of [message, ...pieces(message)])
    expect(text.split('\u2068').length).toBe(text.split('\u2069').length);
}

const EXTREMES = [
  '<!channel> ',
  '*bold* _it_ ~no~ `code` ',
  ':tada: ',
  'שלום ',
  'a\u200fb ',
  '\u202eabc ',
  '\u2067abc ',
  '<https://evil.example|here> & ',
  'x',
  '\n',
].map((text) => ({ name: JSON.stringify(text), text: text.repeat(3_000 / text.length) }));

const FACTS: CardFacts = { url: URL, list: 'To Do', assignees: ['Chen'], labels: ['Bug'], due: NOW - 1 };
const STATES: RootState[] = [
  { name: 'creating' },
  { name: 'waiting', reason: 'Trello isn’t answering.', until: NOW + 90_000, now: NOW },
  ...(['onBoard', 'finished', 'archived'] as const).flatMap((standing): RootState[] => [
    { name: 'card', standing, card: FACTS, link: 'L7f3k2', muted: false, now: NOW },
    { name: 'card', standing, card: FACTS, link: 'L7f3k2', muted: true, draws: true, now: NOW },
    { name: 'ended', standing, card: FACTS, link: 'L7f3k2', now: NOW },
  ]),
  { name: 'movedAway', url: URL, link: 'L7f3k2' },
  { name: 'deleted' },
  { name: 'failed', reason: 'Mission Control is full.', job: 'job-1' },
];
const rootIn = (state: RootState, text = 'Leak', asker: Root['asker'] = { user: 'U0ANA' }) =>
  rootMessage({ asker, requestPhrase: 'reported a bug', title: text, description: text, state }, EDITS);
/** The state with that text in place of every name and reason in it. */
function stateWith(state: RootState, text: string): RootState {
  if ('reason' in state) return { ...state, reason: text };
  if (!('card' in state)) return state;
  const many = [text, text, text, text, text];
  return { ...state, card: { ...state.card, list: text, board: text, assignees: many, labels: many } };
}
const buttonsOf = ({ blocks: [, actions] }: Message) => {
  if (actions?.type !== 'actions') return [];
  return actions.elements.flatMap((element) =>
    element.type === 'overflow'
      ? element.options.map(({ text }) => text.text)
      : 'text' in element
        ? element.text.text
        : [],
  );
};

describe('the root message, in each of its states', () => {
  const line = (state: RootState) => shown(rootIn(state)).split('\n').at(-1);
  const on = (standing: 'onBoard' | 'finished' | 'archived', muted = false): RootState => ({
    name: 'card',
    standing,
    card: FACTS,
    link: 'L7f3k2',
    muted,
    now: NOW,
  });

  it.each<[RootState, string, string, string, string[]]>([
    [
      on('onBoard'),
      'pushpin',
      'To Do · assigned to Chen · overdue since Jan 15 · label Bug',
      'In To Do, assigned to Chen.',
      [
        'Open in Trello',
        'Assign to me',
        'Move to…',
        'Comment…',
        'Due date…',
        'Mark complete',
        'Archive…',
        'Mute updates',
      ],
    ],
    [
      on('onBoard', true),
      'pushpin',
      'To Do · assigned to Chen · overdue since Jan 15 · label Bug · updates muted',
      'In To Do, assigned to Chen.',
      [
        'Open in Trello',
        'Assign to me',
        'Move to…',
        'Comment…',
        'Due date…',
        'Mark complete',
        'Archive…',
        'Unmute updates',
      ],
    ],
    [
      on('finished'),
      'white_check_mark',
      'Finished · To Do · assigned to Chen · label Bug',
      'Finished.',
      ['Open in Trello', 'Move to…', 'Comment…', 'Due date…', 'Reopen', 'Archive…', 'Mute updates'],
    ],
    [
      on('archived'),
      'file_cabinet',
      'Archived · was in To Do · assigned to Chen',
      'Archived.',
      ['Open in Trello', 'Comment…', 'Send back', 'Mute updates'],
    ],
    [
      { name: 'ended', standing: 'finished', card: FACTS, link: 'L7f3k2', now: NOW },
      'white_check_mark',
      'Finished · To Do · assigned to Chen · label Bug · updates ended',
      'Finished.',
      ['Open in Trello'],
    ],
    [
      { name: 'movedAway', url: URL, link: 'L7f3k2' },
      'pushpin',
      'Moved to another board. This thread gets no more updates.',
      'Moved to another board.',
      ['Open in Trello'],
    ],
    [
      { name: 'deleted' },
      'wastebasket',
      'Deleted in Trello. This thread gets no more updates.',
      'Deleted in Trello.',
      [],
    ],
  ])('is as it was agreed on: $name', (state, icon, words, ending, buttons) => {
    const message = rootIn(state);
    expect(pieces(message)[0]).toEqual({ type: 'emoji', name: icon });
    expect(line(state)).toBe(words);
    expect(message.text).toBe(`<@U0ANA> reported a bug: Leak. ${ending}`);
    expect(buttonsOf(message)).toEqual(buttons);
    const title = pieces(message).find(({ text }) => text === 'Leak');
    expect(title?.type).toBe(state.name === 'deleted' ? 'text' : 'link');
  });

  it('of a card whose member was drawn can have another one drawn, and asks first', () => {
    const drawn = (state: RootState) => rootIn({ ...state, draws: true } as RootState);
    const [, actions] = drawn(on('onBoard')).blocks;
    expect(actions).toMatchObject({
      elements: [
        { action_id: 'open' },
        { action_id: 'assign_me' },
        {
          action_id: 'draw_again',
          text: { text: 'Draw again' },
          value: 'L7f3k2',
          accessibility_label: 'Draw another member for the card Leak',
          confirm: {
            title: { text: 'Draw again?' },
            text: { text: 'Another member of the board gets this card in place of the one who was drawn.' },
            confirm: { text: 'Draw again' },
            deny: { text: 'Keep it' },
          },
        },
        { action_id: 'move' },
        { options: { length: 5 } },
      ],
    });
    for (const standing of ['finished', 'archived'] as const) {
      expect(buttonsOf(drawn(on(standing)))).not.toContain('Draw again');
    }
    const actionsOf = (card: Partial<Card>) => buttonsOf(root(withCard(card)));
    expect(actionsOf({ drawn: { id: 'm1', from: 4 } })).toContain('Draw again');
    expect(actionsOf({})).not.toContain('Draw again');
  });

  it('names three of many people, and says of a long line that updates are muted, too', () => {
    const text = 'A long name of a list or of a person'.repeat(3);
    const words = line(stateWith(on('onBoard', true), text)) ?? '';
    expect(words).toHaveLength(200);
    expect(words).toMatch(/… · updates muted$/);
    const five = { ...FACTS, assignees: ['Ana', 'Bruno', 'Chen', 'Dee', 'Eli'] };
    expect(line({ ...on('archived'), card: five } as RootState)).toBe(
      'Archived · was in To Do · assigned to Ana, Bruno, Chen and 2 others',
    );
  });

  it.each(EXTREMES)('is text, whatever is in it: $name', ({ text }) => {
    for (const state of STATES) {
      for (const asker of [{ user: 'U0ANA' }, 'you'] as const) {
        const message = rootIn(stateWith(state, text), text, asker);
        expectText(message);
        const lengths = richTextOf(message).elements.map(({ elements }) =>
          (elements as { text?: string; name?: string }[]).reduce(
            (sum, { text: words, name }) => sum + (words ?? (name ? `:${name}:` : '')).length,
            0,
          ),
        );
        const [head = 0, ...rest] = lengths;
        expect(head).toBeLessThanOrEqual(150 + ':hourglass_flowing_sand: You reported a bug: \n'.length);
        for (const paragraph of rest) expect(paragraph).toBeLessThanOrEqual(300);
      }
    }
  });
});

describe('a line of the board’s news', () => {
  const paragraphs: ((text: string) => Paragraph)[] = [
    (text) => ({ line: [`${text} moved it to `, { bold: text }] }),
    (text) => ({
      line: [`${text} commented:`],
      quote: text,
      more: { link: URL, label: 'Read all of it in Trello' },
    }),
    (text) => ({ line: [`${text} attached `, { link: URL, label: text }, ` (${text})`] }),
    (text) => ({
      line: ['From ', { day: NOW }, ', ', { time: NOW }, ':'],
      list: [[text, { bold: text }], [text]],
      quote: text,
    }),
  ];

  it('has a gap around what is more than a line, and none between lines', () => {
    const [one, two] = [{ line: ['Chen archived it'] }, { line: ['Ana is now assigned'] }];
    const comment = { line: ['Ana commented:'], quote: 'Why?' };
    const { blocks } = lineMessage({ title: 'Leak', paragraphs: [one, two, comment, comment, one] });
    expect(blocks.map((block) => (block.type === 'rich_text' ? block.elements.length : 0))).toEqual([
      2, 2, 2, 1,
    ]);
  });

  it('has the title in front in a notification, and its paragraphs after each other', () => {
    expect(
      lineMessage({
        title: 'Leak',
        paragraphs: [
          { line: ['Chen moved it to ', { bold: 'Doing' }] },
          { line: ['Ana commented:'], quote: 'Why?\n\nHow?' },
        ],
      }).text,
    ).toBe('Leak: Chen moved it to Doing; Ana commented: Why? How?');
    expect(lineMessage({ title: 'Leak', paragraphs: [], summary: '14 updates, now in Review' }).text).toBe(
      'Leak: 14 updates, now in Review',
    );
  });

  it.each(EXTREMES)('is text, whatever is in it: $name', ({ text }) => {
    for (const paragraph of paragraphs)
      expectText(lineMessage({ title: text, paragraphs: [paragraph(text)] }));
    expectText(
      lineMessage({ title: text, paragraphs: paragraphs.map((paragraph) => paragraph(text)), summary: text }),
    );
  });
});

describe('text from people', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.constantFrom('<!channel>', '<@U123>', '*bold*', '<https://evil.example|here>', '@here', '```', '&lt;'),
    fc.constantFrom(
      '\u202etxt',
      '\u2066a',
      'שלום',
      'x'.repeat(3_000),
      '<!channel> '.repeat(300),
      'مرحبا '.repeat(100),
    ),
  );

  it.each(KINDS.map(({ type, label }) => ({ type, label })))(
    'is never markup, in every state of a $type: it pings nobody, links nowhere and stays within the limits',
    (kind) => {
      fc.assert(
        fc.property(nasty, nasty, nasty, (title, description, name) => {
          const typedText: Partial<CardRequest> = {
            kind,
            draft: { title, description, labels: [], assign: 'nobody' },
            origin: { ...origin, name },
          };
          const drawn = { id: 'm1', from: 1_600 };
          const done = withCard(
            { title, list: name, assignee: name, labels: [name, name], drawn },
            typedText,
          );
          const why = { ...failure, reason: `Trello didn’t accept this card: “${name}”. Change it.` };
          const messages = [
            root(job({}, typedText)),
            root(job({ waiting: { code: 'x', reason: why.reason, until: NOW } }, typedText)),
            root(done),
            root(job({ failure: why }, typedText)),
            root(done, { direct: true, refusal: 'is_archived' }),
            reply(done, { now: NOW + 100_000 }),
            reply(job({ failure: why }, typedText), { triedAgainAt: NOW }),
            ...[{}, { failure: why }, done].map((state) => root(byProgram(name, state, typedText))),
            reply(byProgram(name, { failure: why }, typedText)),
          ];
          for (const message of messages) expectText(message);
        }),
        { numRuns: 100 },
      );
    },
  );

  it('shows the emoji that were chosen while it was typed, in title and description, and nothing else', () => {
    const draft = {
      title: 'Launch :rocket:',
      description: ':tada::+1::skin-tone-3: at 10:30:45, a::b::c',
      labels: [],
      assign: 'nobody',
    } as const;
    const message = root(withCard({}, { draft }));
    expect(pieces(message).filter(({ type }) => type === 'emoji')).toEqual([
      { type: 'emoji', name: 'pushpin' },
      { type: 'emoji', name: 'rocket' },
      { type: 'emoji', name: 'tada' },
      { type: 'emoji', name: '+1', skin_tone: 3 },
    ]);
    expect(pieces(message)).toContainEqual({ type: 'text', text: ' at 10:30:45, a::b::c' });
    expect(pieces(message).filter(({ type }) => type === 'link')).toEqual([
      { type: 'link', url: URL, text: 'Launch ', style: { bold: true } },
    ]);
    expect(pieces(reply(withCard({ title: ':rocket: up', list: ':x:', assignee: ':y:' })))).toEqual([
      { type: 'emoji', name: 'rocket' },
      { type: 'text', text: ' up', style: { bold: true } },
      expect.anything(),
      expect.objectContaining({ type: 'link' }),
      { type: 'text', text: '\nList :x:' },
      { type: 'text', text: ' · assigned to :y:' },
      expect.anything(),
    ]);
  });

  it('of emoji alone is still a link to its card', () => {
    const draft = { title: ':rocket:', description: '', labels: [], assign: 'nobody' } as const;
    expect(pieces(root(withCard({}, { draft })))).toContainEqual({
      type: 'link',
      url: URL,
      text: ':rocket:',
      style: { bold: true },
    });
  });

  it('comes back from its emoji as it was typed', () => {
    const text = fc
      .array(fc.constantFrom(':rocket:', ':+1:', ':', '::', ' ', 'a', '10:30', ':skin-tone-3:'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (content) => {
        const back = withEmoji(content)
          .map((piece) => {
            if (typeof piece === 'string') return piece;
            const { name, skin_tone: tone } = piece as { name: string; skin_tone?: number };
            return `:${name}:${tone ? `:skin-tone-${tone}:` : ''}`;
          })
          .join('');
        expect(back).toBe(content);
      }),
    );
  });

  it('cannot turn around the sentence it stands in', () => {
    expect(typed('abc\u202edef', 20)).toBe('abcdef');
    expect(typed('שלום', 20)).toBe('\u2068שלום\u2069');
    expect(typed('ש'.repeat(30), 20)).toHaveLength(20);
    expect(typed('abc', 20)).toBe('abc');
  });

  it('is cut without halving a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, length) => {
        const cut = clip(text, length);
        expect(cut.length).toBeLessThanOrEqual(length);
        expect(cut.isWellFormed()).toBe(text.isWellFormed());
      }),
    );
    expect(clip('👩‍🚀👩‍🚀', 8)).toBe('👩‍🚀…');
  });

  it('comes back from its escaped form', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const back = escapeText(text)
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&amp;', '&');
        expect(back).toBe(text);
      }),
    );
  });
});

it('the hint where somebody asked says where the updates come', () => {
  const asked = { ...origin, channel: 'D1', channelName: 'directmessage', refusal: 'channel_not_found' };
  expect(directNote(asked, 'app', 'come as a direct message from this app')).toEqual([
    'You asked in a direct message that apps can’t join, so updates come as a direct message from this app.',
  ]);
  const words = (channel: string, channelName: string, refusal: string) =>
    plainText(
      directNote({ channel, channelName, refusal, message: { ts: '1.0' } }, 'app', 'come here') ?? [],
    );
  expect([
    words('D1', 'directmessage', 'channel_not_found'),
    words('G1', 'mpdm-ana--bruno-1', 'channel_not_found'),
    words('C1', 'privategroup', 'channel_not_found'),
    words('C1', 'apollo', 'is_archived'),
  ]).toEqual([
    'This message’s thread is in a direct message that apps can’t join, so updates come here.',
    'This app isn’t in the conversation of this message’s thread, so updates come here. To get the next ones there, type /invite @app in it.',
    'This app isn’t in <#C1> yet, so updates come here and not to this message’s thread. To get the next ones there, type /invite @app in that channel.',
    'This app can’t post in this message’s thread in <#C1>, so updates come here.',
  ]);
  const nowhere = { ...asked, channel: undefined };
  expect(directNote(nowhere, 'app', 'come as a direct message from this app')).toBeUndefined();
});
