import { z } from 'zod';
import type { Audit } from './audit.ts';
import { createCollection, nameOf, type Records } from './records.ts';
import type { OfVariables } from './variables.ts';
import type { Vault } from './vault.ts';

/** Decrypts a token when it is needed. As a function it never stands in a log or a message. */
export type Secret = () => Promise<string>;

/** What the parts of this folder are made of. */
export interface WorkspaceDeps {
  records: Records;
  vault: Vault;
  audit: Audit;
  /** The workspace of the settings, as one more beside those in the store. */
  ofVariables?: OfVariables | undefined;
}

const facts = z.object({
  /** Slack's id of the team, or of the organisation for an installation of all its teams. */
  workspace: z.string(),
  name: z.string(),
  /** The workspace's address with a slash at the end. */
  url: z.string().optional(),
  isEnterpriseInstall: z.boolean(),
  /** The organisation that the team belongs to. */
  enterprise: z.object({ id: z.string(), name: z.string() }).optional(),
  appId: z.string(),
  botId: z.string(),
  botUserId: z.string(),
  /** The name by which the app is mentioned and invited. */
  botName: z.string().optional(),
  /** What Slack granted to the bot. */
  scopes: z.array(z.string()),
  /** Slack's id of the person who installed the app. */
  installer: z.string(),
});
const schema = facts.extend({
  /** Milliseconds since 1970. */
  installedAt: z.number(),
  goneSince: z.number().optional(),
  token: z.string().optional(),
});

/** What Slack tells at an installation. */
export type InstallationFacts = z.infer<typeof facts>;

/** The app in one workspace. In the workspace of the settings, what Slack has not told yet is left out. */
export interface Installation extends Partial<InstallationFacts> {
  /** Milliseconds since 1970. */
  installedAt?: number;
  /** The app was uninstalled, or its token revoked. Milliseconds since 1970. */
  goneSince?: number | undefined;
  /** The bot token; `undefined` once the app is gone. */
  token?: Secret | undefined;
}

export interface Installations {
  find(workspace: string): Promise<Installation | undefined>;
  /** Keeps a new installation, or one again. */
  add(installation: InstallationFacts, botToken: string): Promise<void>;
  /**
   * Marks the app as gone and deletes its token. Slack may tell of it after the app was installed again, so a later
   * installation than `at` (milliseconds since 1970, by Slack's clock in whole seconds) stays. Resolves with whether
   * there was one to mark.
   */
  markGone(workspace: string, at: number): Promise<boolean>;
}

/** Slack tells that it happened, and not who did it. */
const SLACK = 'slack';
const TYPE = 'installation';

export function createInstallations({ records, vault, audit, ofVariables }: WorkspaceDeps): Installations {
  const stored = createCollection(records, TYPE, schema);
  const recordOf = (workspace: string) => nameOf({ workspace, type: TYPE, id: workspace });

  return {
    async find(workspace) {
      const own = ofVariables?.installation(workspace);
      if (own) return own;
      const found = await stored.get(workspace, workspace);
      if (!found) return undefined;
      const { token, ...rest } = found;
      return {
        ...rest,
        token: token === undefined ? undefined : () => vault.open(recordOf(workspace), token),
      };
    },
    async add(installation, botToken) {
      const { workspace, installer, name } = installation;
      const token = await vault.seal(recordOf(workspace), botToken);
      const installedAt = Date.now();
      await stored.change(workspace, workspace, () => ({ ...installation, installedAt, token }));
      await audit.add({ team: workspace, who: installer, act: 'installed', what: `the app in ${name}` });
    },
    async markGone(workspace, at) {
      let isMarked = false;
      await stored.change(workspace, workspace, (before) => {
        isMarked = before?.token !== undefined && Math.floor(before.installedAt / 1000) * 1000 <= at;
        if (!before || !isMarked) return before;
        const { token: _, ...rest } = before;
        return { ...rest, goneSince: Date.now() };
      });
      if (isMarked) await audit.add({ team: workspace, who: SLACK, act: 'uninstalled', what: 'the app' });
      return isMarked;
    },
  };
}

/** The id under which the app is installed. @see https://docs.slack.dev/tools/bolt-js/concepts/authenticating-oauth */
export function workspaceIdOf({
  teamId,
  enterpriseId,
  isEnterpriseInstall,
}: {
  teamId?: string | undefined;
  enterpriseId?: string | undefined;
  isEnterpriseInstall?: boolean | undefined;
}): string | undefined {
  return isEnterpriseInstall ? enterpriseId : teamId;
}
