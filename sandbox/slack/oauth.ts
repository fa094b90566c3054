import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { showConsent, showNotice } from '../consent-page.ts';
import { type Arguments, readText } from './arguments.ts';
import type { LocalWorkspace } from './local-workspace.ts';
import { type Answer, type Refusal, refuse } from './methods/method.ts';
import type { AppIdentity } from './workspace.ts';

/** The installation page. @see https://docs.slack.dev/authentication/installing-with-oauth */
export const AUTHORIZE_PATH = '/oauth/v2/authorize';

/** How the app is set up for OAuth. */
export interface OAuthSettings {
  clientId: string;
  clientSecret: string;
  /** A `redirect_uri` is one of these, or below one. The first is used when a request has none. */
  redirectUris: readonly string[];
  /** Scopes that the installer may leave out. */
  optionalScopes: readonly string[];
}

/** A valid request of the app to be installed. */
interface InstallRequest {
  scopes: string[];
  state: string | undefined;
  /** As it was sent: the exchange of the code must repeat it. */
  sentUri: string | undefined;
  redirectUri: string;
  /** The workspace that the app suggests. */
  team: string | undefined;
}

interface Grant extends Pick<InstallRequest, 'scopes' | 'sentUri'> {
  side: LocalWorkspace;
  user: string;
  until: number;
}

export type OAuth = ReturnType<typeof createOAuth>;

const CODE_LIFETIME = 10 * 60_000;

