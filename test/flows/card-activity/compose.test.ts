import { describe, expect, it } from 'vitest';
import { compose } from '../../../src/flows/card-activity/compose.ts';
import { asMade } from '../../../src/flows/card-activity/link.ts';
import type { Paragraph, Piece } from '../../../src/flows/card-activity/message.ts';
import {
  type ActionData,
  type Author,
  commentParagraph,
  NEWS,
  type News,
} from '../../../src/flows/card-activity/news.ts';

const URL = 'https://trello.com/c/x8Kd02Qa';
const CHEN = { id: 'chen', name: 'Chen' };
const ANA = { id: 'ana', name: 'Ana' };
const BRUNO = { id: 'bruno', name: 'Bruno' };
const [TO_DO, DOING, DONE] = ['To Do', 'Doing', 'Done'].map((name) => ({ id: name.toLowerCase(), name }));
const card = asMade(
  { card: 'card', board: 'mission', url: URL, request: { title: 'Leak' } },
  { list: { id: 'review', name: 'Review', closed: false } },
);
const NOV_28 = '2026-11-28T12:00:00.000Z';
const NOV_30 = '2026-11-30T18:30:00.000Z';

/** One action of the board's history, with the list Review unless it says another. */
type Act = [by: Author, type: string, data: ActionData];
const update = (by: Author, card: object, old: object, list = DOING): Act => [
  by,
  'updateCard',
  { card: { id: 'card', ...card }, old: { ...old }, ...(list && { list }) },
];
const moved = (by: Author, from = TO_DO, to = DOING): Act => [
  by,
  'updateCard',
  {
    ...(from && { listBefore: from }),
    ...(to && { listAfter: to }),
    old: { idList: from?.id },
    card: { id: 'card' },
  },
];
const completed = (by: Author, to = true) => update(by, { dueComplete: to }, { dueComplete: !to });
const archived = (by: Author, to = true) => update(by, { closed: to }, { closed: !to });
const listArchived = (by: Author, to = true): Act => [
  by,
  'updateList',
  { list: { id: 'doing', name: 'Doing', closed: to }, old: { closed: !to } },
];
const deleted = (by: Author): Act => [by, 'deleteCard', { card: { id: 'card' } }];
const toBoard = (by: Author, id: string): Act => [by, 'moveCardFromBoard', { boardTarget: { id } }];
const assigned = (by: Author, member: { id: string; name: string }): Act => [
  by,
  'addMemberToCard',
  { member },
];
const takenOff = (by: Author, member: { id: string; name: string }): Act => [
  by,
  'removeMemberFromCard',
  { member },
];
const due = (by: Author, from: string | null, to: string | null) => update(by, { due: to }, { due: from });
const attached = (by: Author, name: string, url: string): Act => [
  by,
  'addAttachmentToCard',
  { attachment: { name, url } },
];
const commented = (by: Author, text: string): Act => [by, 'commentCard', { text }];

/** The news of these actions, a second apart, as the board's reading finds them. */
function newsOf(acts: readonly Act[], more: Partial<News> = {}): News[] {
  return acts.flatMap(([by, type, data], place) =>
    NEWS.flatMap((entry) => {
      const read = entry.read?.(data, type);
      const at = 1_800_000_000_000 + place * 1_000;
      return read === undefined
        ? []
        : [{ id: `action-${place}`, kind: entry.kind, at, by, data: read, ...more }];
    }),
  );
}

const told = (news: readonly News[]) =>
  compose(NEWS, news, {
    card,
    isDoneList: (list) => list === 'Done',
    boardName: (id) => (id === 'ground' ? 'Ground Control' : undefined),
  }).message;

const date = (milliseconds: number, options: Intl.DateTimeFormatOptions) =>
  new Date(milliseconds).toLocaleString('en-US', { ...options, timeZone: 'UTC' });
