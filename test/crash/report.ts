import type { Outcome } from './campaign.ts';
import type { Row } from './subject.ts';

/** What was found, as a table. */
export function table(outcome: Outcome): string {
  const { options, backlog, kills, pauses, clockJumps, redisHolds, faults, seconds } = outcome;
  const zero = 'must be 0';
  const rows: Row[] = [
    ['rounds', options.rounds, `seed ${options.seed}, ${seconds} s`],
    ['kills', kills, `${options.instances} on ${options.store}`],
    ['pauses', pauses, ''],
    ['clocks set', clockJumps, 'by up to a day'],
    ['times that the connections to Redis were held', redisHolds, ''],
    ['faults met by calls to Trello', faults, ''],
    ...outcome.rows,
    ['jobs still pending', backlog.pending, zero],
    ['jobs failed', backlog.failed, zero],
  ];
  return rows
    .map(([what, count, note]) => `${what.padEnd(46)}${String(count).padStart(7)}  ${note}`.trimEnd())
    .join('\n');
}
