import type { ViewOutput } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { problemsOfMessageBlocks, problemsOfView } from '../../sandbox/slack/blocks/validate.ts';
import type { SimilarCard } from '../../src/flows/create-card/ports.ts';
import { followingForm, similarForm, similarFormAgain } from '../../src/slack/messages/similar-form.ts';
import { answer, jobRoot } from '../../src/slack/messages/task.ts';
import { readTaskMetadata } from '../../src/slack/messages/task-form.ts';
import { jobFromSlack } from '../support/job.ts';

const METADATA = { channel: 'C1', channelName: 'mission-control', responseUrl: 'https://hooks.slack.com/x' };
const CARD: SimilarCard = {
  id: '65f000000000000000000001',
  title: 'Cockpit loses pressure',
  url: 'https://trello.com/c/p3Rt91Lm',
  list: 'Doing',
  assignees: ['Chen'],
  openedAt: Date.UTC(2031, 10, 20),
};
const NASTY = [
  '<!channel> ',
  '*bold* ',
  ':tada: ',
  '\u202Eabc ',
  'שלום ',
  '👩‍👩‍👧 ',
  '`code` ',
  '<https://evil|x> ',
];
const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
/** Every text that Slack reads as markup. */
const markup = (value: unknown): unknown[] =>
  Array.isArray(value)
    ? value.flatMap(markup)
    : typeof value !== 'object' || value === null
      ? []
      : 'type' in value && value.type === 'mrkdwn'
        ? [value]
        : Object.values(value).flatMap(markup);

describe('the view with similar cards', () => {
  it('shows each with where it stands, a button for it, and what else can be done', () => {
    const form = similarForm([CARD], METADATA);
    expect(form).toMatchObject({
      callback_id: 'similar',
      title: plain('Similar cards'),
      submit: plain('Create anyway'),
      close: plain('Back'),
    });
    expect(form.blocks).toEqual([
      {
        type: 'section',
        text: plain(
          'Is it one of these? Following one sends its updates here, and no second card is created.',
        ),
      },
      {
        type: 'rich_text',
        block_id: `similar:${CARD.id}`,
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'link', url: CARD.url, text: CARD.title, style: { bold: true } },
              { type: 'text', text: '\n' },
              { type: 'text', text: 'Doing · assigned to Chen · opened ' },
              {
                type: 'date',
                timestamp: CARD.openedAt / 1_000,
                format: '{date_short_pretty}',
                fallback: 'Nov 20',
              },
            ],
          },
        ],
      },
      {
        type: 'actions',
        block_id: `follow:${CARD.id}`,
        elements: [
          {
            type: 'button',
            action_id: 'follow',
            value: CARD.id,
            text: plain('Follow this one'),
            accessibility_label: 'Follow the card Cockpit loses pressure',
          },
        ],
      },
    ]);
    expect(readTaskMetadata({ private_metadata: form.private_metadata ?? '' })).toEqual(METADATA);
  });

  it('says what was not done in place of the question, without a card that is gone', () => {
    const other = { ...CARD, id: '65f000000000000000000002', title: 'Other' };
    const form = similarForm([CARD, other], METADATA);
    const shown = { blocks: form.blocks as ViewOutput['blocks'] };
    expect(similarFormAgain(shown, METADATA, 'No.')).toEqual({
      ...form,
      blocks: [{ type: 'section', text: plain('No.') }, ...form.blocks.slice(1)],
    });
    expect(similarFormAgain(shown, METADATA, 'No.', CARD.id).blocks).toEqual([
      { type: 'section', text: plain('No.') },
      ...form.blocks.slice(3),
    ]);
  });

  it.each([
    ['mission-control', 'come to a thread in #mission-control.'],
    ['directmessage', 'come as a direct message from this app.'],
    ['privategroup', 'come to a thread in this channel, or as a direct message if this app isn’t in it.'],
  ])('after following in %s says where the updates come, and closes with the form', (channelName, words) => {
    const form = followingForm(CARD, { ...METADATA, channelName });
    expect(form).toMatchObject({ title: plain('Following'), close: plain('Done'), clear_on_close: true });
    expect(form).not.toHaveProperty('submit');
    const text = JSON.stringify(form.blocks);
    expect(text).toContain(`. Its updates ${words}`);
    expect(text).toContain('You follow ');
  });

  it.each(NASTY)('is within Slack’s limits and text alone, with titles and names full of %j', (part) => {
    const long = part.repeat(400).slice(0, 16_384);
    const card = { ...CARD, title: long, list: long, assignees: Array(50).fill(long) };
    const three = [1, 2, 3].map((number) => ({ ...card, id: `65f00000000000000000000${number}` }));
    for (const form of [similarForm(three, METADATA), followingForm(card, METADATA)]) {
      expect(problemsOfView(form, 'modal')).toEqual([]);
      expect(markup(form)).toEqual([]);
      expect(JSON.stringify(form)).not.toContain('\u202E');
    }
  });
});

