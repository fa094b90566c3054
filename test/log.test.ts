import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';

function lineOf(secrets: readonly string[], fields: object, text = 'x'): string {
  let written = '';
  const log = createLog({ level: 'info', secrets, destination: { write: (line) => (written += line) } });
  log.info(fields, text);
  return written;
}

describe('the log', () => {
  it('redacts a secret wherever it stands, however it is written', () => {
    const secret = 'a/b"c d';
    const line = lineOf(
      [secret],
      { url: `https://x/?token=${encodeURIComponent(secret)}` },
      `said ${secret}`,
    );
    expect(line).not.toContain('a/b');
    expect(line).not.toContain('a%2Fb');
    expect(JSON.parse(line)).toMatchObject({ url: 'https://x/?token=[secret]', msg: 'said [secret]' });
  });

  it('redacts what stands in a field for secrets, at any depth and in any case', () => {
    const line = lineOf([], {
      token: 'one',
      request: { headers: { Authorization: 'Bearer \\ "two" }', cookies: 'kept' } },
      deep: { deeper: { deepest: [{ response_url: 'https://three', signingSecret: 4444 }] } },
      secret: ['five', 'six ]'],
      tokens: 'kept',
    });
    expect(line).not.toMatch(/one|two|three|4444|five|six/);
    expect(JSON.parse(line)).toMatchObject({
      token: '[secret]',
      request: { headers: { Authorization: '[secret]', cookies: 'kept' } },
      deep: { deeper: { deepest: [{ response_url: '[secret]', signingSecret: '[secret]' }] } },
      secret: '[secret]',
      tokens: 'kept',
    });
  });

  it('redacts the addresses for responses at any depth of JSON within JSON', () => {
    const metadata = JSON.stringify({ channel: 'C1', responseUrl: 'https://hooks/one', kept: 'here' });
    const payload = JSON.stringify({
      response_url: 'https://hooks/two',
      view: { private_metadata: metadata },
    });
    const escaped = JSON.stringify({ response_url: 'x' }).replace('x', String.raw`https:\/\/hooks\/three`);
    const line = lineOf([], { payload }, `payload: ${payload} ${escaped}`);
    expect(line).not.toMatch(/hooks|one|two|three/);
    expect(JSON.parse(JSON.parse(JSON.parse(line).payload).view.private_metadata)).toEqual({
      channel: 'C1',
      responseUrl: '[secret]',
      kept: 'here',
    });
  });

  it('redacts tokens that it was not told of', () => {
    const [slack, trello] = ['xoxb-1234567890-abcDEF', `ATTA${'0f'.repeat(32)}ABCDEF12`];
    const line = lineOf(
      [],
      { url: `https://x/tokens/${trello}?a=b`, kept: 'xoxb ATTACK-ATTA' },
      `got ${slack}, ok`,
    );
    expect(JSON.parse(line)).toMatchObject({
      url: 'https://x/tokens/[secret]?a=b',
      kept: 'xoxb ATTACK-ATTA',
      msg: 'got [secret], ok',
    });
  });

  it('leaves nothing of a secret that begins with another', () => {
    expect(JSON.parse(lineOf(['abc', 'abcdef'], {}, 'it is abcdef'))).toMatchObject({
      msg: 'it is [secret]',
    });
  });
});
