import { isMet, type Located } from './finding.ts';
import type { Machine } from './machine.ts';

const HEAD = ['', 'what', 'value', 'target', 'met', 'runs'];

/** A table that is Markdown, and can be read as it is. */
export function table(findings: readonly Located[]): string {
  const rows = [HEAD, ...findings.map(row)];
  const widths = HEAD.map((_, column) =>
    Math.max(3, ...rows.map((cells) => [...(cells[column] ?? '')].length)),
  );
  const lines = rows.map((cells) => line(cells.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  lines.splice(1, 0, line(widths.map((width) => '-'.repeat(width))));
  return lines.join('\n');
}

/** What the targets came to, in a sentence. */
export function verdict(findings: readonly Located[]): string {
  const judged = findings.filter(({ target }) => target);
  const missed = judged.filter((finding) => !isMet(finding));
  const list = missed.map(({ measure, what }) => `\n  - (${measure}) ${what}`).join('');
  return `${judged.length - missed.length} of ${judged.length} targets met.${list && ` Missed:${list}`}`;
}

export function json(machine: Machine, findings: readonly Located[]): string {
  const judged = findings.map((finding) => ({ ...finding, met: isMet(finding) }));
  return `${JSON.stringify({ machine, findings: judged }, null, 2)}\n`;
}

function row(finding: Located): string[] {
  const { measure, what, value, unit, target, runs = [], note } = finding;
  const met = isMet(finding);
  const limit = target && ('atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`);
  return [
    measure,
    note ? `${what} (${note})` : what,
    `${figure(value)} ${unit}`,
    limit ? `${limit} ${unit}` : '',
    met === undefined ? '' : met ? 'yes' : 'NO',
    runs.length > 1 ? runs.map(figure).join(', ') : '',
  ];
}

function figure(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
