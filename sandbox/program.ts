import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type App, createApp } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import type { LocalTrelloSettings } from './shell-lines.ts';
import type { LocalSlack } from './slack/server.ts';
import { createShortLines } from './terminal.ts';

/** What the local Slack and the page know of the bridge's addresses. */
export const BRIDGE_PATHS = {
  install: '/slack/install',
  redirect: '/slack/oauth_redirect',
  events: '/slack/events',
};

/** A page can stay open for days. */
const TOKEN_LIFETIME = '7d';

/** A folder for the bridge's data, removed when this process exits. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'task-bridge-sandbox-'));
  const remove = () => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path, remove };
}

/** Creates the bridge as its own entry point does; only its log is for a person to read. */
export async function makeProgram(config: Config): Promise<App> {
  const destination = createShortLines(process.stdout);
  return await createApp({
    config,
    log: createLog({ level: config.logLevel, secrets: config.secrets, destination }),
  });
}

/** A token for the API, channels included; undefined when an identity provider issues them. */
export async function apiToken({ api }: Config): Promise<string | undefined> {
  if (api.auth?.mode !== 'secret') return undefined;
  const { secret, issuer: iss, audience: aud } = api.auth;
  return await new SignJWT({ scope: 'tasks:write tasks:notify', ...(iss && { iss }), ...(aud && { aud }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('sandbox')
    .setIssuedAt()
    .setExpirationTime(TOKEN_LIFETIME)
    .sign(new TextEncoder().encode(secret));
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is local; a side that is undefined is the real one of the environment. */
interface LocalSides {
  slack: LocalSlackSettings | undefined;
  trello: LocalTrelloSettings | undefined;
}

/** With `oauth` every workspace installs the app itself; without it the bridge has the token of the first. */
interface LocalSlackSettings {
  app: LocalSlack['workspace']['app'];
  apiUrl: string;
  oauth: (Pick<LocalSlack['oauth'], 'clientId' | 'clientSecret'> & { publicUrl: string }) | undefined;
}

/** The bridge's environment. A local side sets all of its variables; everything else comes from `environment`. */
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
    ...(slack && slackVariables(slack)),
    // The tokens of this Slack and Trello are worth nothing elsewhere, nor after this process.
    ...(slack?.oauth &&
      !given('ENCRYPTION_KEYS') && { ENCRYPTION_KEYS: `sandbox:${randomBytes(32).toString('base64')}` }),
    ...(trello && {
      TRELLO_API_KEY: trello.key,
      TRELLO_API_SECRET: trello.secret,
      TRELLO_API_TOKEN: trello.token,
      TRELLO_BOARD: trello.board,
      TRELLO_API_URL: trello.apiUrl,
      // Nobody is charged for a request here, and who plays both sides wants to see the answer.
      TRELLO_POLL_SECONDS: '1',
    }),
    ...(!given('API_JWT_SECRET', 'API_JWKS_URL') && { API_JWT_SECRET: jwtSecret }),
    ...(!given('STORE_URL') && { STORE_URL: storeUrl }),
    ...(!given('LOG_LEVEL') && { LOG_LEVEL: 'info' }),
    HOST: '127.0.0.1',
    PORT: '0',
  };
}

function slackVariables({ app, apiUrl, oauth }: LocalSlackSettings) {
  const how = oauth
    ? {
        SLACK_CLIENT_ID: oauth.clientId,
        SLACK_CLIENT_SECRET: oauth.clientSecret,
        SLACK_SIGNING_SECRET: app.signingSecret,
        PUBLIC_URL: oauth.publicUrl,
      }
    : { SLACK_BOT_TOKEN: app.botToken, SLACK_APP_TOKEN: app.appToken };
  return { SLACK_API_URL: apiUrl, ...how };
}
