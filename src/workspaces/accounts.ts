import { z } from 'zod';
import type { Secret, WorkspaceDeps } from './installations.ts';
import { createCollection, nameOf } from './records.ts';

/** An account of Trello's, by what Trello calls its member. */
export const memberSchema = z.object({ id: z.string(), username: z.string(), fullName: z.string() });
export type TrelloMember = z.infer<typeof memberSchema>;

const schema = memberSchema.extend({
  /** Slack's id of the person who connected it. */
  by: z.string(),
  /** When it was connected. Milliseconds since 1970. */
  at: z.number(),
  token: z.string().optional(),
});

/** An account that the bridge acts with in a workspace. */
export interface Account extends TrelloMember {
  by?: string;
  at?: number;
  /** `undefined`: Trello refuses the token, so the account has to be connected again. */
  token: Secret | undefined;
}

export interface Accounts {
  find(workspace: string, id: string): Promise<Account | undefined>;
  list(workspace: string): Promise<Account[]>;
  /** Connects an account, or one again with a new token. */
  connect(workspace: string, member: TrelloMember, token: string, by: string): Promise<void>;
  /** Resolves with whether it was connected. */
  disconnect(workspace: string, id: string, by: string): Promise<boolean>;
  /** Trello refuses the token: deletes it, unless the account was connected again after `connectedAt`. */
  refused(workspace: string, id: string, connectedAt: number): Promise<void>;
}

const TYPE = 'account';

export function createAccounts({ records, vault, audit, ofVariables }: WorkspaceDeps): Accounts {
  const stored = createCollection(records, TYPE, schema);
  const recordOf = (workspace: string, id: string) => nameOf({ workspace, type: TYPE, id });
  const asAccount = (workspace: string, { token, ...rest }: z.infer<typeof schema>): Account => ({
    ...rest,
    token: token === undefined ? undefined : () => vault.open(recordOf(workspace, rest.id), token),
  });

  return {
    async find(workspace, id) {
      const own = ofVariables?.account(workspace);
      if (own?.id === id) return own;
      const found = await stored.get(workspace, id);
      return found && asAccount(workspace, found);
    },
    async list(workspace) {
      const own = ofVariables?.account(workspace);
      const found = await stored.list(workspace);
      return [...(own ? [own] : []), ...found.map((account) => asAccount(workspace, account))];
    },
    async connect(workspace, member, token, by) {
      const sealed = await vault.seal(recordOf(workspace, member.id), token);
      const account = { ...member, by, at: Date.now(), token: sealed };
      await stored.change(workspace, member.id, () => account);
      await audit.add({
        team: workspace,
        who: by,
        act: 'connected',
        what: `Trello account ${member.username}`,
      });
    },
    async disconnect(workspace, id, by) {
      let username: string | undefined;
      await stored.change(workspace, id, (before) => {
        username = before?.username;
        return undefined;
      });
      if (username === undefined) return false;
      await audit.add({ team: workspace, who: by, act: 'disconnected', what: `Trello account ${username}` });
      return true;
    },
    async refused(workspace, id, connectedAt) {
      await stored.change(workspace, id, (before) => {
        if (before?.token === undefined || before.at !== connectedAt) return before;
        const { token: _, ...rest } = before;
        return rest;
      });
    },
  };
}
