import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from './errors.ts';

/** Everything that the environment decides, checked. */
export interface Config {
  slack: {
    botToken: string;
    apiUrl: string;
    door: { mode: 'socket'; appToken: string } | { mode: 'http'; signingSecret: string };
  };
  trello: { key: string; token: string; board: string; list: string; apiUrl: string; tokenLimit: number };
  storeUrl: string;
  retentionDays: number;
  api: {
    auth: ApiAuth | undefined;
    requestsPerMinute: number;
    corsOrigins: string[];
  };
  host: string;
  port: number;
  metricsPort: number | undefined;
  logLevel: string;
  /** Every secret value, so that the log can blot them out. */
  secrets: string[];
}

/** How a caller of the API proves who it is: a shared secret, or an identity provider's keys. */
export type ApiAuth =
  | { mode: 'secret'; secret: string }
  | { mode: 'jwks'; url: string; issuer: string; audience: string };

type Environment = Readonly<Record<string, string | undefined>>;

const url = (protocols: readonly string[], what: string) =>
  z
    .string()
    .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), { error: what });
const web = ['https:', 'http:'];
const wholeNumber = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}.`;
  return z.coerce.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error });
};
const required = (where: string) => z.string({ error: `is missing. ${where}` });

/** Each variable with what it wants and where to get it. Names that end in a secret's word are blotted out in logs. */
const environmentSchema = z.object({
  SLACK_BOT_TOKEN: required(
    'Slack: api.slack.com/apps, your app, “OAuth & Permissions”, “Bot User OAuth Token”.',
  ).startsWith('xoxb-', { error: 'must start with xoxb-: the “Bot User OAuth Token” of your Slack app.' }),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-', { error: 'must start with xapp-: an “App-Level Token” of your Slack app.' })
    .optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_API_URL: url(web, 'must be an address such as https://slack.com/api/.').default(
    'https://slack.com/api/',
  ),
  TRELLO_API_KEY: required('Trello: trello.com/power-ups/admin, your Power-Up, “API key”.'),
  TRELLO_API_TOKEN: required('Trello: the “Token” link beside the API key on trello.com/power-ups/admin.'),
  TRELLO_BOARD: required(
    'Open the board in a browser and take its address, such as https://trello.com/b/AbCd1234.',
  ),
  TRELLO_LIST: z.string().default('To Do'),
  TRELLO_API_URL: url(web, 'must be an address such as https://api.trello.com/1.').default(
    'https://api.trello.com/1',
  ),
  TRELLO_TOKEN_LIMIT: wholeNumber(0, 100_000).default(100),
  STORE_URL: z
    .string()
    .regex(/^(sqlite:.+|rediss?:\/\/.+)$/, {
      error: 'must be sqlite: and a path, or a redis:// or rediss:// address.',
    })
    .default('sqlite:data/bridge.db'),
  STORE_RETENTION_DAYS: wholeNumber(1, 3650).default(30),
  API_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, {
      error: 'must have at least 32 bytes. Make one with: openssl rand -base64 32',
    })
    .optional(),
  API_JWKS_URL: url(web, "must be the address of your identity provider's key set.").optional(),
  API_JWT_ISSUER: z.string().optional(),
  API_JWT_AUDIENCE: z.string().optional(),
  API_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(600),
  API_CORS_ORIGINS: z.string().default(''),
  HOST: z.string().default('0.0.0.0'),
  PORT: wholeNumber(0, 65_535).default(3000),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be one of trace, debug, info, warn, error, fatal, silent.',
    })
    .default('info'),
});
type Name = keyof typeof environmentSchema.shape;
export type Variables = z.infer<typeof environmentSchema>;
type RawValues = Partial<Record<Name, string>>;

const NAMES = Object.keys(environmentSchema.shape) as Name[];
const SECRETS = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'TRELLO_API_KEY',
  'TRELLO_API_TOKEN',
  'API_JWT_SECRET',
] as const satisfies readonly Name[];

/**
 * Reads the environment once.
 * @throws AppError `configuration` whose message lists every problem, each with what to do, and no secret's value.
 */
export function readConfig(environment: Environment): Config {
  return toConfig(check(environment, environmentSchema, contradictions));
}

/**
 * Reads some variables only, for a command that needs no more.
 * @throws AppError `configuration`, like {@link readConfig}.
 */
export function readVariables<N extends Name>(
  environment: Environment,
  names: readonly N[],
): Pick<Variables, N> {
  const shape = Object.fromEntries(names.map((name) => [name, environmentSchema.shape[name]]));
  return check(environment, z.object(shape) as unknown as z.ZodType<Pick<Variables, N>>, () => []);
}

function check<T>(
  environment: Environment,
  schema: z.ZodType<T>,
  findContradictions: (values: RawValues) => readonly string[],
): T {
  const problems: string[] = [];
  const values = readValues(environment, problems);
  const parsed = schema.safeParse(values);
  for (const issue of parsed.error?.issues ?? []) problems.push(`${issue.path.join('.')} ${issue.message}`);
  problems.push(...findContradictions(values));
  if (!parsed.success || problems.length > 0) throw misconfigured(problems);
  return parsed.data;
}

/** Each variable, or the contents of the file that its `_FILE` twin names. An empty one counts as not set. */
function readValues(environment: Environment, problems: string[]): RawValues {
  const values: RawValues = {};
  for (const name of NAMES) {
    const file = environment[`${name}_FILE`];
    if (environment[name] && file) problems.push(`${name} and ${name}_FILE are both set. Keep one of them.`);
    const value = environment[name] || (file && readFile(name, file, problems));
    if (value) values[name] = value;
  }
  return values;
}

function readFile(name: string, path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    problems.push(`${name}_FILE names a file that cannot be read (${reason}): ${path}`);
    return undefined;
  }
}

/** What is wrong between variables that are right by themselves. */
function contradictions(values: RawValues): string[] {
  const problems: string[] = [];
  if (!values.SLACK_APP_TOKEN && !values.SLACK_SIGNING_SECRET) {
    problems.push(
      'SLACK_APP_TOKEN is missing. Slack: api.slack.com/apps, your app, “Basic Information”, “App-Level Tokens”, with the scope connections:write. (Or SLACK_SIGNING_SECRET, when Slack reaches the bridge over HTTP.)',
    );
  }
  if (values.API_JWT_SECRET && values.API_JWKS_URL) {
    problems.push('API_JWT_SECRET and API_JWKS_URL are both set. Keep the one that your callers use.');
  }
  for (const name of ['API_JWT_ISSUER', 'API_JWT_AUDIENCE'] as const) {
    if (values.API_JWKS_URL && !values[name]) {
      problems.push(
        `${name} is missing. With API_JWKS_URL, tokens are checked for it: your identity provider tells it.`,
      );
    }
  }
  return problems;
}

function misconfigured(problems: readonly string[]): AppError {
  const list = problems.map((problem) => `  - ${problem}`).join('\n');
  return new AppError({
    code: 'configuration',
    retry: 'never',
    userMessage: `The bridge cannot start: ${problems.length === 1 ? 'one setting needs' : `${problems.length} settings need`} your attention.\n${list}\nEvery setting can also be given as a file: NAME_FILE is a path whose contents are the value.`,
  });
}

function toConfig(values: Variables): Config {
  return {
    slack: {
      botToken: values.SLACK_BOT_TOKEN,
      apiUrl: values.SLACK_API_URL,
      door: values.SLACK_APP_TOKEN
        ? { mode: 'socket', appToken: values.SLACK_APP_TOKEN }
        : { mode: 'http', signingSecret: values.SLACK_SIGNING_SECRET ?? '' },
    },
    trello: {
      key: values.TRELLO_API_KEY,
      token: values.TRELLO_API_TOKEN,
      board: values.TRELLO_BOARD,
      list: values.TRELLO_LIST,
      apiUrl: values.TRELLO_API_URL,
      tokenLimit: values.TRELLO_TOKEN_LIMIT,
    },
    storeUrl: values.STORE_URL,
    retentionDays: values.STORE_RETENTION_DAYS,
    api: {
      auth: apiAuth(values),
      requestsPerMinute: values.API_REQUESTS_PER_MINUTE,
      corsOrigins: values.API_CORS_ORIGINS.split(',')
        .map((origin) => origin.trim())
        .filter(Boolean),
    },
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    secrets: [...SECRETS.flatMap((name) => values[name] ?? []), ...passwordOf(values.STORE_URL)],
  };
}

function apiAuth(values: Variables): ApiAuth | undefined {
  if (values.API_JWT_SECRET) return { mode: 'secret', secret: values.API_JWT_SECRET };
  if (!values.API_JWKS_URL || !values.API_JWT_ISSUER || !values.API_JWT_AUDIENCE) return undefined;
  return {
    mode: 'jwks',
    url: values.API_JWKS_URL,
    issuer: values.API_JWT_ISSUER,
    audience: values.API_JWT_AUDIENCE,
  };
}

function passwordOf(storeUrl: string): string[] {
  if (!URL.canParse(storeUrl)) return [];
  const { password } = new URL(storeUrl);
  return password ? [password, ...decoded(password)] : [];
}

function decoded(text: string): string[] {
  try {
    return [decodeURIComponent(text)];
  } catch {
    return [];
  }
}
