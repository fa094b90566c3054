import { z } from 'zod';
import { isRecord } from '../arguments.ts';
import { plainText } from './elements.ts';
import { block } from './layout.ts';

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

/** Why Slack would refuse a message's blocks; empty when it would not. */
export function problemsOfMessageBlocks(blocks: readonly unknown[]): string[] {
  return [...problemsOf(messageBlocks, blocks, ['blocks']), ...duplicates(blocks, ['blocks'])];
}

/** Why Slack would refuse a view of that type; empty when it would not. */
export function problemsOfView(candidate: unknown, type: 'modal' | 'home'): string[] {
  const root = ['view'];
  if (!isRecord(candidate)) return [at('must be a valid object', root)];
  const problems = problemsOf(view, candidate, root);
  if (candidate.type !== type && problems.length === 0) return [at(`must be a ${type}`, [...root, 'type'])];
  const blocks = Array.isArray(candidate.blocks) ? candidate.blocks : [];
  const hasInput = blocks.some((block) => isRecord(block) && block.type === 'input');
  if (type === 'modal' && hasInput && candidate.submit === undefined) {
    problems.push(at('missing required field: submit', root));
  }
  return [...problems, ...duplicates(blocks, [...root, 'blocks'])];
}

/** `block_id`s are unique in a message or view, `action_id`s in a block, and at most one element has the focus. */
function duplicates(blocks: readonly unknown[], root: readonly string[]): string[] {
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

/** The interactive elements of an input, section or actions block. */
export function elementsOf(block: unknown): Record<string, unknown>[] {
  if (!isRecord(block)) return [];
  const candidates =
    block.type === 'input'
      ? [block.element]
      : block.type === 'section'
        ? [block.accessory]
        : block.type === 'actions'
          ? block.elements
          : [];
  return Array.isArray(candidates) ? candidates.filter(isRecord) : [];
}

/** The number of characters of all text in a block, nested text included. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLength(item), 0);
  if (!isRecord(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) =>
      sum + (key === 'text' && typeof inner === 'string' ? inner.length : textLength(inner)),
    0,
  );
}

/** What is wrong and where, as Slack words it: `no more than 25 items allowed [json-pointer:/blocks/1/elements]`. */
function problemsOf(schema: z.ZodType, value: unknown, root: readonly string[]): string[] {
  const checked = schema.safeParse(value, { reportInput: true });
  if (checked.success) return [];
  return checked.error.issues.map((issue) => problem(issue, root));
}

function at(message: string, path: readonly PropertyKey[]): string {
  return `${message} [json-pointer:/${path.map(String).join('/')}]`;
}

function problem(issue: z.core.$ZodIssue, root: readonly string[]): string {
  const path = [...root, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return at(`invalid additional property: ${issue.keys.join(', ')}`, path);
    case 'too_big':
      return at(tooBig(issue), path);
    case 'too_small':
      return at(tooSmall(issue), path);
    case 'invalid_union':
      return at(
        `unsupported type: ${typeName(issue.input)}`,
        [...path, 'type'].slice(0, path.length + offset(issue)),
      );
    case 'invalid_type':
      return issue.input === undefined
        ? at(`missing required field: ${String(path.at(-1))}`, path.slice(0, -1))
        : at(`must be a valid ${issue.expected}`, path);
    default:
      return at(issue.message, path);
  }
}

/** zod may already point at the discriminator itself. */
function offset({ path }: z.core.$ZodIssueInvalidUnion): number {
  return path.at(-1) === 'type' ? 0 : 1;
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin === 'string') return `must be less than ${Number(maximum) + 1} characters`;
  return origin === 'array' ? `no more than ${maximum} items allowed` : `must be at most ${maximum}`;
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'string') return `must be more than ${Number(minimum) - 1} characters`;
  return origin === 'array' ? `no fewer than ${minimum} items allowed` : `must be at least ${minimum}`;
}

function typeName(input: unknown): string {
  const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : input;
  return typeof type === 'string' ? type : 'none';
}
