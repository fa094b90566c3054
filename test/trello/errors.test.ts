import { describe, expect, it } from 'vitest';
import {
  describeRefusal,
  lacksRights,
  namesUnknownThing,
  type Refusal,
  refusesCredentials,
  toAppError,
} from '../../src/trello/errors.ts';

const refusal = (status: number, text: string, foreign = false): Refusal => ({
  status,
  text,
  call: 'POST /cards',
  foreign,
});
const DENIED = 'unauthorized permission requested';

describe('a refusal', () => {
  it.each([
    [404, 'The requested resource was not found.', true],
    [400, 'invalid value for idList', true],
    [400, 'Invalid objectId', true],
    [400, 'invalid id', true],
    [400, 'invalid idea', false],
    [400, 'invalid value for name', false],
    [401, 'invalid id', false],
    [500, 'invalid id', false],
  ])('may say that an id names nothing: %s %s', (status, text, expected) => {
    expect(namesUnknownThing(refusal(status, text))).toBe(expected);
    expect(namesUnknownThing(refusal(status, text, true))).toBe(false);
  });

  it.each([
    [401, 'invalid key', true],
    [403, 'expired token', true],
    [401, 'revoked token', true],
    [401, 'missing API key', true],
    [401, 'the token has expired', true],
    [401, 'The key has been revoked', true],
    [401, 'app not found', true],
    [401, 'invalid request. Send a token', false],
    [401, 'keyboard invalid', false],
    [401, DENIED, false],
    [400, 'invalid token', false],
  ])('may be of the credentials: %s %s', (status, text, expected) => {
    expect(refusesCredentials(refusal(status, text))).toBe(expected);
    expect(refusesCredentials(refusal(status, text, true))).toBe(false);
  });

  it.each([
    [401, DENIED, true],
    [403, 'unauthorized organization', true],
    [403, 'invalid token', false],
    [404, DENIED, false],
    [403, 'API_TOO_MANY_CARDS_REQUESTED', false],
    [403, 'API_QUOTA', false],
    [403, 'TOO_MANY_CARDS', false],
  ])('may be of the rights: %s %s', (status, text, expected) => {
    expect(lacksRights(refusal(status, text))).toBe(expected);
    expect(lacksRights(refusal(status, text, true))).toBe(false);
  });

  it.each([
    [408, 'x', false, 'trello_unavailable', 'later'],
    [425, 'x', false, 'trello_unavailable', 'later'],
    [429, 'x', false, 'trello_rate_limited', 'later'],
    [403, 'API_TOKEN_DB_LIMIT_EXCEEDED', false, 'trello_rate_limited', 'later'],
    [499, 'x', false, 'trello_refused', 'never'],
    [500, 'x', false, 'trello_unavailable', 'ambiguous'],
    [503, 'x', false, 'trello_unavailable', 'ambiguous'],
    [403, 'x', true, 'trello_unavailable', 'ambiguous'],
    [401, 'invalid token', false, 'trello_not_authorized', 'never'],
    [403, DENIED, false, 'trello_forbidden', 'never'],
    [400, 'x', false, 'trello_refused', 'never'],
  ])(
    'of %s %s (by somebody on the way: %s) is %s, to be tried again: %s',
    (status, text, foreign, code, retry) => {
      const error = toAppError(refusal(status, text, foreign));
      expect(error).toMatchObject({ code, retry });
      expect(error.retryAfter).toBe(code === 'trello_rate_limited' ? 10_000 : undefined);
    },
  );

  it.each([
    [503, 'x', 'Trello isn’t answering.'],
    [429, 'x', 'Trello is limiting how fast cards are created.'],
    [401, 'invalid token', 'Trello no longer accepts this app’s sign-in. An app admin can connect it again.'],
    [
      403,
      DENIED,
      'This app’s Trello account isn’t allowed to change the board. A board admin can make it a normal member.',
    ],
  ])('tells the person what to do, or that there is nothing to do: %s %s', (status, text, words) => {
    const { userMessage, cause } = toAppError(refusal(status, text));
    expect(userMessage).toBe(words);
    expect(cause).toEqual(new Error(`Trello answered ${status}: ${text}`));
  });

  it.each<[string, Refusal, string | undefined, string]>([
    ['a time-out', refusal(408, 'x'), undefined, 'Trello: 408 on POST /cards.'],
    ['trouble', refusal(502, 'x'), undefined, 'Trello: 502 on POST /cards.'],
    [
      'a page',
      refusal(403, '<html>', true),
      undefined,
      "Trello: 403, not in the words of Trello's API, on POST /cards.",
    ],
    [
      'a token',
      refusal(401, 'invalid token'),
      undefined,
      'Trello refused the token (invalid token). Renew TRELLO_API_TOKEN or run `npm run connect -- trello`.',
    ],
    [
      'a token of an account',
      refusal(401, 'invalid app token'),
      'Ana (@ana)',
      'Trello refused the token of Ana (@ana) (invalid app token). Renew TRELLO_API_TOKEN or run `npm run connect -- trello`.',
    ],
    [
      'a key',
      refusal(401, 'invalid key'),
      'Ana (@ana)',
      'Trello refused the API key (invalid key). Renew TRELLO_API_KEY and TRELLO_API_TOKEN.',
    ],
    [
      'rights',
      refusal(403, DENIED),
      undefined,
      `Trello answered 403 ${DENIED} to the account of TRELLO_API_TOKEN on POST /cards.`,
    ],
    [
      'rights of an account',
      refusal(403, DENIED),
      'Ana',
      `Trello answered 403 ${DENIED} to Ana on POST /cards.`,
    ],
    ['content', refusal(400, 'invalid desc.'), undefined, '400 invalid desc for POST /cards.'],
    ['nothing', refusal(400, ' '), undefined, '400 no reason given for POST /cards.'],
  ])('tells the operator what it is of: %s', (_, refused, account, words) => {
    expect(toAppError(refused, account).operatorMessage).toBe(words);
  });

  it.each([
    [refusal(429, 'Slow down'), undefined, /^429 Slow down; quota window of this token resumes at (.*)\.$/],
    [
      refusal(429, '{"error":"API_KEY_LIMIT_EXCEEDED","message":"Rate limit"}'),
      'Ana',
      /^429 API_KEY_LIMIT_EXCEEDED; quota window of Ana resumes at (.*)\.$/,
    ],
  ])('of too many requests says whose and when they go on: %j', (refused, account, words) => {
    const before = Date.now();
    const [, at = ''] = words.exec(toAppError(refused, account).operatorMessage) ?? [];
    expect(Date.parse(at)).toBeGreaterThanOrEqual(before + 10_000);
  });

  it.each([
    ['invalid value for desc', '“invalid value for desc”'],
    ['x'.repeat(100), `“${'x'.repeat(100)}”`],
    ['x'.repeat(101), `“${'x'.repeat(99)}…”`],
    ['CUSTOM_FIELD_BAD', undefined],
    ['A_B is bad', undefined],
    ['bad token', undefined],
    ['no bridge', undefined],
    ['got 404', undefined],
    ['over 5000 words, 99 or 600', '“over 5000 words, 99 or 600”'],
    ['', undefined],
  ])('of content is quoted where a person can read it: %s', (text, quoted) => {
    const words = quoted === undefined ? '.' : `: ${quoted}.`;
    expect(toAppError(refusal(400, text)).userMessage).toBe(`Trello didn’t accept this card${words}`);
  });

  it.each([
    ['{"message":"No.  \\n more.", "error": "X"}', 'No. \\n more'],
    ['{"error":"X","message" : "Too long"}', 'Too long'],
    ['  two\n\nlines. ', 'two lines'],
    ['one. two.', 'one. two'],
    ['x'.repeat(300), `${'x'.repeat(199)}…`],
    ['', 'no reason given'],
    ['.', 'no reason given'],
  ])('has its message in one line: %j', (text, message) => {
    expect(describeRefusal(text)).toBe(message);
  });
});
