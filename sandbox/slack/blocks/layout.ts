import { z } from 'zod';
import {
  accessory,
  actionElement,
  anyText,
  contextElement,
  identifier,
  image,
  inputElement,
  plainText,
  webAddress,
} from './elements.ts';

const blockId = { block_id: identifier.optional() };

const section = z
  .strictObject({
    ...blockId,
    type: z.literal('section'),
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .superRefine(({ text, fields }, context) => {
    if (!text && !fields)
      context.addIssue({ code: 'custom', message: 'must define either `text` or `fields`' });
  });

/** @see https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    underline: z.boolean().optional(),
    highlight: z.boolean().optional(),
    client_highlight: z.boolean().optional(),
    unlink: z.boolean().optional(),
    code: z.boolean().optional(),
  })
  .optional();

const richTextInline = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({
    type: z.literal('link'),
    url: webAddress,
    text: z.string().min(1).optional(),
    unsafe: z.boolean().optional(),
    style,
  }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().min(1), style }),
  z.strictObject({
    type: z.literal('channel'),
    channel_id: z.string().regex(/^C\w/, 'is no channel'),
    style,
  }),
  z.strictObject({ type: z.literal('team'), team_id: z.string().min(1), style }),
  z.strictObject({
    type: z.literal('emoji'),
    name: z.string().min(1),
    unicode: z.string().optional(),
    skin_tone: z.int().min(1).max(6).optional(),
    style,
  }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().min(1),
    url: webAddress.optional(),
    fallback: z.string().min(1).optional(),
    style,
  }),
  z.strictObject({ type: z.literal('color'), value: z.string().min(1), style }),
]);

const border = z.int().min(0).max(1).optional();
const richTextSection = z.strictObject({
  type: z.literal('rich_text_section'),
  elements: z.array(richTextInline).min(1),
});

const richTextElement = z.discriminatedUnion('type', [
  richTextSection,
  z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(richTextInline).min(1), border }),
  z.strictObject({
    type: z.literal('rich_text_preformatted'),
    elements: z.array(richTextInline).min(1),
    border,
    language: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('rich_text_list'),
    elements: z.array(richTextSection).min(1),
    style: z.enum(['bullet', 'ordered']),
    indent: z.int().min(0).max(8).optional(),
    offset: z.int().min(0).optional(),
    border,
  }),
]);

const richTextBlock = z.strictObject({
  type: z.literal('rich_text'),
  block_id: identifier.optional(),
  elements: z.array(richTextElement).min(1),
});

/** @see https://docs.slack.dev/reference/block-kit/blocks */
export const block = z.discriminatedUnion('type', [
  section,
  z.strictObject({ ...blockId, type: z.literal('header'), text: plainText(150) }),
  z.strictObject({
    ...blockId,
    type: z.literal('context'),
    elements: z.array(contextElement).min(1).max(10),
  }),
  z.strictObject({ ...blockId, type: z.literal('divider') }),
  z.strictObject({ ...blockId, type: z.literal('actions'), elements: z.array(actionElement).min(1).max(25) }),
  z.strictObject({
    ...blockId,
    type: z.literal('input'),
    label: plainText(2000),
    element: inputElement,
    hint: plainText(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
  }),
  image.extend({ ...blockId, title: plainText(2000).optional() }),
  richTextBlock,
]);