function word(piece: Piece): string {
  if (typeof piece === 'string') return piece;
  if ('bold' in piece) return `**${piece.bold}**`;
  if ('link' in piece) return `[${piece.label}](${piece.link})`;
  return 'day' in piece
    ? date(piece.day, { month: 'short', day: 'numeric' })
    : date(piece.time, { hour: 'numeric', minute: '2-digit' });
}
const words = (pieces: readonly Piece[]) => pieces.map(word).join('');
const lines = ({ line, list = [], quote, more }: Paragraph) => [
  words(line),
  ...list.map((item) => `• ${words(item)}`),
  ...(quote === undefined ? [] : quote.split('\n').map((one) => `┃ ${one}`)),
  ...(more ? [word(more)] : []),
];
/** What the thread says of these actions, a line each. */
const said = (...acts: Act[]) => told(newsOf(acts))?.paragraphs.flatMap(lines) ?? [];

describe('a line says', () => {
  it.each<[string, string, Act[]]>([
    ['a move', 'Chen moved it to **Doing**', [moved(CHEN)]],
    [
      'the last of several moves',
      'Chen moved it to **Review**',
      [moved(CHEN), moved(CHEN, DOING, card.list)],
    ],
    [
      'a move to another board of this app',
      'Chen moved it to **Review** on Ground Control',
      [toBoard(CHEN, 'ground')],
    ],
    [
      'a move to an unknown board',
      'Chen moved it to a board that this app doesn’t know. This thread gets no more updates.',
      [toBoard(CHEN, 'secret')],
    ],
    ['that it is complete', 'Chen marked it complete', [completed(CHEN)]],
    [
      'that it is complete, with a move',
      'Chen marked it complete and moved it to **Done**',
      [moved(CHEN, DOING, DONE), completed(CHEN)],
    ],
    ['a move to the done list', 'Chen moved it to **Done**: finished', [moved(CHEN, DOING, DONE)]],
    ['that it is open again', 'Chen reopened it', [completed(CHEN, false)]],
    [
      'that it is open again by a move',
      'Chen moved it back to **Doing**: open again',
      [moved(CHEN, DONE, DOING)],
    ],
    ['that it was archived', 'Chen archived it', [archived(CHEN)]],
    [
      'that its list was archived',
      'Chen archived the list **Doing** with this card in it',
      [listArchived(CHEN)],
    ],
    [
      'that its list came back',
      'Chen sent the list **Doing** back with this card in it',
      [listArchived(CHEN, false)],
    ],
    ['that it was sent back', 'Chen sent it back to **Doing**', [archived(CHEN, false)]],
    [
      'where a card went that was sent back and moved',
      'Chen moved it to **Doing** and sent it back',
      [archived(CHEN, false), moved(CHEN)],
    ],
    ['that it was deleted', 'Chen deleted the card. This thread gets no more updates.', [deleted(CHEN)]],
    [
      'that nobody known deleted it',
      'The card was deleted. This thread gets no more updates.',
      [deleted({ name: '' })],
    ],
    ['who was assigned', 'Chen assigned Bruno', [assigned(CHEN, BRUNO)]],
    ['two who were assigned', 'Chen assigned Ana and Bruno', [assigned(CHEN, ANA), assigned(CHEN, BRUNO)]],
    [
      'three who were assigned',
      'Chen assigned Ana, Bruno and Dee',
      [ANA, BRUNO, { id: 'dee', name: 'Dee' }].map((member) => assigned(CHEN, member)),
    ],
    [
      'more than three by their number',
      'Chen assigned Ana, Bruno and 2 others',
      [ANA, BRUNO, { id: 'dee', name: 'Dee' }, { id: 'eli', name: 'Eli' }].map((member) =>
        assigned(CHEN, member),
      ),
    ],
    ['who took it', 'Chen is now assigned', [assigned(CHEN, CHEN)]],
    ['who was taken off', 'Chen unassigned Bruno', [takenOff(CHEN, BRUNO)]],
    ['who let go of it', 'Chen is no longer assigned', [takenOff(CHEN, CHEN)]],
    ['who was replaced', 'Chen assigned Ana instead of Bruno', [takenOff(CHEN, BRUNO), assigned(CHEN, ANA)]],
    [
      'who took it in place of another',
      'Chen unassigned Bruno and is now assigned',
      [takenOff(CHEN, BRUNO), assigned(CHEN, CHEN)],
    ],
    [
      'who handed it on',
      'Chen assigned Ana and is no longer assigned',
      [takenOff(CHEN, CHEN), assigned(CHEN, ANA)],
    ],
    ['a due date that was set', 'Chen set the due date to Nov 28 at 12:00 PM', [due(CHEN, null, NOV_28)]],
    [
      'a due date that was changed',
      'Chen moved the due date from Nov 28 at 12:00 PM to Nov 30 at 6:30 PM',
      [due(CHEN, NOV_28, NOV_30)],
    ],
    ['a due date that was removed', 'Chen removed the due date', [due(CHEN, NOV_28, null)]],
    [
      'a file',
      'Chen attached [valve.png](https://trello.com/1/cards/c/attachments/a/download/valve.png)',
      [attached(CHEN, 'valve.png', 'https://trello.com/1/cards/c/attachments/a/download/valve.png')],
    ],
    [
      'a file that is elsewhere, with its host',
      'Chen attached [Valve](https://files.example.com/v) (files.example.com)',
      [attached(CHEN, 'Valve', 'https://files.example.com/v')],
    ],
    [
      'of two files both',
      'Chen attached [a.png](https://trello.com/a) and [b.png](https://trello.com/b)',
      [attached(CHEN, 'a.png', 'https://trello.com/a'), attached(CHEN, 'b.png', 'https://trello.com/b')],
    ],
    [
      'of many files the first two',
      'Chen attached [1](https://trello.com/1), [2](https://trello.com/2) and 4 more',
      ['1', '2', '3', '4', '5', '6'].map((name) => attached(CHEN, name, `https://trello.com/${name}`)),
    ],
    ['a file that is no page by its name alone', 'Chen attached call', [attached(CHEN, 'call', 'tel:123')]],
    [
      'a file of a protocol that is almost one of the web’s by its name alone',
      'Chen attached call',
      [attached(CHEN, 'call', 'xhttps://trello.com/a')],
    ],
    [
      'a file that is elsewhere, without encryption',
      'Chen attached [a](http://files.example.com/a) (files.example.com)',
      [attached(CHEN, 'a', 'http://files.example.com/a')],
    ],
    [
      'the host of a file that only begins like Trello',
      'Chen attached [a](https://trello.com.evil.example/a) (trello.com.evil.example)',
      [attached(CHEN, 'a', 'https://trello.com.evil.example/a')],
    ],
    [
      'a file by a name that has an address in it',
      'Chen attached [see www.trello.com](https://trello.com/a)',
      [attached(CHEN, 'see www.trello.com', 'https://trello.com/a')],
    ],
    ['that nobody known did it', 'Someone on the board archived it', [archived({ id: 'gone', name: '' })]],
    ['that an automation did it', 'An automation moved it to **Doing**', [moved({ name: '' })]],
  ])('%s', (_, line, acts) => expect(said(...acts)).toEqual([line]));

  it.each([
    'https://trello.com/c/1',
    'www.trello.com',
    ' www.trello.com',
    'trello.com/c/1',
    'docs.trello.com/c/1',
    'mailto:ana@example.com',
    ' ',
  ])('the true address of a file that is named %j', (name) =>
    expect(said(attached(CHEN, name, 'https://evil.example/x'))).toEqual([
      'Chen attached [https://evil.example/x](https://evil.example/x)',
    ]),
  );

  it.each<[string, Act[]]>([
    ['a move there and back', [moved(CHEN), moved(ANA, DOING, TO_DO)]],
    ['somebody who was assigned and taken off again', [assigned(CHEN, BRUNO), takenOff(ANA, BRUNO)]],
    ['what was archived and sent back', [archived(CHEN), archived(CHEN, false)]],
    ['what was complete and open again', [completed(CHEN), completed(CHEN, false)]],
    ['a due date that came and went', [due(CHEN, null, NOV_28), due(CHEN, NOV_28, null)]],
    ['a list that was archived and came back', [listArchived(CHEN), listArchived(CHEN, false)]],
    ['another name', [update(CHEN, {}, { name: 'Leak' })]],
    ['other labels', [update(CHEN, {}, { idLabels: [] })]],
    [
      'a description, a place in the list, a cover',
      [update(CHEN, {}, { desc: '' }), update(CHEN, {}, { pos: 1 }), update(CHEN, {}, { cover: {} })],
    ],
    [
      'checklists and votes',
      [
        [CHEN, 'updateCheckItemStateOnCard', {}],
        [CHEN, 'voteOnCard', {}],
      ],
    ],
  ])('nothing of %s', (_, acts) => expect(told(newsOf(acts))).toBeUndefined());
});

