import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; anything but yes is no, the end of the input and Ctrl+C too. */
export async function askYesOrNo(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // A question whose terminal is closed is never answered by itself.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answered = terminal.question(`\n${question} [y/N] `).catch(() => '');
    return /^y(es)?$/i.test((await Promise.race([answered, closed])).trim());
  } finally {
    terminal.close();
  }
}
