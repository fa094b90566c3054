import { describe, expect, it } from 'vitest';
import { openError, toRefused, toUnavailable } from '../../src/store/sqlite/errors.ts';

/** SQLite puts the details of a result code above its lowest byte. */
const extended = (code: number) => code | (13 << 8);

describe('an operation on an open file', () => {
  it.each([
    [8, 'may not be written to'],
    [10, 'disk reports an error'],
    [11, 'is damaged'],
    [13, 'is full'],
    [14, 'cannot be opened'],
    [1, 'SQLite reports an error'],
    [undefined, 'SQLite reports an error'],
  ])('that fails with the result code %s says what is wrong', (errcode, words) => {
    for (const code of errcode === undefined ? [errcode] : [errcode, extended(errcode)]) {
      const error = toUnavailable('data/bridge.db', { errcode: code, message: 'no such luck' });
      expect(error).toMatchObject({ code: 'store_unavailable', retry: 'later' });
      expect(error.operatorMessage).toContain(words);
      expect(error.operatorMessage).toContain('sqlite:data/bridge.db');
      expect(error.cause).toMatchObject({ message: 'SQLite: no such luck' });
    }
  });

  it('that is not in its place any more says what to do, whatever its code', () => {
    const error = toUnavailable('bridge.db', { errcode: 13, message: '', isGone: true });
    expect(error.operatorMessage).toMatch(/was removed, moved or replaced.*Stop the bridge, put both back/);
  });
});

describe('a file that is not opened', () => {
  const coded = (errcode?: number) => Object.assign(new Error('no such luck'), { errcode });

  it.each([
    ['in_use', coded(5), /Another process is using bridge\.db/],
    ['damaged', coded(11), /is damaged \(SQLite: no such luck\).*Put back a backup/],
    ['damaged', coded(26), /is damaged/],
    ['unusable', coded(10), /cannot be used .*disk reports an error/],
    ['unusable', coded(13), /cannot be used .*make room/],
    ['unusable', coded(14), /cannot be used .*Check that STORE_URL names a file/],
    ['unusable', coded(), /cannot be used .*Check that STORE_URL names a file/],
    ['foreign', openError('foreign', 'x'), /of another program.*Name another file in STORE_URL/],
    ['older', openError('older', 'format 1'), /by an older version .*format 1.*Move it away/],
    [
      'newer',
      openError('newer', 'format 9'),
      /by a newer version .*format 9.*Start that version, or a newer/,
    ],
    ['missing', openError('missing', 'x'), /There is no file bridge\.db/],
  ])('is %s, and says what to do', (failure, error, words) => {
    const refused = toRefused(error, 'bridge.db');
    expect(refused).toMatchObject({ code: `store_${failure}`, retry: 'never' });
    expect(refused.userMessage).toMatch(words);
    expect(refused.cause).toMatchObject({ message: `SQLite: ${error.message}` });
    const { errcode } = error as { errcode?: number };
    if (errcode !== undefined) {
      expect(toRefused(coded(extended(errcode)), 'bridge.db').userMessage).toBe(refused.userMessage);
    }
  });
});
