import { describe, expect, it } from 'vitest';
import { linked, literal } from '../../src/tasks/markdown.ts';

describe('a name in Markdown', () => {
  it.each([
    ['Ana  María de la Cruz', 'Ana María de la Cruz'],
    [' ana ', 'ana'],
    ['\\`*_{}[]()<>#+!|~@', '\\\\\\`\\*\\_\\{\\}\\[\\]\\(\\)\\<\\>\\#\\+\\!\\|\\~\\@'],
    ['a.b-c:d&e', 'a.b-c:d&e'],
    ['a\u2066\u2069b\u202ac', 'a b c'],
    ['[a](https://x) *b* `c`', '\\[a\\]\\(https://x\\) \\*b\\* \\`c\\`'],
    ['a\nb\u0007c\u202ed', 'a b c d'],
    ['\ud800x', '\ufffdx'],
    ['🚀'.repeat(101), '🚀'.repeat(100)],
  ])('is shown as it is, on one line: %j', (name, shown) => {
    expect(literal(name)).toBe(shown);
  });

  it('leads to an address of the web’s, whatever is in either', () => {
    expect(linked('Slack', 'https://x.slack.com/p1')).toBe('[Slack](https://x.slack.com/p1)');
    expect(linked('[x](https://evil)', 'https://x.slack.com/p(1)(2)')).toBe(
      '[\\[x\\]\\(https://evil\\)](https://x.slack.com/p%281%29%282%29)',
    );
  });

  it.each([undefined, '', 'javascript:alert(1)', 'http://x.slack.com/p1', 'x.slack.com'])(
    'leads nowhere with the address %j',
    (address) => expect(linked('a *message*', address)).toBe('a \\*message\\*'),
  );
});