describe('of the board’s history', () => {
  const kinds = (...acts: Act[]) => newsOf(acts).map(({ kind }) => kind);
  const renamed = update(CHEN, {}, { name: 'Leak' });
  const labelled = update(CHEN, {}, { idLabels: [] });

  it('a new name and labels are news, for the root message alone', () => {
    expect(kinds(renamed)).toEqual(['name']);
    expect(kinds(labelled)).toEqual(['labels']);
    expect(kinds(update(CHEN, { desc: 'b' }, { desc: 'a' }))).toEqual([]);
  });

  it.each([
    moved(CHEN),
    completed(CHEN),
    archived(CHEN),
    listArchived(CHEN),
    deleted(CHEN),
    toBoard(CHEN, 'ground'),
    assigned(CHEN, ANA),
    due(CHEN, null, NOV_28),
    attached(CHEN, 'a', 'https://trello.com/a'),
    commented(CHEN, 'Cold.'),
    renamed,
    labelled,
  ])('what another type of action says with the same fields is no news: %#', (by, type, data) => {
    expect(kinds([by, type, data])).toHaveLength(1);
    expect(kinds([by, 'copyCard', data])).toEqual([]);
  });

  it.each<[string, ActionData]>([
    ['updateCard', { listBefore: ANA }],
    ['updateCard', { listAfter: ANA }],
    ['updateList', { old: { closed: false } }],
    ['moveCardFromBoard', {}],
    ['addMemberToCard', {}],
    ['addAttachmentToCard', {}],
    ['commentCard', {}],
  ])('an action of the type %s without its subject is no news', (type, data) => {
    expect(kinds([CHEN, type, data])).toEqual([]);
  });
});

