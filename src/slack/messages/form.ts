import type { types } from '@slack/bolt';
import { z } from 'zod';
import { AppError } from '../../errors.ts';

/** Text of a form, as it is: no markup and no emoji comes out of it. */
export function plain(text: string): types.PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}

/**
 * What a form carries in its `private_metadata`, which Slack sends back with every action and submission. `advice`: what
 * to do with a form that is out of date.
 * @throws AppError `view_unknown` for the metadata of another version, or of none
 */
export function readMetadata<T>(
  { private_metadata, callback_id = '' }: { private_metadata: string; callback_id?: string },
  schema: z.ZodType<T>,
  advice: string,
): T {
  try {
    return schema.parse(JSON.parse(private_metadata));
  } catch (cause) {
    throw new AppError({
      code: 'view_unknown',
      retry: 'never',
      userMessage: `This form is out of date. ${advice}`,
      operatorMessage: `View ${callback_id} carries metadata of another version.`,
      // Not the error of JSON.parse, whose message quotes the metadata.
      ...(cause instanceof z.ZodError && { cause }),
    });
  }
}
