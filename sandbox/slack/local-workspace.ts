import { randomBytes } from 'node:crypto';
import { createChanges } from './changes.ts';
import { type Deliver, failed } from './delivery.ts';
import type { EventDelivery } from './event-delivery.ts';
import { createInstallation } from './installation.ts';
import { createMessages } from './messages.ts';
import { createMessageLimiter, createMinuteLimiter } from './methods/chat.ts';
import { createOpenViews, type OpenView } from './open-views.ts';
import { createPersonActions, type PersonContext } from './person.ts';
import { createModalActions } from './person-modals.ts';
import { createResponseUrls } from './response-urls.ts';
import { createTriggers } from './triggers.ts';
import { createWorkspace, type WorkspaceOptions } from './workspace.ts';

export interface LocalWorkspaceOptions {
  plan: WorkspaceOptions;
  deliver: Deliver;
  events: EventDelivery;
  /** What calls with tokens that were valid once are refused with. */
  deadTokens: Map<string, 'account_inactive' | 'token_revoked'>;
  /** This server's address without a path. */
  origin: () => string;
  /** Milliseconds. */
  triggerLifetime: number;
  limitMessages: boolean;
  untidyState: boolean;
  /**
   * Microseconds since 1970. Views and messages are numbered from here on, so that the same acts in two workspaces have
   * the same ids; undefined for ids that differ.
   */
  numberedFrom: number | undefined;
}

/** Calls a minute. @see https://docs.slack.dev/apis/web-api/rate-limits */
const TIER_3 = 50;
const TIER_4 = 100;

export type LocalWorkspace = ReturnType<typeof createLocalWorkspace>;

/** A workspace with everything that is in it, and what its people do. */
export function createLocalWorkspace({
  plan,
  deliver: deliverToApp,
  events,
  deadTokens,
  origin,
  triggerLifetime,
  limitMessages,
  untidyState,
  numberedFrom,
}: LocalWorkspaceOptions) {
  const workspace = createWorkspace(plan);
  const changes = createChanges();
  const messages = createMessages(changes.emit, numberedFrom === undefined ? undefined : () => numberedFrom);
  const nextId = numberedFrom === undefined ? randomViewId : createNumberedViewIds();
  const views = createOpenViews(workspace, changes.emit, { untidyState, nextId });
  const triggers = createTriggers(triggerLifetime);
  const responseUrls = createResponseUrls({ workspace, messages });
  const installation = createInstallation({
    workspace,
    emit: changes.emit,
    deliver: deliverToApp,
    events,
    deadTokens,
  });
  const deliver: Deliver = async (delivery) =>
    installation.isInstalled() ? deliverToApp(delivery) : failed('dispatch_failed');
  const person: PersonContext = {
    workspace,
    messages,
    views,
    triggers,
    responseUrls,
    deliver,
    events,
    origin,
  };

  return {
    workspace,
    messages,
    ...installation,
    emit: changes.emit,
    subscribe: changes.subscribe,
    until: changes.until,
    responseUrls,
    /** What the methods of the Web API work on, with a token of this workspace. */
    forMethods: {
      workspace,
      messages,
      views,
      triggers,
      takeMessage: limitMessages ? createMessageLimiter() : () => 0,
      takeEdit: limitMessages ? createMinuteLimiter(TIER_3) : () => 0,
      takePublication: limitMessages ? createMinuteLimiter(TIER_4) : () => 0,
      uninstall: installation.uninstall,
      revokeToken: installation.revokeToken,
    },
    ...createPersonActions(person),
    ...createModalActions(person),
    /** The modals on a person's screen, in the order in which they were opened. */
    openViews: (user: string): OpenView[] => views.of(workspace.person(user).id),
    /** The app's home tab of a person. */
    home: (user: string) => views.home(workspace.person(user).id),
    /** The messages that only this person sees, oldest first. */
    ephemerals: (user: string) => messages.ephemeralsFor(workspace.person(user).id),
    /** Resolves with the next modal of the person that is not in `known`. */
    nextView(user: string, known: readonly OpenView[] = []): Promise<OpenView> {
      const { id } = workspace.person(user);
      return changes.until(() => views.of(id).find((open) => !known.includes(open)));
    },
    /** Resolves with the modal that the app opened for a command, a shortcut or a message's button. */
    viewOf: ({ triggerId }: { triggerId: string }): Promise<OpenView> =>
      changes.until(() => views.findByTrigger(triggerId)),
  };
}

function randomViewId(): string {
  return `V0${randomBytes(8).toString('hex').toUpperCase()}`;
}

function createNumberedViewIds(): () => string {
  let number = 0;
  return () => {
    number += 1;
    return `V0LOCAL${String(number).padStart(4, '0')}`;
  };
}
