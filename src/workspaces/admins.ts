import { AppError } from '../errors.ts';
import type { Workspaces } from './workspaces.ts';

/** App admins of a workspace: Slack's ids of who may change its setup. */
export interface Admins {
  /** Who installed the app comes first; then those who were named. */
  of(workspace: string): Promise<string[]>;
  /** “Bruno or 2 others”, by their names in Trello; “an app admin” while none is known. Text, not markup. */
  names(workspace: string): Promise<string>;
}

export function createAdmins({
  installations,
  setups,
  people,
}: Pick<Workspaces, 'installations' | 'setups' | 'people'>): Admins {
  async function of(workspace: string): Promise<string[]> {
    const [installation, { admins }] = await Promise.all([
      installations.find(workspace),
      setups.find(workspace),
    ]);
    return [...new Set([installation?.installer ?? [], admins?.users ?? []].flat())];
  }

  return {
    of,
    async names(workspace) {
      const users = await of(workspace);
      const members = await Promise.all(users.map((user) => people.find({ team: workspace, user })));
      const known = members.flatMap((member) => member?.name ?? []);
      if (known[0] === undefined) return 'an app admin';
      const others = users.length - 1;
      return others === 0 ? known[0] : `${known[0]} or ${others} other${others === 1 ? '' : 's'}`;
    },
  };
}

/** A workspace without a board. `admins`: {@link Admins.names}. */
export function notSetUp(workspace: string, admins: string): AppError {
  const who = admins === 'an app admin' ? 'An app admin' : admins;
  return new AppError({
    code: 'not_set_up',
    retry: 'never',
    userMessage: `This app isn’t connected to a Trello board yet. ${who} can do that with \`/spacex-task setup\`.`,
    operatorMessage: `Workspace ${workspace} has no board.`,
  });
}
