import { type Arguments, isRecord } from './arguments.ts';
import { problemsOfMessageBlocks, textLength } from './blocks/validate.ts';
import type { Message, MessageContents, NewMessage } from './messages.ts';
import { type Refusal, refuse, refuseBlocks } from './methods/method.ts';
import type { Workspace } from './workspace.ts';

/** Slack cuts or refuses longer text. @see https://docs.slack.dev/changelog/2018-truncating-really-long-messages */
const LONGEST_TEXT = 40_000;
/** Characters of text in all blocks together. Slack does not document it: measured by people who got the error. */
const LONGEST_BLOCKS = 13_200;
/** Bytes of a message's metadata. @see https://docs.slack.dev/messaging/message-metadata */
const LARGEST_METADATA = 8 * 1024;

/** The contents of a message as `chat.postMessage` and similar methods take them, or Slack's refusal. */
export function readMessage(
  given: Arguments,
  longestText = LONGEST_TEXT,
): MessageContents | { refusal: Refusal } {
  const text = given.text('text') ?? '';
  const blocks = readList(given, 'blocks');
  if (blocks === 'unreadable') return { refusal: refuse('invalid_blocks_format') };
  const attachments = readList(given, 'attachments');
  if (attachments === 'unreadable') return { refusal: refuse('invalid_attachments') };
  if (text === '' && !blocks?.length && !attachments?.length) return { refusal: refuse('no_text') };
  if (text.length > longestText) return { refusal: refuse('msg_too_long') };

  const problems = blocks ? problemsOfMessageBlocks(blocks) : [];
  if (problems.length > 0) return { refusal: refuseBlocks(problems) };
  if (blocks && textLength(blocks) > LONGEST_BLOCKS) return { refusal: refuse('msg_blocks_too_long') };

  const metadata = readMetadata(given);
  if (metadata && 'refusal' in metadata) return metadata;
  return { text, blocks, attachments, metadata };
}

function readList(given: Arguments, name: string): unknown[] | undefined | 'unreadable' {
  const structure = given.structure(name);
  if (structure === undefined || structure === 'unreadable') return structure;
  return Array.isArray(structure.value) ? structure.value : 'unreadable';
}

function readMetadata(given: Arguments): Message['metadata'] | { refusal: Refusal } {
  const structure = given.structure('metadata');
  if (structure === undefined) return undefined;
  if (structure === 'unreadable' || !isRecord(structure.value))
    return { refusal: refuse('invalid_metadata_format') };
  const { event_type, event_payload } = structure.value;
  if (typeof event_type !== 'string' || event_type === '' || !isRecord(event_payload)) {
    return { refusal: refuse('invalid_metadata_schema') };
  }
  const bytes = Buffer.byteLength(JSON.stringify(structure.value));
  return bytes > LARGEST_METADATA ? { refusal: refuse('metadata_too_large') } : { event_type, event_payload };
}

/** A message from the app. */
export function appMessage(
  { team, app }: Workspace,
  { text, blocks, attachments, metadata }: MessageContents,
): NewMessage {
  return {
    user: app.botUserId,
    bot_id: app.botId,
    app_id: app.appId,
    team: team.id,
    text,
    ...(blocks && { blocks }),
    ...(attachments && { attachments }),
    ...(metadata && { metadata }),
  };
}
