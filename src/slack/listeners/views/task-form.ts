import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError, isAppError } from '../../../errors.ts';
import type { Submit } from '../../../flows/create-card/submit.ts';
import type { FieldProblem, Parsed } from '../../../tasks/request.ts';
import { withTimeout } from '../../../timeout.ts';
import { KIND_FIELD, readMetadata, readValues } from '../../messages/task-form.ts';

/** Slack gives up after 3 s; a person who is told so at 2 s still has the form with all that was typed. */
const DURABLE_WITHIN = 2_000;

/**
 * Takes the sent form: problems go back into it, all at once; a valid request is durable before the form closes. When
 * it cannot be made durable in time the form stays open and says so; sent again, it is still the same request.
 */
export function createTaskFormListener({
  parse,
  submit,
  log,
}: {
  parse: (input: unknown) => Parsed;
  submit: Submit;
  log: Logger;
}) {
  return async ({
    ack,
    body,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const stayOpen = (problems: readonly FieldProblem[]) =>
      ack({ response_action: 'errors', errors: toFieldErrors(problems, view.blocks) });

    const parsed = parse(readValues(view.state.values));
    if (!parsed.ok) return stayOpen(parsed.problems);

    const team = body.user.team_id ?? body.team?.id ?? view.team_id;
    const { channel } = readMetadata(view);
    try {
      const { outcome } = await withTimeout(
        DURABLE_WITHIN,
        submit({
          identity: ['slack', team, view.id],
          request: parsed.request,
          origin: { source: 'slack', team, channel, user: body.user.id, name: body.user.name || SOMEONE },
        }),
        () => new AppError({ code: 'store_unavailable', retry: 'later', userMessage: NOT_KEPT }),
      );
      if (outcome === 'conflict') return stayOpen([{ field: KIND_FIELD, message: ALREADY_SENT }]);
      await ack({ response_action: 'clear' });
    } catch (error) {
      if (!isAppError(error)) throw error;
      log.error({ err: error, view: view.id }, 'submission not accepted');
      await stayOpen([{ field: KIND_FIELD, message: error.userMessage }]);
    }
  };
}

/** Slack may leave the person's name out. */
const SOMEONE = 'Someone';
const NOT_KEPT =
  'The bridge cannot keep your request safe at the moment. Your text is still here: wait a minute and press the button again.';
const ALREADY_SENT =
  'This form was already sent, with another text, and that card is on its way. For a second card, copy your text, close this form and type the command again.';

/** The first message of each field; Slack shows only those whose block is in the form. */
function toFieldErrors(
  problems: readonly FieldProblem[],
  blocks: readonly { block_id?: string }[],
): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { field, message } of problems) {
    const shown = blocks.some(({ block_id }) => block_id === field) ? field : KIND_FIELD;
    errors[shown] ??= message;
  }
  return errors;
}
