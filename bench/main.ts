import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Context, Measure } from './measure.ts';
import { measureAcknowledgements } from './measures/acknowledge.ts';
import { measureEdits } from './measures/edits.ts';
import { measureFullStore } from './measures/full-store.ts';
import { measureInstances } from './measures/instances.ts';
import { measureLinks } from './measures/links.ts';
import { measureNews } from './measures/news.ts';
import { measureQuota } from './measures/quota.ts';
import { measureRequests } from './measures/requests.ts';
import { measureSimilar } from './measures/similar.ts';
import { measureStart } from './measures/start.ts';
import { measureThroughput } from './measures/throughput.ts';
import { describeMachine, json, type LabelledFinding, table, verdict } from './report.ts';

type MeasureName = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j' | 'k';

/** In the order in which they run. */
const MEASURES: Readonly<Record<MeasureName, { title: string; measure: Measure }>> = {
  a: { title: "Slack's acknowledgements", measure: measureAcknowledgements },
  b: { title: 'tasks a second over HTTP', measure: measureThroughput },
  c: { title: "300 cards against Trello's quota", measure: measureQuota },
  d: { title: 'requests per task', measure: measureRequests },
  e: { title: 'start and memory', measure: measureStart },
  f: { title: 'several instances on Redis', measure: measureInstances },
  g: { title: '100,000 finished jobs in the store', measure: measureFullStore },
  h: { title: '100,000 links in the store', measure: measureLinks },
  i: { title: 'an edit from Slack', measure: measureEdits },
  j: { title: 'news of a card', measure: measureNews },
  k: { title: 'cards like a new one', measure: measureSimilar },
};

const USAGE = `npm run bench -- [options]

  --only a,b,…   only these measures: ${Object.keys(MEASURES).join(', ')}
  --runs N       runs of each program, alternating; medians are shown (default 3)
  --json FILE    every number, as JSON
  --quick        a smoke run of seconds; its numbers say nothing
`;

interface Options {
  only: readonly MeasureName[];
  runs: number;
  json: string | undefined;
  quick: boolean;
}

/** @throws Error whose message says which option is wrong */
function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
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

async function bench({ only, runs, json: file, quick }: Options): Promise<void> {
  const machine = describeMachine();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const findings: LabelledFinding[] = [];
  let folders = 0;
  const context: Context = {
    runs,
    pick: (full, small) => (quick ? small : full),
    folder() {
      const path = join(folder, String(++folders));
      mkdirSync(path);
      return path;
    },
    log: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
  };
  try {
    for (const name of only) {
      const { title, measure } = MEASURES[name];
      context.log(`(${name}) ${title}`);
      const found = await measure(context);
      findings.push(...found.map((finding) => ({ measure: name, ...finding })));
      // After each measure, so that a run that fails keeps the results so far.
      if (file) writeFileSync(file, json(machine, findings));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { at, node, platform, processor, cores, memoryGB, loadBefore } = machine;
  process.stdout.write(
    `${at}, Node ${node}, ${platform}, ${cores} × ${processor}, ${memoryGB} GB, load before ${loadBefore}\n\n`,
  );
  process.stdout.write(`${table(findings)}\n\n${verdict(findings)}\n`);
  if (quick) process.stdout.write('This was a quick run: its numbers say nothing.\n');
}

let options: Options | 'help';
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exit(2);
}
if (options === 'help') process.stdout.write(USAGE);
else await bench(options);
