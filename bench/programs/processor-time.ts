import { existsSync, readFileSync } from 'node:fs';

/** Linux reports hundredths of a second on every machine. */
const TICK = 10;

/**
 * Processor time of all threads of a process so far, in milliseconds; NaN where there is no `/proc`.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function processorTimeOf(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  // The second field is a name in brackets, which may contain spaces.
  const [, afterName = ''] = readFileSync(file, 'utf8').split(') ');
  const fields = afterName.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}