describe('the messages of a card that is followed', () => {
  const followed = { at: 0, standing: 'onBoard', assignees: ['Chen', 'Ana Lima'], due: null } as const;
  const card = { id: 'c1', title: CARD.title, url: CARD.url, list: 'Doing', labels: ['Bug'], followed };
  const follow = { id: 'c1', title: 'Its title then', words: 'The cockpit\nloses pressure' };
  const RENDER = { app: 'bridge', board: undefined, edits: [], now: 1_800_000_000_000 };
  const asking = (steps: object, changes = {}) =>
    jobFromSlack({ steps: steps as never, ...changes }, { follow });

  it('say who asked about the same, quote their words and show how it stands', () => {
    const root = JSON.stringify(jobRoot(asking({ card: { result: card } }), { direct: false }, RENDER));
    expect(root).toContain(' asked about the same: ');
    expect(root).toContain('The cockpit\\nloses pressure');
    expect(root).toContain(' · assigned to Chen and Ana Lima');
    expect(root).toContain(' · label Bug');
    expect(root).not.toContain('Send message');
    const pending = JSON.stringify(jobRoot(asking({}), { direct: false }, RENDER));
    expect(pending).toContain('Following the card…');
    expect(pending).toContain('Its title then');
  });

  it('confirm it in the thread, with a mention when that is late', () => {
    const now = 1_800_000_000_000;
    const job = asking({ card: { result: card } });
    const inTime = answer(job, { ts: String(now / 1_000) }, { isFirst: false, now });
    expect(inTime.text).toBe('You follow Cockpit loses pressure: https://trello.com/c/p3Rt91Lm');
    expect(JSON.stringify(inTime.blocks)).toContain('. The card’s people can see that you asked.');
    const late = answer(job, { ts: '1.0' }, { isFirst: false, now });
    expect(late.text).toBe('<@U1>, you follow Cockpit loses pressure: https://trello.com/c/p3Rt91Lm');
  });

  it.each(NASTY)('are within Slack’s limits and text alone, with %j', (part) => {
    const long = part.repeat(400).slice(0, 16_384);
    const extreme = { ...card, title: long, list: long, labels: Array(100).fill(long) };
    const facts = { ...followed, assignees: Array(50).fill(long), standing: 'archived' as const };
    const job = asking({ card: { result: { ...extreme, followed: facts } } });
    job.state.follow = { id: 'c1', title: long, words: long };
    const messages = [
      jobRoot(job, { direct: false }, RENDER),
      answer(job, { ts: '1.0' }, { isFirst: true, now: RENDER.now }),
    ];
    for (const { text, blocks } of messages) {
      expect(problemsOfMessageBlocks(blocks)).toEqual([]);
      expect(markup(blocks)).toEqual([]);
      expect(text.length).toBeLessThanOrEqual(200);
      expect(text).not.toContain('<!');
    }
  });
});
