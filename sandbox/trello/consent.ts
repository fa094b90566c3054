import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { showConsent, showNotice } from '../consent-page.ts';
import { type Credentials, type Grant, SCOPES, type Scope } from './credentials.ts';
import { readBody } from './http.ts';
import type { TrelloState } from './state.ts';

/** The page on which a member gives an app a token. */
export const AUTHORIZE_PATH = '/1/authorize';

/** Milliseconds. */
const HOUR = 60 * 60_000;
const LIFETIMES: Readonly<Record<string, number | null>> = {
  '1hour': HOUR,
  '1day': 24 * HOUR,
  '30days': 30 * 24 * HOUR,
  never: null,
};

const ABILITIES: Readonly<Record<Scope, string>> = {
  read: 'Read your boards and workspaces',
  write: 'Create and change cards, lists and boards',
  account: 'Read your e-mail address',
};

interface TokenRequest {
  key: string;
  name: string;
  scopes: Scope[];
  lifetime: number | null;
  /** Undefined: the token is shown on the page. */
  returnUrl: string | undefined;
}

/**
 * Trello's sign-in with key and token: the token goes to the browser, in the fragment of `return_url`.
 * `allowedOrigins`: those of every key; without one every redirect is refused.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/authorization/
 */
export function createConsent({
  state,
  credentials,
  allowedOrigins,
}: {
  state: TrelloState;
  credentials: Credentials;
  allowedOrigins: readonly string[];
}) {
  return {
    /** Answers `GET` with the page, and the page's form with a redirect, or with the token itself. */
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const asked = readRequest(new URL(request.url ?? '', 'http://localhost').searchParams);
      if ('problem' in asked) {
        const status = asked.problem === 'invalid key' ? 401 : 400;
        return showNotice(response, status, 'Something went wrong', [asked.problem]);
      }
      if (request.method !== 'POST') return showPage(response, asked);
      const form = new URLSearchParams((await readBody(request)).toString('utf8'));
      const member = state.members.get(form.get('as') ?? '');
      const grant = form.get('decision') === 'allow' && member ? give(asked, member.id) : undefined;
      const location = redirect(asked, grant);
      if (location !== undefined) response.writeHead(302, { location }).end();
      else if (grant) showNotice(response, 200, 'Your token', [grant.token]);
      else showNotice(response, 200, 'Token request rejected', ['You can close this page.']);
    },
    /**
     * What a member does on the page at `url`. Returns the URL to which the browser is sent; undefined when the page
     * shows the outcome itself.
     */
    decide(url: string, decision: 'deny' | { idMember: string }): string | undefined {
      const asked = readRequest(new URL(url).searchParams);
      if ('problem' in asked) throw new Error(`Trello would show: ${asked.problem}`);
      return redirect(asked, decision === 'deny' ? undefined : give(asked, decision.idMember));
    },
  };

  function readRequest(given: URLSearchParams): TokenRequest | { problem: string } {
    const text = (name: string) => given.get(name) || undefined;
    const key = text('key');
    if (key === undefined || !credentials.isKey(key)) return { problem: 'invalid key' };
    const scopes = (text('scope') ?? 'read').split(',');
    if (!scopes.every(isScope)) return { problem: 'invalid value for scope' };
    const lifetime = LIFETIMES[text('expiration') ?? '30days'];
    if (lifetime === undefined) return { problem: 'invalid value for expiration' };
    if (given.get('response_type') !== 'token') return { problem: 'invalid value for response_type' };
    const returnUrl = text('return_url');
    if (returnUrl !== undefined && !isAllowed(returnUrl, allowedOrigins)) {
      return {
        problem: "Invalid return_url. The return URL should match the application's allowed origins.",
      };
    }
    const inFragment = text('callback_method') === 'fragment';
    const name = text('name') ?? 'An unnamed application';
    return { key, name, scopes, lifetime, returnUrl: inFragment ? returnUrl : undefined };
  }

  function showPage(response: ServerResponse, { name, scopes, lifetime, returnUrl }: TokenRequest): void {
    const members = [...state.members.values()];
    const consent = {
      title: `${name} would like to use your account`,
      about: [
        `A page of the local Trello. ${lifetime === null ? 'Until you revoke it' : `For ${lifetime / HOUR} h`}, it can:`,
      ],
      asks: scopes.map((scope) => ABILITIES[scope]),
      choices: [
        {
          name: 'as',
          label: 'Your account',
          groups: [
            {
              label: 'Members',
              options: members.map(({ id, fullName }) => ({
                value: id,
                text: id === state.me.id ? `${fullName} (an account for apps)` : fullName,
              })),
            },
          ],
        },
      ],
      allow: 'Allow',
      deny: 'Deny',
    };
    showConsent(response, consent, returnUrl);
  }

  function give({ key, name, scopes, lifetime }: TokenRequest, idMember: string): Grant {
    const expiresAt = lifetime === null ? null : state.now() + lifetime;
    const token = `ATTA${randomBytes(36).toString('hex')}`;
    return credentials.add({ token, idMember, key, name, scopes, expiresAt });
  }
}

/** Without a grant the request was rejected. */
function redirect({ returnUrl }: TokenRequest, grant: Grant | undefined): string | undefined {
  if (returnUrl === undefined) return undefined;
  const url = new URL(returnUrl);
  url.hash = grant ? `token=${grant.token}` : `error=${encodeURIComponent('Token request rejected')}`;
  return url.href;
}

function isScope(scope: string): scope is Scope {
  return SCOPES.some((known) => known === scope);
}

/** `*` in an allowed origin stands for any part of a host's name. */
function isAllowed(url: string, origins: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { origin } = new URL(url);
  return origins.some((allowed) => {
    const parts = allowed.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('[^/:]*')}$`).test(origin);
  });
}
