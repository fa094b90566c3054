import { AppError, isAppError } from '../errors.ts';

/**
 * Runs a command of the operator. `main` resolves with the exit code. What a person can mend is explained without a
 * stack: exit code 1, or `misused` with the usage when the command is not understood.
 */
export async function runCommand(usage: string, main: () => Promise<number>, misused = 2): Promise<void> {
  if (process.argv.includes('--help')) return print(usage);
  try {
    process.exitCode = await main();
  } catch (error) {
    const isMisuse = isAppError(error, 'misuse') || isOfParseArgs(error);
    if (!isMisuse && !isAppError(error)) throw error;
    const explanation = isAppError(error) ? error.operatorMessage : error.message;
    process.stderr.write(isMisuse ? `${explanation}\n\n${usage}` : `${explanation}\n`);
    process.exitCode = isMisuse ? misused : 1;
  }
}

export function print(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}

export function asJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** The error for a command that is not understood. */
export function misuse(userMessage: string): AppError {
  return new AppError({ code: 'misuse', retry: 'never', userMessage });
}

function isOfParseArgs(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
