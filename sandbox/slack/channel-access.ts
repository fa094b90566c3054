import { type Refusal, refuse } from './answer.ts';
import type { Channel, Workspace } from './workspace.ts';

export type Reached = { channel: Channel } | { refusal: Refusal };

/**
 * The channel that the app may write to under this id or name; a user's id is the direct message with them.
 * @see https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
export function reachForWriting(workspace: Workspace, wanted: string): Reached {
  const person = workspace.people.find(({ id }) => id === wanted);
  const channel = person
    ? workspace.directMessage([person.id, workspace.app.botUserId]).channel
    : workspace.findChannel(wanted);
  if (!channel) return { refusal: refuse('channel_not_found') };
  if (!workspace.isMember(channel)) {
    if (channel.kind !== 'public') return { refusal: refuse('channel_not_found') };
    if (!workspace.hasScope('chat:write.public')) return { refusal: refuse('not_in_channel') };
  }
  return channel.archived ? { refusal: refuse('is_archived') } : { channel };
}

/** The channel that the app may look into: one that it is a member of. Ids only, as with the real methods. */
export function reachForReading(workspace: Workspace, id: string): Reached {
  const channel = workspace.channels.get(id);
  if (!channel) return { refusal: refuse('channel_not_found') };
  if (workspace.isMember(channel)) return { channel };
  return { refusal: refuse(channel.kind === 'public' ? 'not_in_channel' : 'channel_not_found') };
}

/** The family of scopes that a kind of channel needs: `channels:history`, `groups:read`. */
export function scopeFor(channel: Channel, verb: 'history' | 'read'): string {
  const family = { public: 'channels', private: 'groups', im: 'im', mpim: 'mpim' }[channel.kind];
  return `${family}:${verb}`;
}
