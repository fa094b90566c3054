/**
 * News of boards take at most 20 of the 100 requests that a token has in 10 s, and a read at rest is one: 2 boards a
 * second. Milliseconds a board. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/
 */
const SHARE_OF_ONE = 500;

/** Milliseconds between two reads of the same board when so many are read by the timer. `pollEvery`: the least. */
export function readInterval(pollEvery: number, boards: number): number {
  return Math.max(pollEvery, boards * SHARE_OF_ONE);
}
