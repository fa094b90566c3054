import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';

function lineOf(secrets: readonly string[], fields: object, text = 'x'): string {
  let written = '';
  const log = createLog({ level: 'info', secrets, destination: { write: (line) => (written += line) } });
  log.info(fields, text);
  return written;
}

describe('the log', () => {
  it('blots a secret out wherever it stands, however it is written', () => {
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

  it('leaves nothing of a secret that begins with another', () => {
    expect(JSON.parse(lineOf(['abc', 'abcdef'], {}, 'it is abcdef'))).toMatchObject({
      msg: 'it is [secret]',
    });
  });
});
