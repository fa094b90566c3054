import type { IncomingMessage, ServerResponse } from 'node:http';
import { HTTPReceiver, type Installation, webApi } from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { AppError, isAppError } from '../errors.ts';
import { type Installations, workspaceIdOf } from '../workspaces/installations.ts';
import type { NoteRefusal } from '../workspaces/refusals.ts';
import { toAppError } from './errors.ts';
import { PAGE_HEADERS, sendPage } from './install-page.ts';
import { createInstallStates, STATE_LIFETIME } from './install-state.ts';
import { COMMAND } from './messages/help.ts';
import type { SlackEndpoint } from './receiver.ts';
import { askInstallation, boltLogger, clientOptions } from './workspace.ts';

/** As in the manifest. */
export const BOT_SCOPES = ['commands', 'chat:write', 'chat:write.public', 'im:write'];
export const INSTALL_PATH = '/slack/install';
export const REDIRECT_PATH = '/slack/oauth_redirect';

const COOKIE = 'slack-app-oauth-state';
/** Whoever sends forged installations by the thousand fills no store with the entries: so many an hour. */
const NOTED = { name: 'install-refusals', limit: 100, milliseconds: 60 * 60_000 };

/** Bolt's codes for what is wrong with a redirect, with what a person is told. */
const BOLT_WORDS: Readonly<Record<string, string>> = {
  slack_oauth_installer_authorization_error: 'You pressed Cancel in Slack.',
  slack_oauth_invalid_state: 'This installation was begun in another browser, or once more in this one.',
  slack_oauth_missing_state: 'Slack doesn’t say that this installation was begun here.',
  slack_oauth_missing_code: 'Slack didn’t confirm the installation.',
};
/** What the audit keeps: somebody may have tried to install with another person's browser or link. */
const AUDITED: Readonly<Record<string, string>> = {
  slack_oauth_invalid_state: 'its state is of another browser',
  slack_oauth_missing_state: 'it has no state',
  install_forged: 'its state is unknown',
  install_expired: 'its state has expired',
  install_replayed: 'its state was used before',
};

/**
 * Installing by OAuth: `/slack/install` sends the browser to Slack, which sends it back to `/slack/oauth_redirect`. Bolt's
 * installer exchanges the code; state, cookie, store and pages are ours.
 * @see https://docs.slack.dev/authentication/installing-with-oauth
 */
