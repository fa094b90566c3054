import type { AllMiddlewareArgs, SlackViewMiddlewareArgs, ViewSubmitAction } from '@slack/bolt';
import { isAppError } from '../../../errors.ts';
import { withTimeout } from '../../../timeout.ts';
import { durably, notSaved } from '../../durable.ts';
import { boardForm } from '../../messages/setup-board-form.ts';
import { type SetupState, setupForm } from '../../messages/setup-form.ts';
import { BOARD, readSetupMetadata } from '../../messages/setup-parts.ts';
import { readSetupForm } from '../../messages/setup-values.ts';
import { type SetupControls, unlessClosed } from '../../setup.ts';

/** Slack gives up after 3 s, of which the store may have taken 2. Milliseconds. */
const CHECKED_WITHIN = 700;

type Listened = SlackViewMiddlewareArgs<ViewSubmitAction> & AllMiddlewareArgs;
/** The acknowledgement, and what is done after it. */
interface Outcome {
  answer?: Parameters<Listened['ack']>[0];
  after?: () => Promise<void>;
}

/**
 * “Use this board”. On top of the setup, the form closes and the setup shows the board. As the first choice of a workspace,
 * all closes when everything is in place, with a sentence in the channel; else the form becomes the setup, which shows what
 * the board lacks.
 */
export function createBoardFormListener(controls: SetupControls) {
  return async ({ ack, body, view, client }: Listened): Promise<void> => {
    const { answer, after } = await decide().catch((error: unknown): Outcome => {
      if (!isAppError(error)) throw error;
      const words = error.code === 'store_unavailable' ? notSaved('Use this board') : error.userMessage;
      return { answer: { response_action: 'errors', errors: { [BOARD]: words } } };
    });
    await ack(answer);
    await after?.();

    async function decide(): Promise<Outcome> {
      const metadata = readSetupMetadata(view);
      const { board, lists, neverDrawn, onlyThisChannel: isRouted } = readSetupForm(view);
      if (!board) return {};
      const who = await controls.adminOf(body, 'choosing a board');
      const state = await controls.read(who);
      const settings = { ...controls.defaults, ...state.setup.boards[board.id], ...board };
      const update = async (form: ReturnType<typeof setupForm>) => {
        await client.views.update({ view_id: view.id, view: form }).catch(unlessClosed);
      };
      if (lists && lists.ofBoard !== board.id) {
        // Sent before the lists of the chosen board were there.
        const loading = { offer: undefined, parts: undefined, chosen: settings, isRouted };
        return {
          answer: { response_action: 'update', view: boardForm(loading, metadata) },
          after: async () =>
            update(boardForm(await controls.choice(who, state, settings, isRouted), metadata)),
        };
      }
      const { id, name, account } = board;
      const { list, doneList } = lists ?? settings;
      const { drawExcept: before } = settings;
      const drawExcept = neverDrawn ? neverDrawnNow(neverDrawn, before) : before;
      const channel = isRouted ? metadata.channel : undefined;
      await durably(controls.use(who, { id, name, account, list, doneList, drawExcept }, channel));
      const below = view.previous_view_id;
      if (below) return { after: () => controls.redraw(client, who, { view_id: below, metadata }) };

      const stored = await controls.read(who);
      const reading = controls.complete(who, stored, metadata);
      const checked = await withTimeout(CHECKED_WITHIN, reading, () => LATE).catch((error) => {
        if (error !== LATE) throw error;
        return undefined;
      });
      if (checked && isInPlace(checked)) {
        return {
          answer: { response_action: 'clear' },
          after: () => controls.sayRoute(checked.setup, metadata),
        };
      }
      const place = { ...metadata, redrawn: true };
      return {
        answer: { response_action: 'update', view: setupForm(checked ?? stored, place) },
        ...(!checked && { after: async () => update(setupForm(await reading, place)) }),
      };
    }
  };
}

/**
 * Trello's ids of those who are never drawn. Who was left out and is not offered, as nobody of the board at the moment, stays
 * so; usernames of the settings become ids.
 */
function neverDrawnNow(
  { offered, chosen }: { offered: readonly string[]; chosen: readonly string[] },
  before: readonly string[] = [],
): string[] {
  return [...chosen, ...before.filter((one) => MEMBER_ID.test(one) && !offered.includes(one))];
}

const MEMBER_ID = /^[0-9a-f]{24}$/;
const LATE = new Error('The board is not checked yet.');

function isInPlace({ checks }: SetupState): boolean {
  return checks !== undefined && [...checks.values()].every(({ problems }) => problems.length === 0);
}
