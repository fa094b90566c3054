import { type LoadResult, sendTasks } from './tasks.ts';
import { takeTurns } from './turns.ts';

export interface Slices {
  runs: number;
  /** Of each program in a run. */
  slices: number;
  milliseconds: number;
}

/**
 * Sends tasks, 8 at a time, to several programs in short alternating slices, so that other load on the machine affects all
 * of them. A program may have several addresses. Resolves with one result for each run. `onSlice` is called before each
 * slice, and after it with its result.
 */
export async function sendInSlices<Name extends string>(
  urls: Readonly<Record<Name, readonly string[]>>,
  { runs, slices, milliseconds }: Slices,
  onSlice: (name: Name, result?: LoadResult) => Promise<void> = async () => {},
): Promise<Record<Name, LoadResult[]>> {
  const names = Object.keys(urls) as Name[];
  const slice = (name: Name) => async () => {
    await onSlice(name);
    const result = await sendTasks({ urls: urls[name], concurrency: 8, until: { milliseconds } });
    await onSlice(name, result);
    return result;
  };
  const contenders = Object.fromEntries(names.map((name) => [name, slice(name)])) as Record<
    Name,
    () => Promise<LoadResult>
  >;
  const run = async () => {
    const turns = await takeTurns(slices, contenders);
    return Object.fromEntries(names.map((name) => [name, sum(turns[name])])) as Record<Name, LoadResult>;
  };
  const results: Record<Name, LoadResult>[] = [];
  while (results.length < runs) results.push(await run());
  return Object.fromEntries(names.map((name) => [name, results.map((result) => result[name])])) as Record<
    Name,
    LoadResult[]
  >;
}

function sum(slices: readonly LoadResult[]): LoadResult {
  const total = (field: 'tasks' | 'seconds') => slices.reduce((sum, slice) => sum + slice[field], 0);
  return {
    tasks: total('tasks'),
    seconds: total('seconds'),
    perSecond: total('tasks') / total('seconds'),
    latencies: slices.flatMap(({ latencies }) => latencies),
  };
}
