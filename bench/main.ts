import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from './context.ts';
import type { Located } from './finding.ts';
import { describeMachine } from './machine.ts';
import { MEASURES } from './measures.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { json, table, verdict } from './report.ts';

async function bench({ only, runs, json: file, quick }: Options): Promise<void> {
  const machine = describeMachine();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const findings: Located[] = [];
  let folders = 0;
  const context: Context = {
    runs,
    pick: (full, small) => (quick ? small : full),
    folder() {
      const path = join(folder, String(++folders));
      mkdirSync(path);
      return path;
    },
    say: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
  };
  try {
    for (const name of only) {
      const { title, measure } = MEASURES[name];
      context.say(`(${name}) ${title}`);
      const found = await measure(context);
      findings.push(...found.map((finding) => ({ measure: name, ...finding })));
      // After each measure, so that a run that ends early leaves what it has.
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
