import type { AllMiddlewareArgs, BlockAction, SlackActionMiddlewareArgs } from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { Kind } from '../../../tasks/kind.ts';
import {
  KIND_FIELD,
  readMetadata,
  readValues,
  type TypedValues,
  taskForm,
} from '../../messages/task-form.ts';

/** A form that is not sent within an hour will not be sent. */
const TYPED_KEPT_FOR = 60 * 60_000;

/**
 * Changes the form's fields when another kind is chosen. Slack keeps what stands in fields that stay; what stood in
 * fields that go is remembered, so that it is there again when they come back.
 */
export function createKindListener({
  kinds,
  typed,
  log,
}: {
  kinds: readonly Kind[];
  typed: Keyv;
  log: Logger;
}) {
  return async ({
    ack,
    body,
    client,
  }: SlackActionMiddlewareArgs<BlockAction> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const { view } = body;
    if (!view) return;
    const values = readValues(view.state.values);
    const kind = kinds.find(({ type }) => type === values[KIND_FIELD]);
    if (!kind) return;

    const metadata = readMetadata(view);
    const remembered = await remember(view.id, Object.keys(view.state.values), values);
    await client.views.update({
      view_id: view.id,
      hash: view.hash,
      view: taskForm({ kinds, kind, values: remembered, metadata }),
    });
  };

  /**
   * What was typed in this form so far: fields in sight count as they are now, emptied ones too. A store that does not
   * answer costs the memory, not the form.
   */
  async function remember(
    viewId: string,
    inSight: readonly string[],
    values: TypedValues,
  ): Promise<TypedValues> {
    try {
      const all = { ...(await typed.get<TypedValues>(viewId)) };
      for (const name of inSight) delete all[name];
      Object.assign(all, values);
      await typed.set(viewId, all, TYPED_KEPT_FOR);
      return all;
    } catch (error) {
      log.warn({ err: error }, 'fields of the form not remembered');
      return values;
    }
  }
}
