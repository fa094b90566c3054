import { type Logger, pino } from 'pino';
import { createLogOutput } from './log-output.ts';

export type { Logger };

/** Fields that hold a secret wherever they stand. */
const SECRET_FIELDS = 'token|authorization|appToken|secret|signingSecret';
const TEXT = String.raw`"(?:[^"\\]|\\.)*"`;
/** Such a field in a line of JSON, with the text, the number or the list of texts that it holds. */
const SECRET_FIELD = new RegExp(String.raw`"(${SECRET_FIELDS})":(?:${TEXT}|\[(?:${TEXT},?)*\]|[\d.]+)`, 'gi');

/** Tokens of Slack's and Trello's that are in the store, so that their values are not known at the start. */
const STORED_TOKEN = /\bxox[a-z]-[\w-]{8,}|\bATTA\w{32,}/g;

/**
 * An address that lets its holder write to a person in Slack. It stands in whole payloads, and in a form's metadata, so
 * at any depth of JSON within JSON.
 */
const RESPONSE_URL = /(?<!\\)(\\*")(response_?url)\1:\1.*?\1/gi;

/**
 * The program's log: one JSON object a line on standard output. Every value of `secrets` is redacted wherever it
 * stands in a line, so that a library's message cannot leak one either.
 */
export function createLog({
  level,
  secrets,
  destination = createLogOutput(1),
}: {
  level: string;
  secrets: readonly string[];
  destination?: { write(line: string): unknown };
}): Logger {
  const redact = createRedact(secrets);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void destination.write(redact(line)) },
  );
}

/** Works on the finished line: pino's `redact`, which looks into each object, takes four times as long as the line. */
function createRedact(secrets: readonly string[]): (line: string) => string {
  const spellings = secrets
    .filter((secret) => secret.length > 0)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    // A secret may begin with another one, whose replacement would leave the rest of it.
    .sort((one, other) => other.length - one.length);
  const distinct = [...new Set(spellings)];
  return (line) =>
    distinct
      .reduce((text, secret) => text.replaceAll(secret, '[secret]'), line)
      .replace(SECRET_FIELD, '"$1":"[secret]"')
      .replace(STORED_TOKEN, '[secret]')
      .replace(RESPONSE_URL, '$1$2$1:$1[secret]$1');
}