describe('news that are told together', () => {
  it('are one sentence of one person: state, people, due date, attachments', () => {
    expect(
      said(
        attached(CHEN, 'a', 'https://trello.com/a'),
        due(CHEN, null, NOV_28),
        assigned(CHEN, ANA),
        moved(CHEN, DOING, DONE),
      ),
    ).toEqual([
      'Chen moved it to **Done**, assigned Ana, set the due date to Nov 28 at 12:00 PM and attached [a](https://trello.com/a)',
    ]);
  });

  it('are a line for each person, in order of their last act', () => {
    expect(said(moved(CHEN), assigned(ANA, ANA), due(CHEN, null, NOV_28), archived(BRUNO))).toEqual([
      'Ana is now assigned',
      'Chen moved it to **Doing** and set the due date to Nov 28 at 12:00 PM',
      'Bruno archived it',
    ]);
  });

  it('are a line for each of two persons of the same name', () => {
    expect(said(moved(CHEN), archived({ id: 'another', name: 'Chen' }))).toEqual([
      'Chen moved it to **Doing**',
      'Chen archived it',
    ]);
  });

  it.each<[string, Act[], string]>([
    [
      'a deletion',
      [deleted(CHEN), deleted({ name: '' })],
      'The card was deleted. This thread gets no more updates.',
    ],
    [
      'a board',
      [toBoard(CHEN, 'secret'), toBoard(ANA, 'ground')],
      'Ana moved it to **Review** on Ground Control',
    ],
  ])('say the last of %s that came twice', (_, acts, line) => {
    expect(said(...acts)).toEqual([line]);
  });

  it('have a paragraph for each comment, at its time', () => {
    const { message, comments } = compose(
      NEWS,
      newsOf([moved(CHEN), commented(ANA, 'Why?'), commented(CHEN, 'Cold.')]),
      {
        card,
        isDoneList: () => false,
        boardName: () => undefined,
      },
    );
    expect(message?.paragraphs.flatMap(lines)).toEqual([
      'Chen moved it to **Doing**',
      'Ana commented:',
      '┃ Why?',
      'Chen commented:',
      '┃ Cold.',
    ]);
    expect(comments).toEqual([
      { id: 'action-1', author: 'Ana', place: 1 },
      { id: 'action-2', author: 'Chen', place: 2 },
    ]);
  });

  it('begin their notification with the title', () => {
    expect(told(newsOf([moved(CHEN)]))).toMatchObject({ title: 'Leak' });
  });
});

