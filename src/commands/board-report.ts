import { styleText } from 'node:util';
import type { AppError } from '../errors.ts';
import type { Finding } from '../trello/setup-findings.ts';
import { describeRepair, type NewBoard, type Repair } from '../trello/setup-repair.ts';

/** What the command says of its way; each fact once, when it is known. */
export interface BoardReport {
  /** Trello is being asked, which may take a moment. */
  asking(): void;
  /** The whole of what was found. Said again after changes, and then only what is still wrong is new to a person. */
  findings(findings: readonly Finding[]): void;
  /** A board has just been made. */
  made(board: NewBoard): void;
  /** These changes are about to be made, or would be. */
  planned(repairs: readonly Repair[]): void;
  done(repair: Repair): void;
  /** A sentence for a person that stands for the outcome. */
  end(ok: boolean, message: string): void;
  failed(error: AppError): void;
}

type Out = NodeJS.WriteStream;

/** Lines as they come; in colour and with marks on a terminal, plain in a pipe. */
export function createTextReport(out: Out, err: Out): BoardReport {
  let told = false;
  let waiting = false;
  function stopWaiting(): void {
    if (waiting) out.write('\r\u001b[2K');
    waiting = false;
  }
  function line(text: string): void {
    stopWaiting();
    out.write(`${text}\n`);
  }
  const paint = (style: 'green' | 'red' | 'yellow' | 'bold', text: string, stream = out) =>
    styleText(style, text, { stream });
  const pass = paint('green', out.isTTY ? '✓' : 'pass');
  const fail = paint('red', out.isTTY ? '✗' : 'fail');

  return {
    asking() {
      if (!out.isTTY || waiting) return;
      waiting = true;
      out.write('Asking Trello …');
    },
    findings(findings) {
      for (const { what, name, ok, detail, todo } of findings) {
        if (told && ok) continue;
        const subject = name ? `${what} “${name}”` : what;
        line(`${ok ? pass : fail}  ${subject}: ${detail}`);
        if (todo) line(`      ${ok ? paint('yellow', 'note:') : paint('yellow', 'to do:')} ${todo}`);
      }
      told = true;
    },
    made({ name, url }) {
      line(`made the board “${name}”: ${url}`);
      line('Put this line in .env:');
      line(paint('bold', settingOf(url)));
    },
    planned(repairs) {
      line('');
      for (const repair of repairs) line(`to be done: ${describeRepair(repair)}`);
    },
    done: (repair) => line(`${paint('green', 'done')}: ${describeRepair(repair)}`),
    end(ok, message) {
      line('');
      line(paint(ok ? 'green' : 'yellow', message));
    },
    failed({ userMessage }) {
      stopWaiting();
      err.write(`${paint('red', userMessage, err)}\n`);
    },
  };
}

/** One JSON document at the end, whatever the end is. */
export function createJsonReport(out: Out, command: string): BoardReport {
  const document: {
    command: string;
    ok: boolean;
    message?: string;
    error?: { code: string; message: string };
    board?: NewBoard & { setting: string };
    findings: (Omit<Finding, 'repair'> & { mendable: boolean })[];
    planned: Repair[];
    done: Repair[];
  } = { command, ok: false, findings: [], planned: [], done: [] };
  const write = () => out.write(`${JSON.stringify(document, null, 2)}\n`);

  return {
    asking() {},
    findings(findings) {
      document.findings = findings.map(({ repair, ...finding }) => ({
        ...finding,
        mendable: repair !== undefined,
      }));
    },
    made(board) {
      document.board = { ...board, setting: settingOf(board.url) };
    },
    planned: (repairs) => void document.planned.push(...repairs),
    done: (repair) => void document.done.push(repair),
    end(ok, message) {
      Object.assign(document, { ok, message });
      write();
    },
    failed({ code, userMessage }) {
      document.error = { code, message: userMessage };
      write();
    },
  };
}

function settingOf(url: string): string {
  return `TRELLO_BOARD=${url}`;
}
