import { randomBytes } from 'node:crypto';
import type { Deliver } from './delivery.ts';
import type { EventDelivery } from './event-delivery.ts';
import { lifecyclePayload } from './payloads.ts';
import type { Workspace } from './workspace.ts';

export interface InstallationChange {
  type: 'app_installed' | 'app_removed';
}

/** The order in which the two events of an uninstall come; Slack promises none. */
export interface UninstallOptions {
  first?: 'app_uninstalled' | 'tokens_revoked';
  /** The events are sent when `sendEvents` of the result is called, as after a new installation. */
  late?: boolean;
}

/**
 * Installs the app in a workspace and removes it. `deliver` reaches the app wherever it is installed. `deadTokens`: what
 * a call with a token that was valid once is refused with.
 */
export function createInstallation({
  workspace,
  emit,
  deliver,
  events,
  deadTokens,
}: {
  workspace: Workspace;
  emit: (change: InstallationChange) => void;
  deliver: Deliver;
  events: EventDelivery;
  deadTokens: Map<string, 'account_inactive' | 'token_revoked'>;
}) {
  const { app, channels } = workspace;

  return {
    isInstalled: () => app.botToken !== '',
    /** Installing once more adds scopes, and keeps the token. */
    install(scopes: readonly string[]): void {
      const granted = app.botToken === '' ? scopes : [...app.scopes, ...scopes];
      app.scopes = [...new Set(granted)];
      if (app.botToken === '') app.botToken = `xoxb-${workspace.team.id}-${randomBytes(12).toString('hex')}`;
      emit({ type: 'app_installed' });
    },
    /** Removes the app, its memberships and its token. `sendEvents` resolves when the app was told, or could not be. */
    uninstall({ first = 'app_uninstalled', late = false }: UninstallOptions = {}): {
      sendEvents: () => Promise<void>;
    } {
      // Late or not, they are of the time at which it happened.
      const told = [{ type: 'app_uninstalled' }, tokensRevoked()].map((event) =>
        lifecyclePayload(workspace, event),
      );
      if (first === 'tokens_revoked') told.reverse();
      endToken('account_inactive');
      for (const channel of channels.values()) {
        if (channel.kind === 'public' || channel.kind === 'private') channel.members.delete(app.botUserId);
      }
      const sendEvents = async () => {
        for (const payload of told) await events.send(deliver, payload);
      };
      const sent = late ? undefined : sendEvents();
      return { sendEvents: () => sent ?? sendEvents() };
    },
    /** Revokes the bot token alone, of which the app is told by `tokens_revoked`. */
    revokeToken(): void {
      const event = tokensRevoked();
      endToken('token_revoked');
      void events.send(deliver, lifecyclePayload(workspace, event));
    },
  };

  function tokensRevoked() {
    return { type: 'tokens_revoked', tokens: { oauth: [], bot: [app.botUserId] } };
  }

  function endToken(refusedWith: 'account_inactive' | 'token_revoked'): void {
    if (app.botToken !== '') deadTokens.set(app.botToken, refusedWith);
    app.botToken = '';
    emit({ type: 'app_removed' });
  }
}
