import { AppError, isAppError } from '../errors.ts';
import type { Connections, Refused, WantedConnection } from '../workspaces/connections.ts';
import type { NoteRefusal } from '../workspaces/refusals.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { authorizeUrl, memberOf, type TrelloApp } from './sign-in.ts';

/** The path of the page that a browser comes to before and after Trello's own. */
export const CONNECT_PATH = '/connect/trello';

const AGAIN = 'Go back to Slack and press the button again.';
/** What the person is told of a refused state, and what the audit keeps. */
const REFUSALS: Readonly<Record<Refused, { sentence: string; what: string }>> = {
  missing: {
    sentence: `This page doesn’t know what to connect. ${AGAIN}`,
    what: 'it came without a state',
  },
  forged: {
    sentence: `This link isn’t valid. ${AGAIN}`,
    what: 'no such state was made',
  },
  expired: {
    sentence: `This link was valid for ten minutes, and they are over. ${AGAIN}`,
    what: 'its time was over',
  },
  used: {
    sentence: `This link was used already. To connect again, go back to Slack and press the button again.`,
    what: 'it was used already',
  },
  'other browser': {
    sentence: `This link was opened in another browser. Go on there, or go back to Slack and press the button again.`,
    what: 'it came from another browser',
  },
};
/** Anybody can have one refused: entries beyond this are left out, for each workspace and for what belongs to none. */
const RECORDED = { limit: 30, milliseconds: 60_000 };
/** Of what belongs to no workspace and no known person. */
const NOBODY = { team: '-', user: 'unknown' };

/** The way of a token from Trello's page into the store. Each method rejects with AppError when the store is away. */
export function createTrelloConnect({
  connections,
  installations,
  accounts,
  people,
  noteRefusal,
  connected,
  trello,
  publicUrl,
}: Pick<Workspaces, 'installations' | 'accounts' | 'people'> & {
  connections: Connections;
  noteRefusal: NoteRefusal;
  /** Called once a workspace or a person has an account. Never rejects. */
  connected: (connection: WantedConnection) => Promise<void>;
  trello: TrelloApp;
  /** Without a slash at its end. */
  publicUrl: string;
}) {
  const page = `${publicUrl}${CONNECT_PATH}`;

  async function record({ team, user }: Pick<WantedConnection, 'team' | 'user'>, why: string): Promise<void> {
    const what = `to connect a Trello account: ${why}`;
    await noteRefusal({ name: `connect-refused-${team}`, ...RECORDED }, { team, who: user, what });
  }

  async function refuse(why: Refused, wanted: WantedConnection | undefined) {
    const { sentence, what } = REFUSALS[why];
    await record(wanted ?? NOBODY, what);
    return { ok: false as const, sentence };
  }

  return {
    path: CONNECT_PATH,
    publicUrl,

    /** The address for a person's browser, valid for ten minutes. */
    async begin(wanted: WantedConnection): Promise<string> {
      return `${page}?state=${await connections.begin(wanted)}`;
    },

    /** A browser with that secret has opened the address: where Trello asks the person, or a sentence for them. */
    async open(state: string, browser: string) {
      const judged = await connections.open(state, browser);
      if (!judged.ok) return await refuse(judged.why, judged.wanted);
      const workspace = (await installations.find(judged.wanted.team))?.name;
      return { ok: true as const, authorize: authorizeUrl(trello, { returnUrl: page, workspace }) };
    },

    /**
     * The browser is back with a token. Resolves with a sentence for the person.
     * @throws AppError `connect_interrupted` (`later`): Trello could not be asked, and the state is used up
     */
    async finish({ state, token, browser }: { state: string; token: string; browser: string }) {
      const judged = await connections.take(state, browser);
      if (!judged.ok) return await refuse(judged.why, judged.wanted);
      const { wanted } = judged;
      try {
        const member = await memberOf(trello, token);
        if (!member) {
          await record(wanted, 'Trello did not accept the token');
          return {
            ok: false as const,
            sentence: `Trello didn’t accept this sign-in, so nothing was connected. ${AGAIN}`,
          };
        }
        const { team, user, purpose } = wanted;
        if (purpose === 'workspace') await accounts.connect(team, member, token, user);
        else await people.connect({ team, user }, member, token);
        void connected(wanted);
        return {
          ok: true as const,
          sentence: `Connected as ${member.fullName || member.username}. Go back to Slack.`,
        };
      } catch (error) {
        if (!isAppError(error) || !error.code.startsWith('trello_')) throw error;
        throw new AppError({
          code: 'connect_interrupted',
          retry: 'later',
          userMessage: `Trello isn’t answering, so nothing was connected. Wait a minute. ${AGAIN}`,
          operatorMessage: `A Trello account could not be connected: ${error.operatorMessage}`,
          cause: error,
        });
      }
    },
  };
}
