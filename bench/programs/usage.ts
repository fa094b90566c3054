import { execFileSync } from 'node:child_process';

/** Resident memory of a process, in MB (10^6 bytes). */
export function memoryOf(pid: number): number {
  return (Number(ask(pid, 'rss')) * 1024) / 1e6;
}

/** Processor time that a process has used, in milliseconds, as far as `ps` tells: whole seconds. */
export function processorTimeOf(pid: number): number {
  const [seconds = 0, minutes = 0, hours = 0] = ask(pid, 'time').split(/[:-]/).reverse().map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

function ask(pid: number, what: string): string {
  return execFileSync('ps', ['-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
}