describe('a comment', () => {
  const comment = (text: string, edited = false) =>
    lines(commentParagraph({ name: 'Chen', text, url: `${URL}#comment-1`, edited }));
  const more = `[Read all of it in Trello](${URL}#comment-1)`;

  it('is shown as it is, Markdown as its characters', () => {
    expect(said(commented(CHEN, ' **Cold**, <!here>\nagain \n'))).toEqual([
      'Chen commented:',
      '┃ **Cold**, <!here>',
      '┃ again',
    ]);
  });

  it('of more than 600 characters is cut at the last space before, with a link to the rest', () => {
    const [line, quote = '', link] = comment(`${'word '.repeat(119)}1234 6789 more`);
    expect([line, link]).toEqual(['Chen commented:', more]);
    expect(quote).toBe(`┃ ${'word '.repeat(119)}1234…`);
    expect(comment('x'.repeat(600))).toEqual(['Chen commented:', `┃ ${'x'.repeat(600)}`]);
    expect(comment(`${'x'.repeat(599)}🚀`)[1]).toBe(`┃ ${'x'.repeat(599)}…`);
    expect(comment(`${'x'.repeat(590)}\n${'y'.repeat(20)}`)[1]).toBe(`┃ ${'x'.repeat(590)}…`);
    expect(comment(`a ${'x'.repeat(700)}`)[1]).toBe(`┃ a ${'x'.repeat(598)}…`);
    expect(comment(`\uFFFD${'x'.repeat(598)}🚀`)[1]).toBe(`┃ \uFFFD${'x'.repeat(598)}…`);
  });

  it('of more than 10 lines is cut behind the tenth', () => {
    const numbered = (count: number) =>
      Array.from({ length: count }, (_, place) => `${place + 1}`).join('\n');
    expect(comment(numbered(10))).toHaveLength(11);
    expect(comment(numbered(11)).slice(-2)).toEqual(['┃ 10…', more]);
  });

  it.each([
    ['![leak.png](https://trello.com/1/cards/c/attachments/a/download/leak.png)', 'an image'],
    ['![a](https://x.example/a.png)\n![b](https://x.example/b.png)', 'an image'],
    [' ![a](https://x.example/a.png) ', 'an image'],
    ['[report.pdf](https://trello.com/1/cards/c/attachments/a/download/report.pdf)', 'a file'],
    [' [a](https://trello.com/1/cards/c/a)\n[b](https://trello.com/1/cards/c/b) ', 'a file'],
  ])('of images or files alone leads to Trello', (text, what) => {
    expect(comment(text)).toEqual([`Chen commented with ${what}`, more]);
    expect(comment(text, true)).toEqual([`Chen commented (edited) with ${what}`, more]);
  });

  it.each(['![a](https://x.example/a.png)', '[report.pdf](https://trello.com/1/cards/c/a)'])(
    'of words with an image or a file is a text like others: %s',
    (file) => {
      expect(comment(`See ${file}`)).toEqual(['Chen commented:', `┃ See ${file}`]);
      expect(comment(`${file} leaks`)).toEqual(['Chen commented:', `┃ ${file} leaks`]);
    },
  );

  it('that is a link to elsewhere is a text like others', () => {
    expect(comment('[here](https://x.example)')).toEqual(['Chen commented:', '┃ [here](https://x.example)']);
  });

  it('that was cut leads to itself in Trello', () => {
    const paragraphs = told(newsOf([commented(CHEN, 'x'.repeat(700))]))?.paragraphs;
    expect(paragraphs?.[0]?.more).toEqual({
      link: `${URL}#comment-action-0`,
      label: 'Read all of it in Trello',
    });
  });

  it('that was edited says so', () => {
    expect(comment('Colder.', true)).toEqual(['Chen commented (edited):', '┃ Colder.']);
  });
});

