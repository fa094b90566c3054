import { isAppError } from '../errors.ts';
import type { CardState, Link } from '../flows/card-activity/link.ts';
import type { ThreadChat } from '../flows/card-activity/ports.ts';
import type { Edit, Standing } from '../flows/edit-card/edits.ts';
import type { BoardName } from './chat.ts';
import { lineMessage } from './messages/line.ts';
import { channel, plainText, richText, section } from './messages/rich-text.ts';
import { type CardFacts, type Message, type RootState, rootMessage } from './messages/root.ts';
import { directNote, type RootOptions } from './messages/task.ts';
import type { Messenger } from './messenger.ts';
import type { WorkspaceFor } from './workspace.ts';

/** A request to Slack that had no answer may still take effect for this long. Milliseconds. */
const SETTLES_WITHIN = 10_000;

/** The threads that follow cards. */
export function createThreadChat({
  workspaceFor,
  messenger,
  boardName,
  edits,
  settlesWithin = SETTLES_WITHIN,
  now = Date.now,
}: {
  workspaceFor: WorkspaceFor;
  messenger: Messenger;
  /** A board's name where the workspace has several. */
  boardName: BoardName;
  edits: readonly Edit[];
  settlesWithin?: number | undefined;
  now?: () => number;
}): ThreadChat {
  const placeOf = ({ team, channel, thread }: Link) => ({ team, channel, thread });

  async function edit(link: Link, ts: string, message: Message): Promise<void> {
    const place = placeOf(link);
    await messenger.waitToEdit(place);
    await messenger.edit(place, ts, message).catch((error: unknown) => {
      // Somebody has removed it.
      if (!isAppError(error, 'slack_message_not_found')) throw error;
    });
  }

  return {
    settlesWithin,

    prepareLine: (link, message, mark) =>
      messenger.prepare(placeOf(link), async () => {
        const posted = await messenger.post(placeOf(link), lineMessage(message), markOf(link, mark));
        return 'ts' in posted ? posted : null;
      }),

    async findLine(link, mark, intent) {
      const ts = await messenger.find(placeOf(link), markOf(link, mark), intent);
      return ts === undefined ? undefined : { ts };
    },

    updateLine: (link, ts, message) => edit(link, ts, lineMessage(message)),

    async updateRoot(link, card) {
      const { botName } = await workspaceFor(link.team);
      const board = await boardName(link);
      await edit(link, link.root, linkRoot(link, card, { app: botName, board, edits, now: now() }));
    },

    async sayClosed({ team, user, channel: id }, threads) {
      const direct = await messenger.directChannel(team, user);
      if (direct === null) return;
      const many = threads === 1 ? '1 thread there gets' : `${threads} threads there get`;
      const words = [channel(id), ` is closed to this app, so ${many} no more updates.`];
      const message = { text: plainText(words), blocks: [richText(section(...words))] };
      await messenger.post({ team, channel: direct }, message, { closed: id });
    },
  };
}

function markOf({ id }: Link, mark: string) {
  return { reference: id, news: mark };
}

/** The root message of a link, with its card as it is. `app`: the name that the app is invited by. */
export function linkRoot(link: Link, card: CardState, { app, board, edits, now }: RootOptions): Message {
  const { user, name, request, asked } = link;
  return rootMessage(
    {
      asker: asked ? 'you' : user === undefined ? { name } : { user },
      requestPhrase: request.phrase,
      title: card.title,
      description: request.description,
      state: linkState(link, card, board, now),
      note: asked && directNote(asked, app, 'come here'),
    },
    edits,
  );
}

/** How a link and its card stand. `board`: its name where the workspace has several. */
export function linkState(link: Link, card: CardState, board: string | undefined, now: number): RootState {
  const { id, ended, muted = false, drawn } = link;
  if (ended === 'deleted') return { name: 'deleted' };
  if (ended === 'moved') return { name: 'movedAway', url: card.url, link: id };
  const standing = standingOf(card);
  const facts = { ...factsOf(card), board };
  return ended === 'quiet'
    ? { name: 'ended', standing, card: facts, link: id, now }
    : { name: 'card', standing, card: facts, link: id, muted, draws: drawn !== undefined, now };
}

function standingOf({ closed, list, finished }: CardState): Standing {
  if (closed || list.closed) return 'archived';
  return finished ? 'finished' : 'onBoard';
}

function factsOf({ url, list, members, labels, due }: CardState): CardFacts {
  return {
    url,
    list: list.name,
    assignees: members.map(({ name }) => name),
    labels,
    due: due ?? undefined,
  };
}
