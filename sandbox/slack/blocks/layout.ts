import { z } from 'zod';
import { anyText, identifier, plainText } from './composition.ts';
import { accessory, actionElement, contextElement, image, inputElement } from './elements.ts';
import { richTextBlock } from './rich-text.ts';

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