describe('a summary', () => {
  const MORNING = Date.UTC(2026, 10, 24, 8, 2);
  const many = [
    moved(CHEN, TO_DO, DOING),
    moved(CHEN, DOING, { id: 'review', name: 'Review' }),
    assigned(ANA, CHEN),
    assigned(ANA, ANA),
    assigned(ANA, BRUNO),
    takenOff(CHEN, BRUNO),
    due(ANA, null, NOV_28),
    ...['One', 'Two', 'Three', 'Four'].map((text) => commented(ANA, text)),
    attached(BRUNO, 'a', 'https://trello.com/a'),
    attached(BRUNO, 'b', 'https://trello.com/b'),
    commented(CHEN, 'Tested at −20 °C, no leak.'),
  ];

  it('stands for more than 10 changes: the net state, counts, and the last comment with its author', () => {
    expect(told(newsOf(many))).toMatchObject({ title: 'Leak', summary: '14 updates, now in Review' });
    expect(said(...many)).toEqual([
      '14 changes in a short time:',
      '• Moved from **To Do** to **Review**, by Chen',
      '• Assigned: Chen and Ana',
      '• Due date: Nov 28 at 12:00 PM',
      '• 2 attachments',
      '• 5 comments, the last from Chen:',
      '┃ Tested at −20 °C, no leak.',
      `[Read all of it in Trello](${URL})`,
    ]);
  });

  it('has comments that cannot be edited any more', () => {
    const composed = compose(NEWS, newsOf(many), {
      card,
      isDoneList: () => false,
      boardName: () => undefined,
    });
    expect(composed.comments).toEqual([]);
  });

  it('is not made of 10 changes, whatever the root message alone shows besides', () => {
    expect(said(...many.slice(0, 10), update(CHEN, {}, { name: 'Leak' }))[0]).toBe(
      'Chen moved it to **Review**',
    );
  });

  it('has as many bullets as it has room for, and one comment by itself', () => {
    const files = Array.from({ length: 5 }, (_, place) =>
      attached(CHEN, `${place}`, `https://trello.com/${place}`),
    );
    const acts = [moved(CHEN), archived(CHEN), assigned(CHEN, ANA), due(CHEN, null, NOV_28), ...files];
    const bullets = [
      '• Moved from **To Do** to **Doing**, by Chen',
      '• Archived it, by Chen',
      '• Assigned: Ana',
      '• Due date: Nov 28 at 12:00 PM',
      '• 5 attachments',
    ];
    const offline = { from: 0, until: MORNING };
    const paragraphs = (...more: Act[]) =>
      told(newsOf([...acts, ...more], { offline }))
        ?.paragraphs.flatMap(lines)
        .slice(1, -1);
    expect(paragraphs()).toEqual(bullets);
    expect(paragraphs(commented(ANA, 'Why?'))).toEqual([...bullets, '• 1 comment from Ana:', '┃ Why?']);
    expect(paragraphs(deleted(CHEN))?.[2]).toBe('• Chen deleted the card. This thread gets no more updates.');
  });

  it('has no bullet for what is as it was, and one for what is gone', () => {
    const acts = [
      moved(CHEN),
      moved(ANA, DOING, TO_DO),
      takenOff(CHEN, ANA),
      takenOff(CHEN, BRUNO),
      attached(CHEN, 'a', 'https://trello.com/a'),
      ...['One', 'Two', 'Three', 'Four', 'Five'].map((text) => commented(ANA, text)),
    ];
    const bullets = (...more: Act[]) => said(...acts, ...more).slice(1, -3);
    const [people, files] = ['• No longer assigned: Ana and Bruno', '• 1 attachment'];
    expect(bullets(due(CHEN, NOV_28, null))).toEqual([people, '• Due date removed', files]);
    expect(bullets(due(CHEN, null, NOV_28), due(CHEN, NOV_28, null))).toEqual([people, files]);
  });

  it('has at most 6 bullets, and says how many more there are', () => {
    const acts = [
      completed(CHEN),
      moved(CHEN),
      archived(CHEN),
      listArchived(ANA),
      assigned(CHEN, ANA),
      takenOff(CHEN, BRUNO),
      due(CHEN, NOV_28, null),
      attached(CHEN, 'a', 'https://trello.com/a'),
      ...['One', 'Two', 'Three'].map((text) => commented(ANA, text)),
    ];
    expect(said(...acts)).toEqual([
      '11 changes in a short time:',
      '• Marked it complete, by Chen',
      '• Moved from **To Do** to **Doing**, by Chen',
      '• Archived it, by Chen',
      '• Archived the list **Doing** with this card in it, by Ana',
      '• Assigned: Ana',
      '• and 3 more',
      '• 3 comments, the last from Ana:',
      '┃ Three',
      `[Read all of it in Trello](${URL})`,
    ]);
  });

  it('of a last comment without words quotes none', () => {
    expect(said(...many.slice(0, 13), commented(BRUNO, '![x](https://trello.com/x.png)')).slice(-2)).toEqual([
      '• 5 comments, the last from Bruno',
      `[Read all of it in Trello](${URL})`,
    ]);
  });

  it.each([
    [Date.UTC(2026, 10, 23, 18, 10), 'Nov 23, 6:10 PM to 8:02 AM'],
    [Date.UTC(2026, 10, 23, 8, 2), 'Nov 23, 8:02 AM to Nov 24, 8:02 AM'],
    [Date.UTC(2026, 10, 20, 18, 10), 'Nov 20, 6:10 PM to Nov 24, 8:02 AM'],
  ])('after an outage says how long it was', (from, period) => {
    const offline = { from, until: MORNING };
    expect(told(newsOf([moved(CHEN), assigned(ANA, CHEN)], { offline }))?.paragraphs.flatMap(lines)).toEqual([
      `This app was offline from ${period}. What changed meanwhile (2 updates):`,
      '• Moved from **To Do** to **Doing**, by Chen',
      '• Assigned: Chen',
      `[Read all of it in Trello](${URL})`,
    ]);
  });

  it('after an outage is not made of one change', () => {
    const offline = { from: 0, until: MORNING };
    expect(told(newsOf([moved(CHEN)], { offline }))?.paragraphs.flatMap(lines)).toEqual([
      'Chen moved it to **Doing**',
    ]);
  });
});

