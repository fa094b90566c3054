import { z } from 'zod';
import { isRecord } from '../arguments.ts';
import { plainText } from './composition.ts';
import { block } from './layout.ts';
import { at, problemsOf } from './problems.ts';
import { elementsOf } from './walk.ts';

const messageBlocks = z.array(block).max(50);

const common = {
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
};
const view = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('modal'),
    title: plainText(24),
    blocks: z.array(block).max(100),
    submit: plainText(24).optional(),
    close: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
  }),
  z.strictObject({ ...common, type: z.literal('home'), blocks: z.array(block).max(100) }),
]);

/** What Slack would refuse in a message's blocks; empty when nothing. */
export function problemsOfMessageBlocks(blocks: readonly unknown[]): string[] {
  return [...problemsOf(messageBlocks, blocks, ['blocks']), ...sameTwice(blocks, ['blocks'])];
}

/** What Slack would refuse in a view of that type; empty when nothing. */
export function problemsOfView(candidate: unknown, type: 'modal' | 'home'): string[] {
  const root = ['view'];
  if (!isRecord(candidate)) return [at('must be a valid object', root)];
  const problems = problemsOf(view, candidate, root);
  if (candidate.type !== type && problems.length === 0) return [at(`must be a ${type}`, [...root, 'type'])];
  const blocks = Array.isArray(candidate.blocks) ? candidate.blocks : [];
  const asks = blocks.some((block) => isRecord(block) && block.type === 'input');
  if (type === 'modal' && asks && candidate.submit === undefined) {
    problems.push(at('missing required field: submit', root));
  }
  return [...problems, ...sameTwice(blocks, [...root, 'blocks'])];
}

/** `block_id`s are unique in a message or view, `action_id`s in a block, and one element at most takes the focus. */
function sameTwice(blocks: readonly unknown[], root: readonly string[]): string[] {
  const problems: string[] = [];
  const seen = new Set<unknown>();
  let focused = 0;
  for (const [index, block] of blocks.entries()) {
    if (!isRecord(block)) continue;
    if (block.block_id !== undefined && seen.has(block.block_id)) {
      problems.push(
        at(`\`block_id\` already exists: ${String(block.block_id)}`, [...root, index, 'block_id']),
      );
    }
    seen.add(block.block_id);
    const actions = new Set<unknown>();
    for (const { action_id: action, focus_on_load: focus } of elementsOf(block)) {
      if (action !== undefined && actions.has(action)) {
        problems.push(at(`\`action_id\` already exists: ${String(action)}`, [...root, index]));
      }
      actions.add(action);
      if (focus === true) focused += 1;
    }
  }
  if (focused > 1) problems.push(at('only one element may have `focus_on_load`', root));
  return problems;
}
