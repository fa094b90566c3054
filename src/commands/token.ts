import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { AppError, isAppError } from '../errors.ts';
import { readVariables } from '../variables.ts';

const USAGE = `Make a token for POST /tasks. It is printed alone, so that it can go straight into a variable:

  TOKEN=$(npm run --silent token -- --subject ci --days 30)

  --subject NAME   who the token is for; tasks belong to their subject, and its name stands in the cards
  --days N         how long it is valid, 1 to 365 days (default 30)
  --scope WORDS    what it allows (default tasks:write)

The secret is read from API_JWT_SECRET, or from the file that API_JWT_SECRET_FILE names.
`;
const LONGEST_SUBJECT = 255;
const DAY_SECONDS = 24 * 60 * 60;

async function main(): Promise<string> {
  const { values } = parseArgs({
    options: {
      subject: { type: 'string' },
      days: { type: 'string', default: '30' },
      scope: { type: 'string', default: 'tasks:write' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return USAGE;
  const { subject = '', scope } = values;
  if (subject.trim() === '' || subject.length > LONGEST_SUBJECT) {
    throw refuse(`Say who the token is for, in 1 to ${LONGEST_SUBJECT} characters: --subject ci`);
  }
  if (scope.trim() === '') throw refuse('Say what the token allows: --scope tasks:write');
  return `${await sign({ subject, scope, days: readDays(values.days), secret: readSecret() })}\n`;
}

function readDays(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > 365) throw refuse('--days is a whole number from 1 to 365.');
  return days;
}

function readSecret(): string {
  const { API_JWT_SECRET: secret } = readVariables(process.env, ['API_JWT_SECRET']);
  if (secret !== undefined) return secret;
  throw refuse(
    'API_JWT_SECRET is missing. Give this command the secret that the bridge has; make a new one with: openssl rand -base64 32',
  );
}

async function sign({
  subject,
  scope,
  days,
  secret,
}: {
  subject: string;
  scope: string;
  days: number;
  secret: string;
}): Promise<string> {
  const issued = Math.floor(Date.now() / 1000);
  return await new SignJWT({ scope })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(subject)
    .setIssuedAt(issued)
    .setExpirationTime(issued + days * DAY_SECONDS)
    .sign(new TextEncoder().encode(secret));
}

function refuse(userMessage: string): AppError {
  return new AppError({ code: 'token_not_made', retry: 'never', userMessage });
}

/** What a person can mend; `parseArgs` throws a TypeError with a code for an option that it does not know. */
function explain(error: unknown): string | undefined {
  if (isAppError(error)) return error.userMessage;
  return error instanceof TypeError && 'code' in error ? `${error.message}\n\n${USAGE.trimEnd()}` : undefined;
}

try {
  process.stdout.write(await main());
} catch (error) {
  const explanation = explain(error);
  if (explanation === undefined) throw error;
  process.stderr.write(`${explanation}\n`);
  process.exitCode = 1;
}