export function createInstaller({
  clientId,
  clientSecret,
  publicUrl,
  apiUrl,
  answerWithin,
  installations,
  noteRefusal,
  kept,
  log,
}: {
  clientId: string;
  clientSecret: string;
  publicUrl: string;
  apiUrl: string;
  /** Milliseconds. */
  answerWithin?: number | undefined;
  installations: Pick<Installations, 'add'>;
  noteRefusal: NoteRefusal;
  /** The states of installations that were begun. */
  kept: Keyv;
  log: Logger;
}): readonly SlackEndpoint[] {
  const states = createInstallStates(kept);
  const options = clientOptions(apiUrl, log, answerWithin);
  const urlOptions = { scopes: BOT_SCOPES, redirectUri: `${publicUrl}${REDIRECT_PATH}` };
  const beginAgain = { href: `${publicUrl}${INSTALL_PATH}`, words: 'Begin again' };
  const bolt = boltLogger(log);
  const { installer } = new HTTPReceiver({
    signingSecret: '',
    signatureVerification: false,
    clientId,
    clientSecret,
    // Failures are logged here, each at its level.
    logger: { ...bolt, error: bolt.debug },
    installationStore: {
      storeInstallation: store,
      fetchInstallation: () => Promise.reject(new Error('Installations are looked up by workspaceFor.')),
    },
    installerOptions: {
      authorizationUrl: new URL('/oauth/v2/authorize', apiUrl).href,
      clientOptions: options,
      stateCookieName: COOKIE,
      stateStore: {
        generateStateParam: states.issue,
        async verifyStateParam(_now, state) {
          await states.use(state);
          return urlOptions;
        },
      },
    },
  });

  /** With the state, for as long as that is good; without, the cookie goes. */
  function cookie(state = ''): string {
    const age = state === '' ? 0 : STATE_LIFETIME / 1000;
    const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
    return `${COOKIE}=${state}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`;
  }

  async function begin(_request: IncomingMessage, response: ServerResponse): Promise<void> {
    const state = await states.issue();
    const location = await installer?.generateInstallUrl(urlOptions, true, state);
    response.writeHead(302, { ...PAGE_HEADERS, location, 'set-cookie': cookie(state) }).end();
  }

  async function finish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Bolt makes an address of it, to read the query alone.
    request.headers.host = 'localhost';
    await installer?.handleCallback(request, response, {
      async successAsync({ team, enterprise }) {
        response.setHeader('set-cookie', cookie());
        sendPage(response, {
          status: 200,
          title: `The app is installed in ${team?.name ?? enterprise?.name ?? 'your Slack'}`,
          sentences: [
            `Next, type ${COMMAND} setup in Slack: it connects the app to your Trello board.`,
            'You can close this page.',
          ],
        });
      },
      async failureAsync(error) {
        response.setHeader('set-cookie', cookie());
        await refuse(response, error);
      },
    });
  }

  async function store({ bot, team, enterprise, user, appId, ...rest }: Installation): Promise<void> {
    const { isEnterpriseInstall = false } = rest;
    const workspace = workspaceIdOf({ teamId: team?.id, enterpriseId: enterprise?.id, isEnterpriseInstall });
    if (!bot || !workspace) {
      const userMessage = 'Slack didn’t give this app what it needs.';
      throw new AppError({ code: 'install_incomplete', retry: 'never', userMessage });
    }
    const { url, botName, name } = await askInstallation(new webApi.WebClient(bot.token, options));
    const facts = {
      workspace,
      name: name ?? team?.name ?? workspace,
      url,
      isEnterpriseInstall,
      ...(enterprise && { enterprise: { id: enterprise.id, name: enterprise.name ?? '' } }),
      appId: appId ?? '',
      botId: bot.id,
      botUserId: bot.userId,
      botName,
      scopes: bot.scopes,
      installer: user.id,
    };
    await installations.add(facts, bot.token);
    log.info({ team: workspace, user: user.id }, 'the app was installed');
  }

  async function refuse(response: ServerResponse, error: Error): Promise<void> {
    const { code, status, words } = readFailure(error);
    if (status < 500) log.warn({ code }, 'an installation is refused');
    else log.error({ code, err: error }, 'an installation failed');
    const what = AUDITED[code];
    if (what) await noteRefusal(NOTED, { team: 'unknown', who: 'browser', what: `an installation: ${what}` });
    if (response.headersSent) return void response.end();
    const title = 'The app was not installed';
    sendPage(response, { status, title, sentences: [words], link: beginAgain });
  }

  const endpoint = (path: string, handle: typeof begin): SlackEndpoint => ({
    method: 'GET',
    path,
    listener: (request, response) =>
      void handle(request, response).catch((error: Error) => refuse(response, error)),
  });
  return [endpoint(INSTALL_PATH, begin), endpoint(REDIRECT_PATH, finish)];
}

/** What is wrong: for the log, for the browser and for the person. */
function readFailure(error: Error): { code: string; status: number; words: string } {
  const code = 'code' in error ? String(error.code) : '';
  const words = BOLT_WORDS[code];
  if (words) return { code, status: 400, words };
  if (isAppError(error) && error.retry === 'never') return { code, status: 400, words: error.userMessage };
  if (isAppError(error, 'store_unavailable')) {
    return { code, status: 503, words: 'Can’t save this right now. Try again in a minute.' };
  }
  if (!code.startsWith('slack_webapi_')) {
    return { code: 'unexpected', status: 500, words: 'This app had a problem. Try again in a minute.' };
  }
  // Whoever comes with a code that Slack does not know has made it up, or waited for too long.
  const { code: read, retry } = toAppError(error, 'oauth.v2.access');
  return retry === 'never'
    ? { code: read, status: 400, words: 'Slack didn’t confirm the installation.' }
    : { code: read, status: 503, words: 'Slack isn’t answering. Try again in a minute.' };
}
