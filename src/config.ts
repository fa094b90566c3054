import { existsSync, readFileSync } from 'node:fs';
import { unescape as decode } from 'node:querystring';
import { z } from 'zod';
import { type EncryptionKey, parseEncryptionKeys } from './encryption-keys.ts';
import { AppError } from './errors.ts';
import { storeLocation } from './store-location.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const url = (error: string) =>
  z.string().refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error });
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const isPublicUrl = (address: URL | null) =>
  address !== null &&
  (address.protocol === 'https:' || (address.protocol === 'http:' && LOOPBACK.includes(address.hostname))) &&
  !/[?#@]/.test(address.href);
const wholeNumber = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}.`;
  return z.coerce.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error });
};
const required = (where: string) => z.string({ error: `is missing. ${where}` });

/** Each variable with what it wants and where to get it. */
export const variablesSchema = z.object({
  SLACK_BOT_TOKEN: required(
    'Slack: api.slack.com/apps, your app, “OAuth & Permissions”, “Bot User OAuth Token”.',
  ).startsWith('xoxb-', { error: 'must start with xoxb-: the “Bot User OAuth Token” of your Slack app.' }),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-', { error: 'must start with xapp-: an “App-Level Token” of your Slack app.' })
    .optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_CLIENT_ID: z.string().optional(),
  SLACK_CLIENT_SECRET: z.string().optional(),
  SLACK_ADMINS: z
    .string()
    .transform((list) => list.split(',').map((user) => user.trim()))
    .refine((users) => users.every((user) => /^[UW][A-Z0-9]+$/.test(user)), {
      error:
        'must be ids of Slack users separated by commas, such as U024BE7LH: a person’s profile, “…”, “Copy member ID”.',
    })
    .default([]),
  SLACK_API_URL: url('must be an address such as https://slack.com/api/.').default('https://slack.com/api/'),
  TRELLO_API_KEY: required('Trello: trello.com/power-ups/admin, your Power-Up, “API key”.'),
  TRELLO_API_TOKEN: required('Trello: the “Token” link beside the API key on trello.com/power-ups/admin.'),
  TRELLO_BOARD: required(
    'Open the board in a browser and take its address, such as https://trello.com/b/AbCd1234.',
  )
    .refine((value) => !/\/w\/[^/]/.test(value), {
      error:
        'is the address of a workspace. Open one of its boards and take the address of that: it holds /b/.',
    })
    .refine((value) => !/\/c\/[^/]/.test(value), {
      error: 'is the address of a card. Take that of its board: it holds /b/.',
    }),
  TRELLO_LIST: z.string().default('To Do'),
  TRELLO_DONE_LIST: z.string().default('Done'),
  TRELLO_DRAW_EXCEPT: z
    .string()
    .transform((list) => list.split(',').map((name) => name.trim().replace(/^@/, '').toLowerCase()))
    .refine((names) => names.every((name) => /^[a-z0-9_]{3,}$/.test(name)), {
      error:
        'must be usernames of Trello members separated by commas, such as anaruiz,chen_li: the name behind the @ in a member’s profile.',
    })
    .default([]),
  TRELLO_POLL_SECONDS: wholeNumber(0, 86_400).default(10),
  TRELLO_API_URL: url('must be an address such as https://api.trello.com/1.').default(
    'https://api.trello.com/1',
  ),
  TRELLO_TOKEN_LIMIT: wholeNumber(0, 100_000).default(100),
  TRELLO_API_SECRET: z.string().optional(),
  PUBLIC_URL: z
    .string()
    .refine((value) => isPublicUrl(URL.parse(value)), {
      error:
        'must be an https address without a question mark, such as https://bridge.example.com: where Trello reaches the bridge.',
    })
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
  LINK_RETENTION_DAYS: wholeNumber(1, 3650).default(365),
  STORE_URL: z
    .string()
    .refine((value) => storeLocation(value) !== undefined, {
      error: 'must be sqlite: and a path, or a redis:// or rediss:// address.',
    })
    .default('sqlite:data/bridge.db'),
  STORE_RETENTION_DAYS: wholeNumber(1, 3650).default(30),
  ENCRYPTION_KEYS: z
    .string()
    .transform((value, { addIssue }) => {
      const { keys, problems } = parseEncryptionKeys(value);
      for (const message of problems) addIssue({ code: 'custom', message });
      return keys;
    })
    .default([]),
  API_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, {
      error: 'must have at least 32 bytes. Make one with: openssl rand -base64 32',
    })
    .optional(),
  API_JWKS_URL: url("must be the address of your identity provider's key set.")
    .refine((value) => !value.startsWith('http:') || LOOPBACK.includes(new URL(value).hostname), {
      error: 'must begin with https: what comes over http could be forged on its way.',
    })
    .optional(),
  API_JWT_ISSUER: z.string().optional(),
  API_JWT_AUDIENCE: z.string().optional(),
  API_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(600),
  API_CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .refine((origins) => origins.every((origin) => URL.parse(origin)?.origin === origin), {
      error:
        'must be origins separated by commas, such as https://app.example.com, without a path or a slash.',
    })
    .default([]),
  HOST: z.string().default('0.0.0.0'),
  PORT: wholeNumber(0, 65_535).default(3000),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be one of trace, debug, info, warn, error, fatal, silent.',
    })
    .default('info'),
});
type Name = keyof typeof variablesSchema.shape;
/** With OAuth, workspaces bring their own tokens, and accounts and boards come from the set-up. */
const withOAuth = variablesSchema.partial({
  SLACK_BOT_TOKEN: true,
  TRELLO_API_TOKEN: true,
  TRELLO_BOARD: true,
});
type Variables = z.infer<typeof withOAuth>;
type RawValues = Partial<Record<Name, string>>;

const NAMES = Object.keys(variablesSchema.shape) as Name[];
/** Those whose values must never be shown. */
export const SECRETS = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_CLIENT_SECRET',
  'TRELLO_API_KEY',
  'TRELLO_API_TOKEN',
  'TRELLO_API_SECRET',
  'API_JWT_SECRET',
  'ENCRYPTION_KEYS',
] as const satisfies readonly Name[];
/** Those of which not even the file's name is shown. The address of a store may hold a password. */
const HIDDEN: readonly Name[] = [...SECRETS, 'STORE_URL'];

export type Config = ReturnType<typeof readConfig>;

/**
 * The whole configuration.
 * @throws AppError `configuration` whose message lists every problem, each with what to do, and no secret's value.
 */
export function readConfig(environment: Environment) {
  const values = parse<Variables>(
    environment,
    (given) => (isByOAuth(given) ? withOAuth : variablesSchema),
    findContradictions,
  );
  return {
    slack: {
      ...installedBy(values),
      apiUrl: values.SLACK_API_URL,
      admins: values.SLACK_ADMINS,
      connection: values.SLACK_APP_TOKEN
        ? { mode: 'socket' as const, appToken: values.SLACK_APP_TOKEN }
        : { mode: 'http' as const, signingSecret: values.SLACK_SIGNING_SECRET ?? '' },
    },
    trello: {
      /** Token and board may be missing with OAuth alone. */
      key: values.TRELLO_API_KEY,
      token: values.TRELLO_API_TOKEN,
      board: values.TRELLO_BOARD,
      list: values.TRELLO_LIST,
      apiUrl: values.TRELLO_API_URL,
      tokenLimit: values.TRELLO_TOKEN_LIMIT,
      doneList: values.TRELLO_DONE_LIST,
      drawExcept: values.TRELLO_DRAW_EXCEPT,
      pollEvery: values.TRELLO_POLL_SECONDS * 1000,
    },
    webhooks:
      values.PUBLIC_URL && values.TRELLO_API_SECRET
        ? { publicUrl: values.PUBLIC_URL, secret: values.TRELLO_API_SECRET }
        : undefined,
    /** Where browsers reach the bridge, if it can keep what they bring. */
    connectUrl: values.ENCRYPTION_KEYS.length > 0 ? values.PUBLIC_URL : undefined,
    linkRetentionDays: values.LINK_RETENTION_DAYS,
    storeUrl: values.STORE_URL,
    retentionDays: values.STORE_RETENTION_DAYS,
    encryptionKeys: values.ENCRYPTION_KEYS,
    api: {
      auth: apiAuth(values),
      requestsPerMinute: values.API_REQUESTS_PER_MINUTE,
      corsOrigins: values.API_CORS_ORIGINS,
    },
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    logLevel: values.LOG_LEVEL,
    /** Every secret value, for the log to redact. */
    secrets: [...SECRETS.flatMap((name) => secretsOf(values[name])), ...passwordOf(values.STORE_URL)],
  };
}

/**
 * Some variables only, for a command that needs no more.
 * @throws AppError as {@link readConfig} does.
 */
export function readVariables<N extends Name>(
  ...names: readonly N[]
): Pick<z.infer<typeof variablesSchema>, N> {
  const shape = Object.fromEntries(names.map((name) => [name, variablesSchema.shape[name]]));
  const schema = z.object(shape) as unknown as z.ZodType<Pick<z.infer<typeof variablesSchema>, N>>;
  return parse(process.env, () => schema);
}

function parse<T>(
  environment: Environment,
  schemaFor: (values: RawValues) => z.ZodType<T>,
  furtherProblems: (values: RawValues) => readonly string[] = () => [],
): T {
  const problems: string[] = [];
  const values = readValues(environment, problems);
  const parsed = schemaFor(values).safeParse(values);
  for (const issue of parsed.error?.issues ?? []) problems.push(`${issue.path.join('.')} ${issue.message}`);
  problems.push(...furtherProblems(values));
  if (parsed.success && problems.length === 0) return parsed.data;
  const lines = [
    `${problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`} your attention.`,
    ...problems.map((problem) => `  - ${problem}`),
    'Every setting can also be given as a file: NAME_FILE is a path whose contents are the value.',
  ];
  if (problems.some((problem) => problem.includes(' is missing.'))) lines.push(whereToBegin());
  throw new AppError({ code: 'configuration', retry: 'never', userMessage: lines.join('\n') });
}

