import { styleText } from 'node:util';
import type { Finding } from '../trello/setup/check.ts';
import { describeRepair, type NewBoard, type Repair } from '../trello/setup/repair.ts';
import { asJson, oneLine } from './command.ts';

export type BoardReport = ReturnType<typeof createBoardReport>;

/**
 * The command's output; told each fact when it is known. As text, lines as they come, with colour and marks on a
 * terminal; as JSON, one document at the end, after a failure too.
 */
export function createBoardReport({ command, json }: { command: string; json: boolean }) {
  const { stdout, stderr } = process;
  const document = {
    command,
    ok: false,
    board: undefined as (NewBoard & { setting: string }) | undefined,
    findings: [] as (Omit<Finding, 'repair'> & { mendable: boolean })[],
    planned: [] as Repair[],
    done: [] as Repair[],
  };
  let shown = false;
  const line = (text: string) => void (json || stdout.write(`${text}\n`));
  const paint = (
    style: 'green' | 'red' | 'yellow' | 'bold',
    text: string,
    stream: NodeJS.WriteStream = stdout,
  ) => styleText(style, text, { stream });
  const pass = paint('green', stdout.isTTY ? '✓' : 'pass');
  const fail = paint('red', stdout.isTTY ? '✗' : 'fail');

  return {
    /** Called again after changes; text then shows only what is still wrong. */
    findings(findings: readonly Finding[]): void {
      document.findings = findings.map(({ repair, ...finding }) => ({ ...finding, mendable: !!repair }));
      for (const { what, name, ok, detail, todo } of findings) {
        if (shown && ok) continue;
        const subject = name ? `${what} “${name}”` : what;
        line(`${ok ? pass : fail}  ${oneLine(`${subject}: ${detail}`, 1_000)}`);
        if (todo) line(`      ${paint('yellow', ok ? 'note:' : 'to do:')} ${oneLine(todo, 1_000)}`);
      }
      shown = true;
    },
    made(board: NewBoard): void {
      const setting = `TRELLO_BOARD=${board.url}`;
      document.board = { ...board, setting };
      line(oneLine(`made the board “${board.name}”: ${board.url}`));
      line('Put this line in .env:');
      line(paint('bold', setting));
    },
    /** These changes are about to be made, or would be. */
    planned(repairs: readonly Repair[]): void {
      document.planned.push(...repairs);
      line('');
      for (const repair of repairs) line(`to be done: ${oneLine(describeRepair(repair))}`);
    },
    done(repair: Repair): void {
      document.done.push(repair);
      line(`${paint('green', 'done')}: ${oneLine(describeRepair(repair))}`);
    },
    end(ok: boolean, message: string): void {
      line('');
      line(paint(ok ? 'green' : 'yellow', message));
      if (json) stdout.write(`${asJson({ ...document, ok, message })}\n`);
    },
    failed(code: string, message: string): void {
      if (json) stdout.write(`${asJson({ ...document, error: { code, message } })}\n`);
      else stderr.write(`${paint('red', message, stderr)}\n`);
    },
  };
}
