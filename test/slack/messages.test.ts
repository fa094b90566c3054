import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Card, CardJob } from '../../src/flows/create-card/job.ts';
import { clip, escapeText } from '../../src/slack/messages/rich-text.ts';
import { answer, type Message, rootMessage } from '../../src/slack/messages/task.ts';
import { jobFromSlack } from '../support/job.ts';

const card: Card = {
  id: 'c1',
  title: 'Send message',
  url: 'https://trello.com/c/AbCd1234',
  list: 'To Do',
  labels: ['Bug'],
  assignee: 'Ada Lovelace',
};

/** Every text that stands in a message as text, in order. */
function textOf(message: Message): string {
  const pieces: string[] = [];
  JSON.stringify(message.blocks, (key, value: unknown) => {
    if (key === 'text' && typeof value === 'string') pieces.push(value);
    return value;
  });
  return pieces.join('');
}

/** The types of all pieces: what a message can do beside showing text. */
function piecesOf(message: Message): string[] {
  return message.blocks.flatMap((block) =>
    block.type === 'rich_text'
      ? block.elements.flatMap((element) => element.elements.map((piece) => piece.type as string))
      : [block.type],
  );
}

describe('the root message', () => {
  it('says who asked for what', () => {
    const message = rootMessage(jobFromSlack(), { direct: false });
    expect(message.text).toBe('ana asked for an issue: Send message');
    expect(textOf(message)).toContain(' asked for an issue: Send message');
    expect(textOf(message)).toContain('Let pilots send messages');
    expect(textOf(message)).toContain('Making the card…');
  });

  it.each<[string, Partial<CardJob>, string]>([
    ['done', { status: 'done', steps: { card: { result: card } } }, 'On the board: Send message'],
    [
      'failed',
      { status: 'failed', failure: { step: 'card', code: 'x', reason: 'No.' } },
      'No card. The reason is in the thread.',
    ],
    [
      'waiting',
      { waiting: { code: 'x', reason: 'Trello is busy.', until: 1_800_000_000_000 } },
      'Waiting. Trello is busy.',
    ],
  ])('shows that the job is %s', (_, changes, shown) => {
    expect(textOf(rootMessage(jobFromSlack(changes), { direct: false }))).toContain(shown);
  });

  it('says how to invite the app when it had to write to the person', () => {
    const message = rootMessage(jobFromSlack(), { direct: true });
    expect(textOf(message)).toContain('/invite');
    expect(piecesOf(message)).toContain('channel');
  });

  it('shows a long title and description in part', () => {
    const draft = {
      title: 't'.repeat(3_000),
      description: 'd'.repeat(3_000),
      labels: [],
      assign: 'nobody' as const,
    };
    const shown = textOf(rootMessage(jobFromSlack({}, { draft }), { direct: false }));
    expect(shown.length).toBeLessThan(600);
    expect(shown).toContain('…');
  });
});

describe('the answer', () => {
  it('gives the link, the list, the label and the person', () => {
    const message = answer(jobFromSlack({ status: 'done', steps: { card: { result: card } } }));
    expect(JSON.stringify(message.blocks)).toContain('"url":"https://trello.com/c/AbCd1234"');
    expect(textOf(message)).toContain('List: To Do  ·  Label: Bug  ·  Assigned to: Ada Lovelace');
  });

  it('gives the reason and the reference when there is no card', () => {
    const failure = {
      step: 'card',
      code: 'x',
      reason: 'The Trello board “M” has no label “Bug”. Add that label to the board.',
    };
    const shown = textOf(answer(jobFromSlack({ failure })));
    expect(shown).toContain(failure.reason);
    expect(shown).toContain('abcdefghjkmn');
  });
});

describe('text from people', () => {
  it('is never markup: it pings nobody, links nowhere and breaks nothing', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '<!channel>',
        '<@U123>',
        '*bold*',
        '<https://evil.example|here>',
        '@here',
        '```',
        ':tada:',
        '&lt;',
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, (title, description, name) => {
        const job = jobFromSlack(
          { steps: { card: { result: { ...card, title } } }, status: 'done' },
          {
            draft: { title, description, labels: [], assign: 'nobody' },
            origin: { source: 'slack', team: 'T1', channel: 'C1', user: 'U1', name },
          },
        );
        for (const message of [rootMessage(job, { direct: false }), answer(job)]) {
          expect(message.text).not.toMatch(/[<>]/);
          expect(message.text).not.toMatch(/&(?!amp;|lt;|gt;)/);
          for (const type of piecesOf(message)) expect(['text', 'user', 'emoji', 'link']).toContain(type);
          expect(textOf(message)).toContain(clip(title, 150));
          const links = JSON.stringify(message.blocks).match(/"url":"[^"]*"/g) ?? [];
          for (const link of links) expect(link).toBe('"url":"https://trello.com/c/AbCd1234"');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is cut without halving a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 40 }), (text, length) => {
        const cut = clip(text, length);
        expect(cut.length).toBeLessThanOrEqual(length);
        expect(cut.isWellFormed()).toBe(true);
      }),
    );
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
