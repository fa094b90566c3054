import { z } from 'zod';

/** `block_id` and `action_id`. @see https://docs.slack.dev/reference/block-kit */
export const identifier = z.string().max(255);

/** @see https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
export const plainText = (longest: number) =>
  z.strictObject({
    type: z.literal('plain_text', { error: 'must be plain_text' }),
    text: z.string().min(1).max(longest),
    emoji: z.boolean().optional(),
  });

const markdown = (longest: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(longest),
    verbatim: z.boolean().optional(),
  });

export const anyText = (longest: number) =>
  z.discriminatedUnion('type', [
    plainText(longest).extend({ type: z.literal('plain_text') }),
    markdown(longest),
  ]);

/** @see https://docs.slack.dev/reference/block-kit/composition-objects/option-object */
const optionFields = { value: z.string().min(1).max(150) };
export const option = z.strictObject({
  ...optionFields,
  text: plainText(75),
  description: plainText(75).optional(),
});
/** Radio buttons and checkboxes may show formatted text. */
export const formattedOption = z.strictObject({
  ...optionFields,
  text: anyText(75),
  description: anyText(75).optional(),
});
export const optionGroup = z.strictObject({ label: plainText(75), options: z.array(option).min(1).max(100) });

/** @see https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
export const confirmation = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
});

export const webAddress = z
  .string()
  .max(3000)
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, { error: 'invalid url' });