/** Installations by OAuth v2: the page that asks a person, one-use codes, and their exchange for a bot token. */
export function createOAuth({
  app,
  settings,
  workspaces,
}: {
  app: AppIdentity;
  settings: OAuthSettings;
  workspaces: readonly LocalWorkspace[];
}) {
  const grants = new Map<string, Grant>();

  return {
    /** Answers `GET` with the page, and the page's form with a redirect to the app. */
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const given = new URL(request.url ?? '', 'http://localhost').searchParams;
      const asked = readRequest(given);
      if ('error' in asked)
        return showNotice(response, 200, 'Something went wrong', [`Error: ${asked.error}`]);
      if (request.method !== 'POST') return showPage(response, asked, signedIn(request));
      const form = new URLSearchParams(await readText(request));
      const [team = '', user = ''] = (form.get('as') ?? '').split('/');
      const location =
        form.get('decision') === 'allow'
          ? allowed(asked, team, user, form.getAll('optional'))
          : redirect(asked, { error: 'access_denied' });
      response.writeHead(302, { location }).end();
    },
    /**
     * What a person does on the page at `url`. `optional`: the optional scopes that they leave switched on. Returns the
     * URL to which the browser is sent.
     */
    decide(
      url: string,
      decision: 'cancel' | { team: string; user: string; optional?: readonly string[] },
    ): string {
      const asked = readRequest(new URL(url).searchParams);
      if ('error' in asked) throw new Error(`Slack would show the error ${asked.error}.`);
      if (decision === 'cancel') return redirect(asked, { error: 'access_denied' });
      const { team, user, optional = settings.optionalScopes } = decision;
      return allowed(asked, team, user, optional);
    },
    /** Undefined when `client_id` and `client_secret` are the app's. */
    refusalOfClient,
    /** @see https://docs.slack.dev/reference/methods/oauth.v2.access */
    exchange(given: Arguments): Answer {
      const refusal = refusalOfClient(given);
      if (refusal) return refusal;
      const code = given.text('code') ?? '';
      const grant = grants.get(code);
      if (!grant || grant.until < Date.now()) return refuse('invalid_code');
      if (given.text('redirect_uri') !== grant.sentUri) return refuse('bad_redirect_uri');
      grants.delete(code);
      const { workspace, install } = grant.side;
      install(grant.scopes);
      const { appId, scopes, botToken, botUserId } = workspace.app;
      return {
        ok: true,
        app_id: appId,
        authed_user: { id: grant.user },
        scope: scopes.join(','),
        token_type: 'bot',
        access_token: botToken,
        bot_user_id: botUserId,
        team: { id: workspace.team.id, name: workspace.team.name },
        enterprise: null,
        is_enterprise_install: false,
      };
    },
  };

  function refusalOfClient(given: Arguments): Refusal | undefined {
    if (given.text('client_id') !== settings.clientId) return refuse('invalid_client_id');
    return given.text('client_secret') === settings.clientSecret ? undefined : refuse('bad_client_secret');
  }

  function readRequest(given: URLSearchParams): InstallRequest | { error: string } {
    const text = (name: string) => given.get(name) || undefined;
    if (text('client_id') !== settings.clientId) return { error: 'invalid_client_id' };
    const sentUri = text('redirect_uri');
    const redirectUri = sentUri ?? settings.redirectUris[0];
    if (redirectUri === undefined || !isAllowed(redirectUri, settings.redirectUris)) {
      return { error: 'bad_redirect_uri' };
    }
    const scopes = (text('scope') ?? '').split(/[,\s]+/).filter(Boolean);
    if (scopes.length === 0 || !scopes.every((scope) => SCOPE.test(scope))) return { error: 'invalid_scope' };
    return { scopes, state: text('state'), sentUri, redirectUri, team: text('team') };
  }

  function showPage(
    response: ServerResponse,
    { scopes, redirectUri, team: suggested }: InstallRequest,
    whoIsSignedIn: string | undefined,
  ): void {
    const optional = scopes.filter((scope) => settings.optionalScopes.includes(scope));
    const groups = workspaces.map(({ workspace: { team, people } }) => ({
      label: team.name,
      options: people.map(({ id, realName }, place) => {
        const value = `${team.id}/${id}`;
        const isSuggested = place === 0 && team.id === suggested;
        return {
          value,
          text: `${realName}, in ${team.name}`,
          selected: value === whoIsSignedIn || (whoIsSignedIn === undefined && isSuggested),
        };
      }),
    }));
    const consent = {
      title: `${app.appName} would like to be installed`,
      about: ['A page of the local Slack. The app will be able to:'],
      asks: scopes.filter((scope) => !optional.includes(scope)).map(inWords),
      choices: [
        ...optional.map((scope) => ({
          name: 'optional',
          value: scope,
          label: `${inWords(scope)} (optional)`,
          checked: true,
        })),
        { name: 'as', label: 'Install it as', groups },
      ],
      allow: 'Allow',
      deny: 'Cancel',
    };
    showConsent(response, consent, redirectUri);
  }

  /** @throws AppError `sandbox_no_such_person` */
  function allowed(asked: InstallRequest, team: string, user: string, optional: readonly string[]): string {
    const side = workspaces.find(({ workspace }) => workspace.team.id === team) ?? workspaces[0];
    if (!side) throw new Error('There is no workspace.');
    const code = `${team}.${randomBytes(16).toString('hex')}`;
    grants.set(code, {
      side,
      user: side.workspace.person(user).id,
      scopes: asked.scopes.filter(
        (scope) => !settings.optionalScopes.includes(scope) || optional.includes(scope),
      ),
      sentUri: asked.sentUri,
      until: Date.now() + CODE_LIFETIME,
    });
    return redirect(asked, { code });
  }
}

/** Those that the app asks for; others are shown by their name. */
const SCOPE_WORDS: Readonly<Record<string, string>> = {
  commands: 'Add commands that people can use',
  'chat:write': 'Send messages as itself',
  'chat:write.public': 'Send messages to public channels that it is not in',
  'im:write': 'Start direct messages with people',
};

function inWords(scope: string): string {
  return scope in SCOPE_WORDS ? `${SCOPE_WORDS[scope]} (${scope})` : scope;
}

/** Workspace and person, as the page says in a cookie. */
function signedIn({ headers }: IncomingMessage): string | undefined {
  return /(?:^|; )signed-in=([\w/]+)/.exec(headers.cookie ?? '')?.[1];
}

const SCOPE = /^[a-z_]+([.:][a-z_]+)*$/;

function redirect({ redirectUri, state }: InstallRequest, result: Record<string, string>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}

/** Slack wants https; plain http is only taken on this machine. */
function isAllowed(uri: string, configured: readonly string[]): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, origin, pathname } = new URL(uri);
  if (protocol !== 'https:' && !['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return false;
  return configured.some((one) => {
    const known = new URL(one);
    const below = known.pathname.endsWith('/') ? known.pathname : `${known.pathname}/`;
    return origin === known.origin && (pathname === known.pathname || pathname.startsWith(below));
  });
}
