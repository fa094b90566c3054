import type { ViewOutput } from '@slack/bolt';
import { z } from 'zod';
import {
  ADMINS,
  BOARD,
  DONE_LIST,
  LIST,
  NEVER_DRAWN,
  NEW_NAME,
  ROUTE,
  SCOPE,
  THIS_CHANNEL,
} from './setup-parts.ts';

/** What a form says. What the state leaves out counts with its block's initial value, as it is shown. */
export function readSetupForm({ blocks, state }: Pick<ViewOutput, 'blocks' | 'state'>) {
  const inputs = blocks.flatMap((block) => inputSchema.safeParse(block).data ?? []);
  const find = (action: string) => inputs.find(({ element }) => element.action_id === action);
  const typedInto = (action: string) => state.values[find(action)?.block_id ?? '']?.[action];
  const shownIn = (action: string) => find(action)?.element.initial_option;
  const valuesOf = (options: readonly { value: string }[] = []) => options.map(({ value }) => value);
  const neverDrawn = find(NEVER_DRAWN)?.element;
  const choice = (action: string) => typedInto(action)?.selected_option ?? shownIn(action);

  const board = choice(BOARD);
  const [account = '', id = ''] = board?.value.split(':') ?? [];
  const [list, doneList, route] = [choice(LIST)?.value, choice(DONE_LIST)?.value, choice(ROUTE)?.value];
  return {
    board: board && { account, id, name: board.text.text },
    lists:
      list !== undefined && doneList !== undefined
        ? { list, doneList, ofBoard: find(LIST)?.block_id.slice(LIST.length + 1) }
        : undefined,
    neverDrawn: neverDrawn && {
      offered: valuesOf(neverDrawn.options),
      chosen: valuesOf(typedInto(NEVER_DRAWN)?.selected_options ?? neverDrawn.initial_options),
    },
    onlyThisChannel: choice(SCOPE)?.value === THIS_CHANNEL,
    route:
      route === undefined
        ? undefined
        : { chosen: route, before: shownIn(ROUTE)?.value, block: find(ROUTE)?.block_id ?? ROUTE },
    admins: {
      chosen: typedInto(ADMINS)?.selected_users ?? [],
      before: find(ADMINS)?.element.initial_users ?? [],
    },
    name: typedInto(NEW_NAME)?.value?.trim() ?? '',
  };
}

const inputSchema = z.object({
  type: z.literal('input'),
  block_id: z.string(),
  element: z.object({
    action_id: z.string(),
    initial_option: z.object({ value: z.string(), text: z.object({ text: z.string() }) }).optional(),
    initial_users: z.array(z.string()).optional(),
    options: z.array(z.object({ value: z.string() })).optional(),
    initial_options: z.array(z.object({ value: z.string() })).optional(),
  }),
});
