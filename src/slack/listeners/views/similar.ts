import type {
  AllMiddlewareArgs,
  BlockAction,
  ButtonAction,
  SlackActionMiddlewareArgs,
  SlackViewMiddlewareArgs,
  ViewSubmitAction,
} from '@slack/bolt';
import type { Logger } from 'pino';
import { AppError, isAppError } from '../../../errors.ts';
import { CARD_GONE } from '../../../flows/create-card/job.ts';
import type { ExistingCards } from '../../../flows/create-card/ports.ts';
import { type Parsed, type TaskRequest, textsOf } from '../../../tasks/request.ts';
import { withTimeout } from '../../../timeout.ts';
import { durably, notSaved } from '../../durable.ts';
import type { TellWhere } from '../../elsewhere.ts';
import { type Accept, type FormOf, formOf } from '../../form-request.ts';
import { followingForm, similarFormAgain } from '../../messages/similar-form.ts';
import { readTaskMetadata } from '../../messages/task-form.ts';
import { unlessClosed } from '../../setup.ts';
import type { Asked, Similar } from '../../similar.ts';
import type { BoardChosen } from './task-form.ts';

/** What the view with similar cards needs. */
export interface SimilarControls {
  parse: (input: unknown) => Parsed;
  accept: Accept;
  boardOf: BoardChosen;
  similar: Pick<Similar, 'recall'>;
  isThere: ExistingCards['isThere'];
  tellWhere: TellWhere;
  log: Logger;
}

/** Trello says within this time that a card is gone, or the job finds out. Milliseconds. */
const SEEN_WITHIN = 1_000;

/** “Create anyway”: the request as it was typed is durable before the forms close. */
export function createSimilarListener(controls: SimilarControls) {
  const { accept, boardOf, tellWhere, log } = controls;

  return async ({
    ack,
    body,
    context,
    view,
  }: SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs): Promise<void> => {
    const form = formOf({ view, body, context });
    const metadata = readTaskMetadata(view);
    try {
      const job = await durably(
        recall(controls, form).then(async ({ request }) => {
          const { settled } = await boardOf(form.team, metadata.channel, request.board);
          return await accept(form, metadata, { request, board: settled });
        }),
      );
      await ack({ response_action: 'clear' });
      if (metadata.responseUrl) await tellWhere(job.id, metadata.responseUrl);
    } catch (error) {
      if (!isAppError(error)) throw error;
      log.warn({ err: error, view: view.id }, 'submission not accepted');
      const words = error.code === 'store_unavailable' ? notSaved('Create anyway') : error.userMessage;
      await ack({ response_action: 'update', view: similarFormAgain(view, metadata, words) });
    }
  };
}

/** “Follow this one”: durable before its acknowledgement, and no second card. */
export function createFollowListener(controls: SimilarControls) {
  const { accept, boardOf, isThere, tellWhere, log } = controls;

  return async ({
    ack,
    action: { value },
    body,
    client,
    context,
  }: SlackActionMiddlewareArgs<BlockAction<ButtonAction>> & AllMiddlewareArgs): Promise<void> => {
    const { view } = body;
    if (!view) return await ack();
    const form = formOf({ view, body, context });
    const metadata = readTaskMetadata(view);

    async function follow() {
      const { asked, request } = await recall(controls, form);
      const card = asked.cards.find(({ id }) => id === value);
      if (!card) throw outOfDate();
      const { team } = form;
      const { settled: board } = await boardOf(team, metadata.channel, asked.board);
      if (!(await isSeen({ team, board: asked.board }, card.id))) throw gone(card.id);
      const follows = { id: card.id, title: card.title, words: textsOf(request).join('\n') };
      const job = await accept(form, metadata, { request, board, follow: follows });
      return { job, card };
    }

    const done = await durably(follow()).catch((error: unknown) => ({ error }));
    // After the press is durable; also when it failed, so that Slack shows no error of its own beside ours.
    await ack();
    if ('job' in done) {
      const shown = followingForm(done.card, metadata);
      await client.views.update({ view_id: view.id, view: shown }).catch(unlessClosed);
      if (metadata.responseUrl) await tellWhere(done.job.id, metadata.responseUrl);
      return;
    }
    const { error } = done;
    if (!isAppError(error)) throw error;
    log.warn({ err: error, view: view.id }, 'not followed');
    const words = error.code === 'store_unavailable' ? notSaved('Follow this one') : error.userMessage;
    const without = error.code === CARD_GONE ? value : undefined;
    const shown = similarFormAgain(view, metadata, words, without);
    await client.views.update({ view_id: view.id, view: shown }).catch(unlessClosed);
  };

  /** A Trello that does not say soon costs the question alone: the job asks again. */
  async function isSeen(board: { team: string; board: string }, card: string): Promise<boolean> {
    const late = () => new Error('Trello has not answered yet.');
    return await withTimeout(SEEN_WITHIN, isThere(board, card), late).catch(() => true);
  }
}

/** What was typed in the form under this one. @throws AppError `view_unknown` */
async function recall(
  { similar, parse }: Pick<SimilarControls, 'similar' | 'parse'>,
  form: FormOf,
): Promise<{ asked: Asked; request: TaskRequest }> {
  const asked = await similar.recall(form);
  const parsed = asked && parse(asked.typed);
  if (!asked || !parsed?.ok) throw outOfDate();
  return { asked, request: parsed.request };
}

function outOfDate(): AppError {
  return new AppError({
    code: 'view_unknown',
    retry: 'never',
    userMessage: 'This form is out of date. Press Back, then Create card once more.',
  });
}

function gone(card: string): AppError {
  return new AppError({
    code: CARD_GONE,
    retry: 'never',
    userMessage: 'That card was deleted meanwhile. Choose another or press Create anyway.',
    operatorMessage: `404 on ${card}; nothing follows it.`,
  });
}
