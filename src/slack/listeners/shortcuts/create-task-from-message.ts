import type { AllMiddlewareArgs, MessageShortcut, SlackShortcutMiddlewareArgs } from '@slack/bolt';
import type { Kind } from '../../../tasks/kind.ts';
import type { People } from '../../../workspaces/people.ts';
import { fillIn, roomFor } from '../../fill-in.ts';
import { inTime } from '../../in-time.ts';
import { messageSchema, messageWords, type SlackMessage } from '../../messages/message-text.ts';
import { clip } from '../../messages/rich-text.ts';
import { taskForm } from '../../messages/task-form.ts';
import type { EarlierCard, SourceMessages } from '../../source-messages.ts';
import type { KnownSetup } from '../commands/spacex-task.ts';

/** `callback_id` in the manifest. */
export const CREATE_TASK_FROM_MESSAGE = 'create_task_from_message';

/** Worth a longer wait than what the form can do without: who is not told makes a second card. Milliseconds. */
const EARLIER_WITHIN = 1_000;
/** The form carries these in its metadata, which has little room. */
const AUTHOR_LENGTH = 75;
const TITLE_LENGTH = 150;

/** “Create a task” in a message's menu: opens the form on the first kind with the message in it. */
export function createTaskFromMessageListener({
  kinds,
  people,
  messages,
  knownSetup,
}: {
  kinds: readonly Kind[];
  people: Pick<People, 'find'>;
  messages: Pick<SourceMessages, 'cardOf'>;
  knownSetup: KnownSetup;
}) {
  return async ({
    ack,
    shortcut,
    context,
    client,
  }: SlackShortcutMiddlewareArgs<MessageShortcut> & AllMiddlewareArgs): Promise<void> => {
    await ack();
    const [kind] = kinds;
    if (!kind) return;
    const { user, channel, response_url: responseUrl, trigger_id } = shortcut;
    const message = messageSchema.parse(shortcut.message);
    const team = String(context.teamId);
    const { ts, thread_ts } = message;
    const thread = thread_ts === ts ? undefined : thread_ts;
    const [setup, earlier, author] = await Promise.all([
      knownSetup(team),
      inTime(messages.cardOf({ team, channel: channel.id, ts }), EARLIER_WITHIN),
      authorOf(message, team, user),
    ]);
    const names: Record<string, string | undefined> = { [user.id]: user.name, [message.user ?? '']: author };
    const words = messageWords(message, (id) => names[id], roomFor(kind));
    // Nothing slow may stand before this call: a trigger_id lives for 3 s.
    await client.views.open({
      trigger_id,
      view: taskForm({
        kinds,
        kind,
        values: fillIn(kind, words) ?? {},
        metadata: {
          channel: channel.id,
          channelName: channel.name,
          responseUrl,
          message: { ts, thread, user: message.user, author, earlier: earlier && shortened(earlier) },
        },
        setup,
      }),
    });
  };

  /** The name of who wrote a message: in Trello where that is known, else as Slack tells it, which it need not. */
  async function authorOf(
    message: SlackMessage,
    team: string,
    presser: MessageShortcut['user'],
  ): Promise<string | undefined> {
    const { user, user_profile: profile, username, bot_profile: bot } = message;
    const member = user === undefined ? undefined : await inTime(people.find({ team, user }));
    const inSlack = profile?.display_name || profile?.real_name || profile?.name;
    const own = user === presser.id ? presser.name : undefined;
    const name = member?.name || username || bot?.name || inSlack || own;
    return name && clip(name, AUTHOR_LENGTH);
  }
}

function shortened({ title, url }: EarlierCard): EarlierCard {
  return { title: clip(title, TITLE_LENGTH), url };
}