describe('news that are not of the board', () => {
  const own = (kind: string, ...all: unknown[]) =>
    told(all.map((data, at) => ({ id: `${at}`, kind, at, by: { name: 'Ana' }, data })))?.paragraphs.flatMap(
      lines,
    );

  it('say who muted the thread, and what there was meanwhile', () => {
    expect(own('muted', { muted: true, meanwhile: [] })).toEqual(['Ana muted updates in this thread']);
    const meanwhile = ['now in ', { bold: 'Doing' }, ', assigned to Chen, 2 comments'];
    expect(own('muted', { muted: false, meanwhile })).toEqual([
      'Ana turned updates on again. Meanwhile: now in **Doing**, assigned to Chen, 2 comments',
    ]);
    expect(own('muted', { muted: false, meanwhile: [] })).toEqual(['Ana turned updates on again']);
    expect(own('muted', { muted: true }, { muted: false })).toEqual(['Ana turned updates on again']);
  });

  it('say that nothing has changed for long', () => {
    expect(own('quiet', { days: 364 }, { days: 365 })).toEqual([
      'Nothing has changed for 365 days, so this thread gets no more updates. The card is still in Trello.',
    ]);
  });

  it.each(['muted', 'quiet', 'deleted', 'board'])(
    'or end the thread are told in a muted one, too: %s',
    (kind) => expect(NEWS.find((entry) => entry.kind === kind)?.evenIfMuted).toBe(true),
  );
});
