import { AppError } from '../errors.ts';
import type { Installations } from './installations.ts';

/**
 * The claim that binds a token to a workspace of Slack's, by its id. No common name: an identity provider may have
 * a `team` of its own that people choose themselves.
 */
export const TEAM_CLAIM = 'slack_team';
export const TEAM = /^[TE][\dA-Z]{2,20}$/;

/**
 * The workspace of a program that uses the API: the one that its token claims, else the one of the settings. `undefined`: its
 * token names none and the settings neither, or Slack has not told yet which that is.
 * @throws AppError `wrong_workspace`, `workspace_unknown` (`later`)
 */
export type WorkspaceOf = (claim: string | undefined) => Promise<string | undefined>;

export function createWorkspaceOf({
  installations,
  own,
}: {
  installations: Pick<Installations, 'find'>;
  /** The workspace of the settings' bot token, once Slack has told; without a bot token workspaces install the app. */
  own: (() => string | undefined) | undefined;
}): WorkspaceOf {
  return async (claim) => {
    if (claim === undefined) return own?.();
    if (own && own() === undefined) throw workspaceUnknown();
    const isIts = own ? own() === claim : (await installations.find(claim))?.token !== undefined;
    if (isIts) return claim;
    throw wrongWorkspace('The token names a Slack workspace that this bridge is not installed in.');
  };
}

export function wrongWorkspace(userMessage: string): AppError {
  return new AppError({ code: 'wrong_workspace', retry: 'never', userMessage });
}

export function workspaceUnknown(): AppError {
  return new AppError({
    code: 'workspace_unknown',
    retry: 'later',
    userMessage: 'Slack has not said yet which workspace this is. Send the request again in a minute.',
    operatorMessage: 'The workspace of SLACK_BOT_TOKEN is not known: Slack has not answered yet.',
  });
}
