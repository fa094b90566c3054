import { isDeepStrictEqual } from 'node:util';
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

/** @see https://docs.slack.dev/reference/block-kit/block-elements */
const actionId = { action_id: identifier.optional() };
const focus = { focus_on_load: z.boolean().optional() };
const placeholder = { placeholder: plainText(150).optional() };
const confirm = { confirm: confirmation.optional() };
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'invalid date' });

const button = z.strictObject({
  ...actionId,
  ...confirm,
  type: z.literal('button'),
  text: plainText(75),
  url: webAddress.optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().max(75).optional(),
});

const dispatchActionConfig = z.strictObject({
  trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1),
});

const typedText = {
  ...actionId,
  ...focus,
  ...placeholder,
  dispatch_action_config: dispatchActionConfig.optional(),
  initial_value: z.string().optional(),
};

const plainTextInput = z
  .strictObject({
    ...typedText,
    type: z.literal('plain_text_input'),
    multiline: z.boolean().optional(),
    min_length: z.int().min(0).max(3000).optional(),
    max_length: z.int().min(1).max(3000).optional(),
    initial_value: z.string().max(3000).optional(),
  })
  .superRefine(({ initial_value, min_length = 0, max_length = 3000 }, context) => {
    if (initial_value !== undefined && initial_value.length > max_length) {
      context.addIssue({
        code: 'custom',
        path: ['initial_value'],
        message: `must be less than ${max_length + 1} characters`,
      });
    }
    if (min_length > max_length) {
      context.addIssue({ code: 'custom', path: ['min_length'], message: 'must be at most max_length' });
    }
  });

const choices = {
  ...actionId,
  ...focus,
  ...placeholder,
  ...confirm,
  options: z.array(option).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
};

interface Choices {
  options?: unknown[] | undefined;
  option_groups?: { options: unknown[] }[] | undefined;
}

/** Either options or option groups; each initial option is equal to one of them. */
function checkChoices(
  element: Choices,
  chosen: readonly unknown[],
  path: string,
  context: z.core.$RefinementCtx,
): void {
  const { options, option_groups: groups } = element;
  if ((options === undefined) === (groups === undefined)) {
    context.addIssue({ code: 'custom', message: 'must define either `options` or `option_groups`' });
  }
  const offered = options ?? groups?.flatMap((group) => group.options) ?? [];
  if (!chosen.every((choice) => offered.some((candidate) => isDeepStrictEqual(candidate, choice)))) {
    context.addIssue({
      code: 'custom',
      path: [path],
      message: 'initial option must exactly match one of the options',
    });
  }
}

const staticSelect = z
  .strictObject({ ...choices, type: z.literal('static_select'), initial_option: option.optional() })
  .superRefine((element, context) =>
    checkChoices(element, element.initial_option ? [element.initial_option] : [], 'initial_option', context),
  );

const multiStaticSelect = z
  .strictObject({
    ...choices,
    type: z.literal('multi_static_select'),
    initial_options: z.array(option).min(1).optional(),
    max_selected_items: z.int().min(1).optional(),
  })
  .superRefine((element, context) =>
    checkChoices(element, element.initial_options ?? [], 'initial_options', context),
  );

const radioButtons = z
  .strictObject({
    ...actionId,
    ...focus,
    ...confirm,
    type: z.literal('radio_buttons'),
    options: z.array(formattedOption).min(1).max(10),
    initial_option: formattedOption.optional(),
  })
  .superRefine((element, context) =>
    checkChoices(element, element.initial_option ? [element.initial_option] : [], 'initial_option', context),
  );

const checkboxes = z
  .strictObject({
    ...actionId,
    ...focus,
    ...confirm,
    type: z.literal('checkboxes'),
    options: z.array(formattedOption).min(1).max(10),
    initial_options: z.array(formattedOption).min(1).optional(),
  })
  .superRefine((element, context) =>
    checkChoices(element, element.initial_options ?? [], 'initial_options', context),
  );

const picker = { ...actionId, ...focus, ...placeholder, ...confirm };

const datepicker = z.strictObject({ ...picker, type: z.literal('datepicker'), initial_date: day.optional() });
const timepicker = z.strictObject({
  ...picker,
  type: z.literal('timepicker'),
  initial_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'invalid time' })
    .optional(),
  timezone: z.string().optional(),
});
/** An instant, in whole seconds with ten digits. It has no placeholder. */
const datetimepicker = z.strictObject({
  ...actionId,
  ...focus,
  ...confirm,
  type: z.literal('datetimepicker'),
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
});
const multiUsersSelect = z.strictObject({
  ...picker,
  type: z.literal('multi_users_select'),
  initial_users: z.array(z.string()).min(1).optional(),
  max_selected_items: z.int().min(1).optional(),
});
const usersSelect = z.strictObject({
  ...picker,
  type: z.literal('users_select'),
  initial_user: z.string().optional(),
});
const overflow = z.strictObject({
  ...actionId,
  ...confirm,
  type: z.literal('overflow'),
  options: z
    .array(option.extend({ url: webAddress.optional() }))
    .min(2)
    .max(5),
});

export const image = z.strictObject({
  type: z.literal('image'),
  image_url: webAddress,
  alt_text: z.string().min(1).max(2000),
});

const selects = [
  staticSelect,
  multiStaticSelect,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
  usersSelect,
  multiUsersSelect,
] as const;

/** A `datetimepicker` may not stand in a section. */
export const inputElement = z.discriminatedUnion('type', [plainTextInput, datetimepicker, ...selects]);
export const actionElement = z.discriminatedUnion('type', [button, overflow, datetimepicker, ...selects]);
export const accessory = z.discriminatedUnion('type', [button, overflow, image, ...selects]);
export const contextElement = z.discriminatedUnion('type', [image, ...anyText(3000).options]);
