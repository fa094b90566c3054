import type { LocalSlack } from './slack/server.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LocalSides {
  /** Undefined: the program talks to the Slack of the environment. */
  slack: { installation: LocalSlack['workspace']['app']; apiUrl: string } | undefined;
  /** Undefined: the program talks to the Trello of the environment. */
  trello: { key: string; token: string; board: string; apiUrl: string } | undefined;
}

/**
 * The program's environment, of the same variables that a real one has. A side that is local gives all of its
 * variables; the other side's, and everything else, come from `environment`.
 */
export function programEnvironment(
  environment: Environment,
  { slack, trello }: LocalSides,
  { storeUrl, jwtSecret }: { storeUrl: string; jwtSecret: string },
): Record<string, string | undefined> {
  const replaced = [/^HOST$/, /^PORT$/, ...(slack ? [/^SLACK_/] : []), ...(trello ? [/^TRELLO_/] : [])];
  const kept = Object.entries(environment).filter(([name]) => !replaced.some((names) => names.test(name)));
  const given = (...names: string[]) =>
    names.some((name) => environment[name] || environment[`${name}_FILE`]);

  return {
    ...Object.fromEntries(kept),
    ...(slack && {
      SLACK_BOT_TOKEN: slack.installation.botToken,
      SLACK_APP_TOKEN: slack.installation.appToken,
      SLACK_API_URL: slack.apiUrl,
    }),
    ...(trello && {
      TRELLO_API_KEY: trello.key,
      TRELLO_API_TOKEN: trello.token,
      TRELLO_BOARD: trello.board,
      TRELLO_API_URL: trello.apiUrl,
    }),
    ...(!given('API_JWT_SECRET', 'API_JWKS_URL') && { API_JWT_SECRET: jwtSecret }),
    ...(!given('STORE_URL') && { STORE_URL: storeUrl }),
    ...(!given('LOG_LEVEL') && { LOG_LEVEL: 'warn' }),
    HOST: '127.0.0.1',
    PORT: '0',
  };
}