/** Never tells to copy over a file that somebody has filled in. */
function whereToBegin(): string {
  const sandbox = 'or try `npm run sandbox`, which needs no account.';
  return existsSync('.env')
    ? `Put what is missing into .env, ${sandbox}`
    : `Begin with \`cp .env.example .env\`, ${sandbox}`;
}

/** Each variable, or the contents of the file that `NAME_FILE` names. An empty one counts as not set. */
function readValues(environment: Environment, problems: string[]): RawValues {
  const values: RawValues = {};
  for (const name of NAMES) {
    const file = environment[`${name}_FILE`];
    if (environment[name] && file) problems.push(`${name} and ${name}_FILE are both set. Keep one of them.`);
    try {
      const value = environment[name] || (file && readFileSync(file, 'utf8').trim());
      if (value) values[name] = value;
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? error.code : 'unknown error';
      // Somebody may have given the secret itself.
      const shown = HIDDEN.includes(name) ? `; it takes a path, ${name} takes the value` : `: ${file}`;
      problems.push(`${name}_FILE names a file that cannot be read (${reason})${shown}`);
    }
  }
  return values;
}

/** What is wrong between variables that are right by themselves. */
function findContradictions(values: RawValues): string[] {
  const problems: string[] = isByOAuth(values) ? problemsOfOAuth(values) : [];
  if (!isByOAuth(values) && !values.SLACK_APP_TOKEN && !values.SLACK_SIGNING_SECRET) {
    problems.push(
      'SLACK_APP_TOKEN is missing. Slack: api.slack.com/apps, your app, “Basic Information”, “App-Level Tokens”, with the scope connections:write. (Or SLACK_SIGNING_SECRET, when Slack reaches the bridge over HTTP.)',
    );
  }
  if (values.PUBLIC_URL && !values.TRELLO_API_SECRET) {
    problems.push(
      'TRELLO_API_SECRET is missing. With PUBLIC_URL, Trello signs what it sends: trello.com/power-ups/admin, your Power-Up, “API key”, “Secret”.',
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

function isByOAuth(values: RawValues): boolean {
  return Boolean(values.SLACK_CLIENT_ID || values.SLACK_CLIENT_SECRET);
}

/** What several workspaces need, where to get it, and what does not go with them. */
function problemsOfOAuth(values: RawValues): string[] {
  const wanted = {
    SLACK_CLIENT_ID:
      'Slack: api.slack.com/apps, your app, “Basic Information”, “App Credentials”, “Client ID”.',
    SLACK_CLIENT_SECRET:
      'Slack: api.slack.com/apps, your app, “Basic Information”, “App Credentials”, “Client Secret”.',
    SLACK_SIGNING_SECRET:
      'With SLACK_CLIENT_ID, Slack reaches the bridge over HTTP: api.slack.com/apps, your app, “Basic Information”, “Signing Secret”.',
    PUBLIC_URL:
      'With SLACK_CLIENT_ID, it is where Slack and browsers reach the bridge, such as https://bridge.example.com.',
    ENCRYPTION_KEYS:
      'With SLACK_CLIENT_ID, the tokens of workspaces are stored, encrypted with it. Make one with: npm run keys -- new',
  };
  const problems = Object.entries(wanted)
    .filter(([name]) => !values[name as Name])
    .map(([name, where]) => `${name} is missing. ${where}`);
  if (!values.PUBLIC_URL && !values.TRELLO_API_SECRET) {
    problems.push(
      'TRELLO_API_SECRET is missing. With SLACK_CLIENT_ID, Trello reaches the bridge and signs what it sends: trello.com/power-ups/admin, your Power-Up, “API key”, “Secret”.',
    );
  }
  if (values.SLACK_BOT_TOKEN) {
    problems.push(
      'SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set. Keep the token for one workspace, or the client ID for several.',
    );
  }
  if (values.SLACK_APP_TOKEN) {
    problems.push(
      'SLACK_APP_TOKEN and SLACK_CLIENT_ID are both set. Several workspaces need HTTP: remove the token.',
    );
  }
  for (const [name, other] of [
    ['TRELLO_API_TOKEN', 'TRELLO_BOARD'],
    ['TRELLO_BOARD', 'TRELLO_API_TOKEN'],
  ] as const) {
    if (!values[name] && values[other]) problems.push(`${name} is missing. Set it, or remove ${other}.`);
  }
  return problems;
}

/** How the app comes into workspaces: by the token of one, or by OAuth. */
function installedBy(values: Variables) {
  const { SLACK_BOT_TOKEN: botToken, SLACK_CLIENT_ID: clientId, SLACK_CLIENT_SECRET: clientSecret } = values;
  return clientId && clientSecret
    ? { oauth: { clientId, clientSecret, publicUrl: values.PUBLIC_URL ?? '' } }
    : { botToken: botToken ?? '' };
}

function apiAuth(values: Variables) {
  const { API_JWT_SECRET: secret, API_JWKS_URL: url } = values;
  const { API_JWT_ISSUER: issuer, API_JWT_AUDIENCE: audience } = values;
  if (secret) return { mode: 'secret' as const, secret, issuer, audience };
  return url && issuer && audience ? { mode: 'jwks' as const, url, issuer, audience } : undefined;
}

/** The value itself; of keys, each in base64. */
function secretsOf(value: string | readonly EncryptionKey[] | undefined): string[] {
  if (typeof value !== 'object') return value === undefined ? [] : [value];
  return value.map(({ bytes }) => Buffer.from(bytes).toString('base64').replace(/=+$/, ''));
}

/** As it is written in the address, and decoded. */
function passwordOf(storeUrl: string): string[] {
  const password = URL.parse(storeUrl)?.password;
  return password ? [password, decode(password)] : [];
}
