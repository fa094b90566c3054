import type { AllMiddlewareArgs, types } from '@slack/bolt';
import { withTimeout } from '../timeout.ts';

/** A form that is not complete within this time opens as it is, and is completed later. Milliseconds. */
const COMPLETE_WITHIN = 1_000;

/**
 * Opens a form whose contents are being read, or puts it on top of another: complete, or first without what is still being
 * read. Resolves with the view's id. `failed`: the form of an error, or that error again.
 */
export async function openForm<T>({
  client,
  trigger_id,
  onTop = false,
  reading,
  view,
  failed,
}: {
  client: AllMiddlewareArgs['client'];
  trigger_id: string;
  onTop?: boolean;
  reading: Promise<T>;
  /** Without `read`: it is being read. */
  view: (read?: T) => types.ModalView;
  failed: (error: unknown) => types.ModalView;
}): Promise<string> {
  const open = async (definition: types.ModalView) => {
    const given = { trigger_id, view: definition };
    const { view: opened } = await (onTop ? client.views.push(given) : client.views.open(given));
    return opened?.id ?? '';
  };
  const late = new Error('The form is not complete yet.');
  try {
    return await open(view(await withTimeout(COMPLETE_WITHIN, reading, () => late)));
  } catch (error) {
    if (error !== late) throw error;
    const view_id = await open(view());
    await client.views.update({ view_id, view: await reading.then(view, failed) });
    return view_id;
  }
}
