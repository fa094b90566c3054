import type { AllMiddlewareArgs } from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { SlackPerson } from '../workspaces/people.ts';
import type { WorkspaceFor } from './workspace.ts';

/** As long as a form is likely to be open. Milliseconds. */
const REMEMBERED_FOR = 60 * 60_000;

/**
 * Which form a person may have open, to draw it again when they have connected an account in their browser. `name` tells
 * forms apart. Neither function rejects: the form shows it all when it is opened the next time.
 */
export function createOpenedForm<Form>({
  name,
  opened,
  workspaceFor,
  redraw,
  log,
}: {
  name: string;
  opened: Keyv;
  workspaceFor: WorkspaceFor;
  redraw: (client: AllMiddlewareArgs['client'], who: SlackPerson, form: Form) => Promise<void>;
  log: Logger;
}) {
  const keyOf = ({ team, user }: SlackPerson) => `${name}-${team}-${user}`;

  return {
    async remember(who: SlackPerson, form: Form): Promise<void> {
      await opened
        .set(keyOf(who), form, REMEMBERED_FOR)
        .catch((error: unknown) => log.warn({ err: error }, 'open form not remembered'));
    },
    async drawAgain(who: SlackPerson): Promise<void> {
      try {
        const form = await opened.get<Form>(keyOf(who));
        if (!form) return;
        const { client } = await workspaceFor(who.team);
        await redraw(client, who, form);
      } catch (error) {
        log.warn({ err: error }, 'open form not drawn again');
      }
    },
  };
}
