import { takeTurns } from '../context.ts';
import { type LoadResult, sendTasks } from './tasks.ts';

export interface Slices {
  runs: number;
  /** Of each contender in a run. */
  slices: number;
  milliseconds: number;
}

/**
 * Sends tasks, 8 at a time, to one program or another, in short slices by turns: whatever else the machine is doing hits
 * all of them alike. A program may have several addresses. Answers with one result for each run. `onSlice` hears of each slice before it begins and after it has ended.
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
  const results = Object.fromEntries(names.map((name) => [name, [] as LoadResult[]])) as Record<
    Name,
    LoadResult[]
  >;
  for (let run = 0; run < runs; run += 1) {
    const turns = await takeTurns(slices, contenders);
    for (const name of names) results[name].push(together(turns[name]));
  }
  return results;
}

function together(slices: readonly LoadResult[]): LoadResult {
  const sum = (what: 'tasks' | 'seconds') => slices.reduce((total, slice) => total + slice[what], 0);
  return {
    tasks: sum('tasks'),
    seconds: sum('seconds'),
    perSecond: sum('tasks') / sum('seconds'),
    latencies: slices.flatMap(({ latencies }) => latencies),
  };
}
