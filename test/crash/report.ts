import type { Outcome } from './campaign.ts';

/** What was found, as a table. */
export function table(outcome: Outcome): string {
  const { audit, backlog, options, kills, pauses, clockJumps, redisHolds, faults, seconds } = outcome;
  const zero = 'must be 0';
  const repeats = options.history ? zero : 'may happen without a history scope';
  const rows: [string, number, string][] = [
    ['rounds', options.rounds, `seed ${options.seed}, ${seconds} s`],
    ['kills', kills, `${options.instances} on ${options.store}`],
    ['pauses', pauses, ''],
    ['clocks set', clockJumps, 'by up to a day'],
    ['times that the connections to Redis were held', redisHolds, ''],
    ['faults met by calls to Trello', faults, ''],
    ['accepted requests', audit.accepted, ''],
    ['requests that nobody was told are accepted', audit.notAccepted.all, ''],
    ['  of which done all the same', audit.notAccepted.done, 'never twice'],
    ['cards', audit.cards, ''],
    ['accepted requests without a card', audit.lost.length, zero],
    ['requests with two cards', audit.doubled.length, zero],
    ['cards without an answer in Slack', audit.unanswered.length, zero],
    ['cards without a root message that says so', audit.unfinished.length, zero],
    ['root messages without a card', audit.withoutCard.length, zero],
    ['jobs still pending', backlog.pending, zero],
    ['jobs failed', backlog.failed, zero],
    ['answers that came twice', audit.repeatedReplies, repeats],
    ['root messages that came twice', audit.repeatedRoots, repeats],
  ];
  return rows
    .map(([what, count, note]) => `${what.padEnd(46)}${String(count).padStart(7)}  ${note}`.trimEnd())
    .join('\n');
}
