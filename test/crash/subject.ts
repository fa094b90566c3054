import type { JobStatus } from '../../src/jobs/job.ts';
import type { Chances } from './rounds.ts';

/** What is left in the store at the end. */
export type Backlog = Record<Exclude<JobStatus, 'done'>, number>;

/** What is found, how often, and a note on it. */
export type Row = [what: string, count: number, note: string];

/** Something that people do while the program is killed. Rejects with what nobody should meet. */
export type Act = () => Promise<void>;

/** What a campaign drives, and how it is judged. */
export interface Subject<Found> {
  chances: Chances;
  /** Further variables of a process that is about to start. */
  environment?(): Record<string, string>;
  logLevel?: 'debug';
  /** Before the first fault and kill. */
  prepare(): Promise<void>;
  /** Begins what people do in a round. */
  begin(round: number, send: (act: Act) => void): void;
  /** Called for each process of an instance; gets each line of its log. */
  follow?(index: number): (line: string) => void;
  /** After the last round, in which nothing goes wrong any more. */
  stop?(): void;
  /** At the end of everything. */
  close?(): Promise<void>;
  find(): Found;
  /** Something is missing that may still come. */
  isUnderWay(found: Found): boolean;
  /** The guarantees that do not hold, in words; none when all is well. */
  broken(found: Found): string[];
  rows(found: Found): Row[];
}

/** The words of every count that is not 0. */
export function wordsOf(counts: readonly [what: string, count: number][]): string[] {
  return counts.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what}`);
}
