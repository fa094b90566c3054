import type { ViewOutput } from '@slack/bolt';
import { AppError } from '../errors.ts';
import type { CardJob } from '../flows/create-card/job.ts';
import type { Submission, Submit } from '../flows/create-card/submit.ts';
import type { SlackOrigin } from '../tasks/request.ts';
import type { FormMetadata } from './messages/task-form.ts';
import type { SourceMessages } from './source-messages.ts';

/** A person's form, by the id of its first view. */
export interface FormOf {
  team: string;
  user: string;
  /** The person's name in Slack. */
  name: string;
  root: string;
}

/** Slack may leave the person's name out. */
const SOMEONE = 'Someone';

/** Whose form it is. `team` is where the app is: the person's own workspace may be another one of the same organisation. */
export function formOf({
  view,
  body: { user },
  context,
}: {
  view: Pick<ViewOutput, 'id' | 'root_view_id' | 'team_id'>;
  body: { user: { id: string; name?: string } };
  context: { teamId?: string | undefined };
}): FormOf {
  return {
    team: context.teamId ?? view.team_id,
    user: user.id,
    name: user.name || SOMEONE,
    root: view.root_view_id ?? view.id,
  };
}

/** What names the request of a form. */
export function identityOf({ team, root }: Pick<FormOf, 'team' | 'root'>): readonly string[] {
  return ['slack', team, root];
}

/**
 * Makes the request of a form durable, and with it that its message has a card: one request for all views of the form, however
 * often they are sent.
 * @throws AppError `request_conflict`: it was sent before with other content
 */
export type Accept = (
  form: FormOf,
  metadata: FormMetadata,
  asked: Pick<Submission, 'request' | 'board' | 'follow'>,
) => Promise<CardJob>;

export function createAccept({
  submit,
  messages,
}: {
  submit: Submit;
  messages: Pick<SourceMessages, 'linkTo' | 'remember'>;
}): Accept {
  return async (form, { channel, channelName, message }, asked) => {
    const { team, user, name, root } = form;
    const sender = { source: 'slack' as const, team, channel, channelName, user, name };
    async function take(origin: SlackOrigin): Promise<CardJob> {
      const { outcome, job } = await submit({ identity: identityOf(form), origin, ...asked });
      if (outcome === 'conflict') throw alreadySent(root, job);
      return job;
    }
    if (channel === undefined || !message) return await take(sender);
    const { ts, thread, author } = message;
    const place = { team, channel, ts, thread };
    const job = await take({
      ...sender,
      message: { ts, thread, author, link: await messages.linkTo(place) },
    });
    await messages.remember(place, job);
    return job;
  };
}

function alreadySent(view: string, { state: { reference } }: CardJob): AppError {
  return new AppError({
    code: 'request_conflict',
    retry: 'never',
    userMessage:
      'This form was already sent and its card is being created. For another card, copy your text, press Cancel and run the command again.',
    operatorMessage: `Submission of view ${view} repeated with another body, job ${reference}; refused.`,
  });
}
