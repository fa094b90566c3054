import { isDeepStrictEqual } from 'node:util';
import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewOutput, ViewSubmitAction } from '@slack/bolt';
import type { Logger } from 'pino';
import { isAppError } from '../../../errors.ts';
import type { Kind } from '../../../tasks/kind.ts';
import type { FieldProblem, Parsed } from '../../../tasks/request.ts';
import { durably, notSaved } from '../../durable.ts';
import type { TellWhere } from '../../elsewhere.ts';
import type { FormMemory } from '../../form-memory.ts';
import { type Accept, formOf } from '../../form-request.ts';
import { similarForm } from '../../messages/similar-form.ts';
import {
  BOARD_FIELD,
  blockOf,
  fieldsIn,
  KIND_FIELD,
  readTaskMetadata,
  readValues,
  taskForm,
} from '../../messages/task-form.ts';
import type { Similar } from '../../similar.ts';
import type { KnownSetup } from '../commands/spacex-task.ts';

/**
 * Trello's id of the board that was chosen for the card, or else for its channel. `settled` is kept with the request;
 * `shown`: where the card goes as things stand.
 * @throws AppError `not_connected`: no longer a board of the workspace
 */
export type BoardChosen = (
  team: string,
  channel: string | undefined,
  chosen: string | undefined,
) => Promise<{ settled: string | undefined; shown: string | undefined }>;

/**
 * Takes the sent form: problems go back into it, all at once; a valid request is durable before the form closes. Where the
 * board has cards like it, these are shown first, and nothing is made. When the request cannot be made durable in time the
 * form stays open and says so; sent again, it is still the same request.
 */
export function createTaskFormListener({
  kinds,
  parse,
  accept,
  memory,
  knownSetup,
  boardOf,
  similar,
  tellWhere,
  log,
}: {
  kinds: readonly Kind[];
  parse: (input: unknown) => Parsed;
  accept: Accept;
  memory: FormMemory;
  knownSetup: KnownSetup;
  boardOf: BoardChosen;
  similar: Pick<Similar, 'check'>;
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
    const form = formOf({ view, body, context });
    const { team } = form;
    try {
      const metadata = readTaskMetadata(view);
      const typed = readValues(view);
      const chosen = kinds.find(({ type }) => type === typed[KIND_FIELD]);
      if (chosen && !isDrawnFor(view, chosen)) {
        // Sent before the fields of the chosen kind were there. Its problems would be of fields that nobody sees.
        const { values } = await memory.remember(view, '');
        const replaces = { blocks: view.blocks, suffix: view.hash };
        const setup = await knownSetup(team);
        const drawn = { kinds, kind: chosen, values, metadata, setup, replaces };
        return await ack({ response_action: 'update', view: taskForm(drawn) });
      }
      const parsed = parse(typed);
      if (!parsed.ok) return await stayOpen(parsed.problems);

      const { request } = parsed;
      const accepted = await durably(
        boardOf(team, metadata.channel, request.board).then(async ({ settled, shown }) => {
          const cards = shown === undefined ? [] : await similar.check(form, request, typed, shown);
          if (cards.length > 0) return { cards };
          return { job: await accept(form, metadata, { request, board: settled }) };
        }),
      );
      if ('cards' in accepted) {
        return await ack({ response_action: 'push', view: similarForm(accepted.cards, metadata) });
      }
      await ack({ response_action: 'clear' });
      if (metadata.responseUrl) await tellWhere(accepted.job.id, metadata.responseUrl);
    } catch (error) {
      if (!isAppError(error)) throw error;
      const level = error.code === 'request_conflict' ? 'info' : 'error';
      log[level]({ err: error, view: view.id }, 'submission not accepted');
      const button = view.submit?.text ?? 'Create card';
      const message = error.code === 'store_unavailable' ? notSaved(button) : error.userMessage;
      await stayOpen([{ field: error.code === 'not_connected' ? BOARD_FIELD : KIND_FIELD, message }]);
    }
  };
}

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
