import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { type Finding, isMet } from './measure.ts';

/** A finding with the letter of its measure. */
export type LabelledFinding = Finding & { measure: string };

export interface Machine {
  at: string;
  node: string;
  platform: string;
  processor: string;
  cores: number;
  memoryGB: number;
  /** Load average of the minute before the first measure: other work on the machine affects every number. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    at: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

const HEAD = ['', 'what', 'value', 'target', 'met', 'runs'];

/** A Markdown table. */
export function table(findings: readonly LabelledFinding[]): string {
  const rows = [HEAD, ...findings.map(row)];
  const widths = HEAD.map((_, column) =>
    Math.max(3, ...rows.map((cells) => [...(cells[column] ?? '')].length)),
  );
  const lines = rows.map((cells) => line(cells.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  lines.splice(1, 0, line(widths.map((width) => '-'.repeat(width))));
  return lines.join('\n');
}

/** How many targets were met, and a list of those missed. */
export function verdict(findings: readonly LabelledFinding[]): string {
  const judged = findings.filter(({ target }) => target);
  const missed = judged.filter((finding) => !isMet(finding));
  const list = missed.map(({ measure, what }) => `\n  - (${measure}) ${what}`).join('');
  return `${judged.length - missed.length} of ${judged.length} targets met.${list && ` Missed:${list}`}`;
}

export function json(machine: Machine, findings: readonly LabelledFinding[]): string {
  const judged = findings.map((finding) => ({ ...finding, met: isMet(finding) }));
  return `${JSON.stringify({ machine, findings: judged }, null, 2)}\n`;
}

function row(finding: LabelledFinding): string[] {
  const { measure, what, value, unit, target, runs = [], note } = finding;
  const met = isMet(finding);
  const limit = target && ('atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`);
  return [
    measure,
    note ? `${what} (${note})` : what,
    `${format(value)} ${unit}`,
    limit ? `${limit} ${unit}` : '',
    met === undefined ? '' : met ? 'yes' : 'NO',
    runs.length > 1 ? runs.map(format).join(', ') : '',
  ];
}

function format(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
