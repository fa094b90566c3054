import { parseArgs } from 'node:util';
import { MEASURES, type MeasureName } from './measures.ts';

export const USAGE = `npm run bench -- [options]

  --only a,b,…   only these measures: ${Object.keys(MEASURES).join(', ')}
  --runs N       runs of each contender, in turns; medians are shown (default 3)
  --json FILE    everything that was found, as JSON
  --quick        a smoke run of seconds; its numbers say nothing
`;

export interface Options {
  only: readonly MeasureName[];
  runs: number;
  json: string | undefined;
  quick: boolean;
}

/** @throws Error whose message says which option is wrong. */
export function readOptions(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' },
      runs: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const names = Object.keys(MEASURES) as MeasureName[];
  const wanted = values.only?.split(',').map((name) => name.trim()) ?? names;
  const unknown = wanted.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`There is no measure “${unknown}”.`);
  const runs = Number(values.runs ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(runs) || runs < 1 || runs > 99)
    throw new Error('--runs is a whole number from 1 to 99.');
  return {
    only: names.filter((name) => wanted.includes(name)),
    runs,
    json: values.json,
    quick: values.quick,
  };
}
