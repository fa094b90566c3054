import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageSchema, messageWords } from '../../src/slack/messages/message-text.ts';

/** What the form is filled with for a message. */
function wordsOf(message: object, limit = 3_000): string {
  const names: Record<string, string> = { U1: 'ana' };
  return messageWords(messageSchema.parse({ ts: '1.0', ...message }), (id) => names[id], limit);
}

describe('the text of a message', () => {
  it.each([
    ['The cockpit leaks', 'The cockpit leaks'],
    ['a &lt;b&gt; &amp;amp; c', 'a <b> &amp; c'],
    ['<@U1> and <@U2> and <@U3|chen>', '@ana and @U2 and @chen'],
    ['<!channel> <!here|here> <!everyone>', '@channel @here @everyone'],
    ['<!subteam^S1|@devs> <!subteam^S1>', '@devs @S1'],
    ['<#C1|rockets> <#C2>', '#rockets #C2'],
    ['<!date^1392734382^{date}|Feb 18>', 'Feb 18'],
    ['<https://x.com/a?b=1&amp;c=2>', 'https://x.com/a?b=1&c=2'],
    ['<http://x.com|x.com> <https://x.com/|https://x.com>', 'http://x.com https://x.com/'],
    ['<https://evil.com|https://bank.com>', 'https://bank.com (https://evil.com)'],
    ['<https://x.com|a &lt;b&gt; | c>', 'a <b> | c (https://x.com)'],
    ['<mailto:a@x.com|a@x.com>', 'a@x.com'],
    ['if a < b and c > d', 'if a < b and c > d'],
    ['*bold* _it_ ~no~ `a &lt;T&gt;` :tada:', '*bold* _it_ ~no~ `a <T>` :tada:'],
    [' \n two\r\nlines\t\n ', 'two\nlines'],
    ['bell\u0007 and \u001b[31m', 'bell and [31m'],
    ['\ud800x', '\ufffdx'],
    ['שלום <@U1> \u202eabc', 'שלום @ana \u202eabc'],
    ['', ''],
  ])('%j reads %j', (text, shown) => {
    expect(wordsOf({ text })).toBe(shown);
  });

  it('of a person is taken as they wrote it, and not what Slack shows under their links', () => {
    const blocks = [{ type: 'header', text: { type: 'plain_text', text: 'other' } }];
    const attachments = [{ from_url: 'https://x.com', text: 'what the page says' }];
    expect(wordsOf({ text: '<https://x.com>', user: 'U1', blocks, attachments })).toBe('https://x.com');
    expect(wordsOf({ user: 'U1', blocks })).toBe('other');
  });

  it('has a message that was shared in it', () => {
    const shared = {
      from_url: 'https://x.com',
      is_msg_unfurl: true,
      author_name: 'Chen',
      text: 'It &lt;leaks&gt;',
    };
    expect(wordsOf({ text: 'See:', attachments: [shared] })).toBe('See:\n\nChen\nIt <leaks>');
  });

  it('of an app is all that its blocks show', () => {
    const text = (words: string) => ({ type: 'text', text: words });
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'Alert & co' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*Disk* of <https://x.com|pad-1> &gt; 90 %' },
        fields: [
          { type: 'mrkdwn', text: 'Since 10:42' },
          { type: 'plain_text', text: 'By &lt;' },
        ],
        accessory: { type: 'button', text: { type: 'plain_text', text: 'Open' } },
      },
      { type: 'divider' },
      { type: 'image', alt_text: 'A graph' },
      {
        type: 'context',
        elements: [
          { type: 'image', alt_text: 'x' },
          { type: 'mrkdwn', text: '<!here>' },
        ],
      },
      { type: 'markdown', text: '**bold**' },
      {
        type: 'rich_text',
        elements: [
          {
            type: 'rich_text_section',
            elements: [
              { type: 'user', user_id: 'U1' },
              text(' '),
              { type: 'emoji', name: 'tada' },
              { type: 'broadcast', range: 'here' },
              { type: 'channel', channel_id: 'C1' },
              { type: 'usergroup', usergroup_id: 'S1' },
              { type: 'date', timestamp: 1, format: '{date}', fallback: 'Nov 28' },
              text('\n'),
            ],
          },
          {
            type: 'rich_text_list',
            elements: [
              { type: 'rich_text_section', elements: [text('one')] },
              { type: 'rich_text_section', elements: [{ type: 'link', url: 'https://x.com', text: 'two' }] },
            ],
          },
          { type: 'rich_text_preformatted', elements: [text('a <b>')] },
        ],
      },
      { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Press' } }] },
    ];
    expect(wordsOf({ bot_id: 'B1', text: 'Alert', blocks })).toBe(
      [
        'Alert & co',
        '*Disk* of pad-1 (https://x.com) > 90 %',
        'Since 10:42',
        'By &lt;',
        'A graph',
        'x @here',
        '**bold**',
        '@ana :tada:@here#C1@S1Nov 28',
        '• one',
        '• two (https://x.com)',
        'a <b>',
      ].join('\n'),
    );
    expect(wordsOf({ bot_id: 'B1', text: 'Alert', blocks: [{ type: 'divider' }] })).toBe('Alert');
  });

  it('of an app is what its attachments show', () => {
    const attachments = [
      {
        pretext: 'Build',
        title: 'main',
        title_link: 'https://ci.example.com/1',
        text: 'failed &amp; burned',
        fields: [{ title: 'Took', value: '3 min' }, { value: 'twice' }],
        fallback: 'left out',
      },
      { fallback: 'Only this' },
    ];
    expect(wordsOf({ bot_id: 'B1', text: '', attachments })).toBe(
      'Build\nmain (https://ci.example.com/1)\nfailed & burned\nTook: 3 min\ntwice\n\nOnly this',
    );
  });

  it('that is odd in any part is what is left of it', () => {
    const odd = { text: 'It leaks', user: 7, blocks: 'x', attachments: [7, {}], files: {}, bot_profile: 'x' };
    expect(wordsOf(odd)).toBe('It leaks');
    expect(
      wordsOf({ bot_id: 'B1', text: null, blocks: [{ type: 'rich_text', elements: [{ type: 'x' }] }] }),
    ).toBe('');
  });
});

