import {
  check,
  type Environment,
  type RawValues,
  SECRETS,
  type Variables,
  variablesSchema,
} from './variables.ts';

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

/**
 * Reads the environment once.
 * @throws AppError `configuration` whose message lists every problem, each with what to do, and no secret's value.
 */
export function readConfig(environment: Environment): Config {
  return toConfig(check(environment, variablesSchema, contradictions));
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
      corsOrigins: values.API_CORS_ORIGINS,
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
