import { isDeepStrictEqual } from 'node:util';
import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewOutput, ViewSubmitAction } from '@slack/bolt';
import type { Logger } from 'pino';
import { isAppError } from '../../../errors.ts';
import type { Submit, Submitted } from '../../../flows/create-card/submit.ts';
import type { Kind } from '../../../tasks/kind.ts';
import type { FieldProblem, Parsed, TaskRequest } from '../../../tasks/request.ts';
import { durably, notSaved } from '../../durable.ts';
import type { TellWhere } from '../../elsewhere.ts';
import type { FormMemory } from '../../form-memory.ts';
import {
  BOARD_FIELD,
  blockOf,
  type FormMetadata,
  fieldsIn,
  KIND_FIELD,
  readTaskMetadata,
  readValues,
  taskForm,
} from '../../messages/task-form.ts';
import type { SourceMessages } from '../../source-messages.ts';
import type { KnownSetup } from '../commands/spacex-task.ts';

/**
 * Takes the sent form: problems go back into it, all at once; a valid request is durable before the form closes. When
 * it cannot be made durable in time the form stays open and says so; sent again, it is still the same request.
 */
export function createTaskFormListener({
  kinds,
  parse,
  submit,
  memory,
  messages,
  knownSetup,
  boardOf,
  tellWhere,
  log,
}: {
  kinds: readonly Kind[];
  parse: (input: unknown) => Parsed;
  submit: Submit;
  memory: FormMemory;
  messages: Pick<SourceMessages, 'linkTo' | 'remember'>;
  knownSetup: KnownSetup;
  /**
   * Trello's id of the board that was chosen for the card, or else for its channel.
   * @throws AppError `not_connected`: no longer a board of the workspace
   */
  boardOf: (
    team: string,
    channel: string | undefined,
    chosen: string | undefined,
  ) => Promise<string | undefined>;
  tellWhere: TellWhere;
  log: Logger;
}) {
  return async ({
    ack,
    body,
    context,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const stayOpen = (problems: readonly FieldProblem[]) =>
      ack({ response_action: 'errors', errors: toFieldErrors(problems, view) });
    // Where the app is: the person's own workspace may be another one of the same organisation.
    const team = context.teamId ?? view.team_id;
    try {
      const metadata = readTaskMetadata(view);
      const typed = readValues(view);
      const chosen = kinds.find(({ type }) => type === typed[KIND_FIELD]);
      if (chosen && !isDrawnFor(view, chosen)) {
        // Sent before the fields of the chosen kind were there. Its problems would be of fields that nobody sees.
        const { values } = await memory.remember(view, '');
        const replaces = { blocks: view.blocks, suffix: view.hash };
        const setup = await knownSetup(team);
        const form = { kinds, kind: chosen, values, metadata, setup, replaces };
        return await ack({ response_action: 'update', view: taskForm(form) });
      }
      const parsed = parse(typed);
      if (!parsed.ok) return await stayOpen(parsed.problems);

      const { request } = parsed;
      const { outcome, job } = await durably(accept({ team, view, user: body.user, metadata, request }));
      if (outcome === 'conflict') {
        const { reference } = job.state;
        log.info({ view: view.id, reference, code: 'request_conflict' }, 'form sent again with another text');
        return await stayOpen([{ field: KIND_FIELD, message: ALREADY_SENT }]);
      }
      await ack({ response_action: 'clear' });
      if (metadata.responseUrl) await tellWhere(job.id, metadata.responseUrl);
    } catch (error) {
      if (!isAppError(error)) throw error;
      log.error({ err: error, view: view.id }, 'submission not accepted');
      const button = view.submit?.text ?? 'Create card';
      const message = error.code === 'store_unavailable' ? notSaved(button) : error.userMessage;
      await stayOpen([{ field: error.code === 'not_connected' ? BOARD_FIELD : KIND_FIELD, message }]);
    }
  };

  /** Makes the request durable, and with it that its message has a card. */
  async function accept({ team, view, user, metadata, request }: Sent): Promise<Submitted> {
    const { channel, channelName, message } = metadata;
    const board = await boardOf(team, channel, request.board);
    const identity = ['slack', team, view.id];
    const asked = {
      source: 'slack' as const,
      team,
      channel,
      channelName,
      user: user.id,
      name: user.name || SOMEONE,
    };
    if (channel === undefined || !message) return await submit({ identity, request, origin: asked, board });
    const { ts, thread, author } = message;
    const place = { team, channel, ts, thread };
    const origin = { ...asked, message: { ts, thread, author, link: await messages.linkTo(place) } };
    const submitted = await submit({ identity, request, origin, board });
    if (submitted.outcome === 'accepted') await messages.remember(place, submitted.job);
    return submitted;
  }
}

/** A valid form as it was sent. */
interface Sent {
  team: string;
  view: ViewOutput;
  user: ViewSubmitAction['user'];
  metadata: FormMetadata;
  request: TaskRequest;
}

/** Slack may leave the person's name out. */
const SOMEONE = 'Someone';
const ALREADY_SENT =
  'This form was already sent and its card is being created. For another card, copy your text, press Cancel and run the command again.';

function isDrawnFor(view: ViewOutput, { fields }: Kind): boolean {
  const shown = fieldsIn(view).filter((name) => name !== KIND_FIELD && name !== BOARD_FIELD);
  return isDeepStrictEqual(shown, Object.keys(fields));
}

/** The first message of each field; Slack shows only those whose block is in the form. */
function toFieldErrors(problems: readonly FieldProblem[], view: ViewOutput): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const { field, message } of problems) errors[blockOf(view, field) ?? KIND_FIELD] ??= message;
  return errors;
}