describe('the files of a message', () => {
  const permalink = 'https://x.slack.com/files/U1/F1/a';

  it('are links with their names', () => {
    const files = [
      { title: 'Valve', name: 'valve.png', permalink },
      { name: 'a_[b].txt', permalink: `${permalink}(1)` },
    ];
    expect(wordsOf({ text: 'See', files })).toBe(
      `See\n\nFile: [Valve](${permalink})\nFile: [a\\_\\[b\\].txt](${permalink}%281%29)`,
    );
    expect(wordsOf({ files: files.slice(0, 1) })).toBe(`File: [Valve](${permalink})`);
  });

  it.each(['javascript:alert(1)', 'http://x.com/a', 'nothing', undefined])(
    'are names alone at %j',
    (address) => {
      expect(wordsOf({ files: [{ name: 'a.png', permalink: address }] })).toBe('File: a.png');
      expect(wordsOf({ files: [{ permalink: address }] })).toBe('File: without a name');
    },
  );
});

describe('a message that is too long for the form', () => {
  const GOES_ON = '\n\nThe message goes on: it is linked below.';

  it('is cut at a character, and says where the rest is', () => {
    const words = wordsOf({ text: '🚀'.repeat(3_000) });
    expect(words).toMatch(/^(?:🚀)+…\n\nThe message goes on: it is linked below\.$/u);
    expect(words.length).toBeGreaterThan(2_990);
  });

  it('keeps its files, as many as half of the form has room for', () => {
    const files = Array.from({ length: 40 }, (_, place) => ({
      name: `${place}.png`,
      permalink: `https://x.slack.com/files/U1/F${'x'.repeat(80)}`,
    }));
    const [three, many] = [3, 40].map((count) =>
      wordsOf({ text: 'x'.repeat(5_000), files: files.slice(0, count) }),
    );
    expect(three).toMatch(/x…\n\nFile: \[0\.png\].*\n.*\nFile: \[2\.png\]\(.*\)\n\nThe message goes on/);
    expect(many).toMatch(/x{1400}…\n\nFile: \[0\.png\]/);
    expect(many?.match(/^File: \[\d+\.png\]\(https:\/\/[^)]*\)$/gm)?.length).toBeGreaterThan(9);
  });

  it('is never more than the form takes, and loses nothing that fits', () => {
    const file = fc.record({ name: fc.string(), permalink: fc.constantFrom('https://x.com/a', 'x') });
    const message = fc.record({
      text: fc.string({ unit: 'grapheme', maxLength: 400 }),
      files: fc.array(file, { maxLength: 10 }),
    });
    fc.assert(
      fc.property(message, fc.integer({ min: 150, max: 400 }), (given, limit) => {
        const [whole, words] = [wordsOf(given, 100_000), wordsOf(given, limit)];
        expect(words.length).toBeLessThanOrEqual(limit);
        expect(words.isWellFormed()).toBe(true);
        if (whole.length <= limit) expect(words).toBe(whole);
        else expect(words.endsWith(GOES_ON)).toBe(true);
      }),
    );
  });
});
