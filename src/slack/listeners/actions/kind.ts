import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs, ViewOutput } from '@slack/bolt';
import type { Kind } from '../../../tasks/kind.ts';
import { slackCode } from '../../errors.ts';
import type { FormMemory } from '../../form-memory.ts';
import { KIND_FIELD, readTaskMetadata, readValues, taskForm } from '../../messages/task-form.ts';
import type { KnownSetup } from '../commands/spacex-task.ts';

/** Somebody has chosen a kind or a board. `at` is Slack's `action_ts`; `view` is the form as their screen showed it then. */
interface Choice {
  view: ViewOutput;
  at: string;
  client: AllMiddlewareArgs['client'];
}

/** A form as Slack has it now. */
type Shown = Pick<ViewOutput, 'hash' | 'blocks'>;

/**
 * Changes the form's fields when another kind is chosen, and its last line with the board. Slack keeps what is in fields that stay; what was in fields
 * that go is remembered, so that it is there again when they come back.
 *
 * One update at a time for each form, with the hash of the last one's answer: the payload of a quick second choice has
 * the hash from before the first. Of the choices that come meanwhile only the newest is drawn. On a `hash_conflict`
 * somebody else has drawn this form, another instance above all, and its hash cannot be known here. The newest choice
 * stands in the shared store before anything is drawn: whoever holds it draws again without a hash, and nobody else
 * does. Should two instances write there in the same moment and the older choice win, the form that is sent is drawn
 * again for the kind that it shows as chosen (listeners/views/task-form.ts).
 */
export function createKindListener({
  kinds,
  memory,
  knownSetup,
}: {
  kinds: readonly Kind[];
  memory: FormMemory;
  knownSetup: KnownSetup;
}) {
  /** Forms with an update on its way, each with the newest choice that waits for it. */
  const drawing = new Map<string, Choice | undefined>();

  return async ({
    ack,
    body,
    action,
    client,
  }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const { view } = body;
    if (!view) return;
    const choice: Choice = { view, at: action.action_ts, client };
    if (drawing.has(view.id)) {
      const waiting = drawing.get(view.id);
      if (!waiting || waiting.at <= choice.at) drawing.set(view.id, choice);
      return;
    }
    try {
      let shown: Shown = view;
      for (let next: Choice | undefined = choice; next; next = drawing.get(view.id)) {
        drawing.set(view.id, undefined);
        shown = await draw(next, shown);
      }
    } finally {
      drawing.delete(view.id);
    }
  };

  /** Resolves with the form as it is afterwards. */
  async function draw({ view, at, client }: Choice, shown: Shown): Promise<Shown> {
    const kind = kinds.find(({ type }) => type === readValues(view)[KIND_FIELD]);
    if (!kind) return shown;
    const metadata = readTaskMetadata(view);
    const { values, newest } = await memory.remember(view, at);
    if (!newest) return shown;
    const setup = await knownSetup(view.team_id);
    const update = async (blocks: Shown['blocks'], hash?: string): Promise<Shown> => {
      const form = taskForm({
        kinds,
        kind,
        values,
        metadata,
        setup,
        replaces: { blocks, suffix: at },
      });
      const answer = await client.views.update({ view_id: view.id, ...(hash && { hash }), view: form });
      return { hash: answer.view?.hash ?? '', blocks: form.blocks };
    };
    try {
      return await update(shown.blocks, shown.hash).catch(async (error: unknown) => {
        if (slackCode(error) !== 'hash_conflict') throw error;
        // No block of the form as it is now is known here, so every field is a new one.
        return (await memory.remember(view, at)).newest ? await update([]) : shown;
      });
    } catch (error) {
      // Closed meanwhile.
      if (slackCode(error) === 'not_found') return shown;
      throw error;
    }
  }
}
