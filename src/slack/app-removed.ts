import type { Logger } from 'pino';
import type { Installations } from '../workspaces/installations.ts';

/** What Slack sends when the app has lost a workspace, in no certain order: both when it is uninstalled. */
export const REMOVALS: readonly string[] = ['app_uninstalled', 'tokens_revoked'];

/**
 * The app was removed from a workspace at `eventTime` (seconds since 1970): its token is deleted, unless the app was
 * installed again since. Jobs and links find that out by themselves. Org-wide, Slack names the organisation and no team.
 * @throws AppError as the store does
 */
export type AppRemoved = (
  from: { teamId?: string | undefined; enterpriseId?: string | undefined },
  eventTime: number,
) => Promise<void>;

export function createAppRemoved({
  installations,
  log,
}: {
  installations: Pick<Installations, 'markGone'>;
  log: Logger;
}): AppRemoved {
  return async ({ teamId, enterpriseId }, eventTime) => {
    const team = teamId ?? enterpriseId ?? '';
    const isRemoved = await installations.markGone(team, eventTime * 1000);
    if (isRemoved) log.warn({ team }, 'the app was uninstalled: its jobs end, its links rest');
    else log.info({ team }, 'Slack tells of an uninstallation: the store has no token from before it');
  };
}
