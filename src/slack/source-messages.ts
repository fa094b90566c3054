import type Keyv from 'keyv';
import type { Links } from '../flows/card-activity/link.ts';
import { type CardJob, cardOf, failureOf, isCardJob } from '../flows/create-card/job.ts';
import type { Queue } from '../jobs/queue.ts';
import type { SourceMessage } from '../tasks/request.ts';
import { messageLink, type WorkspaceFor } from './workspace.ts';

/** A message in a channel of a workspace. */
export interface MessagePlace extends Pick<SourceMessage, 'ts' | 'thread'> {
  team: string;
  channel: string;
}

/** The card that a message was made into. Without `url`: it is being made. */
export interface EarlierCard {
  title: string;
  url?: string | undefined;
}

/** The messages that people make tasks of. */
export interface SourceMessages {
  /** A link to the message; `undefined` where the workspace's address is not known. */
  linkTo(message: MessagePlace): Promise<string | undefined>;
  /** Keeps that the job makes a card of the message. May be repeated. @throws AppError `store_unavailable` */
  remember(message: MessagePlace, job: CardJob): Promise<void>;
  /** The last card that was made of the message, unless it was deleted. @throws AppError `store_unavailable` */
  cardOf(message: MessagePlace): Promise<EarlierCard | undefined>;
}

/** Ids of the last request of a message: a job is forgotten after weeks, the link of its thread lives on. */
interface Remembered {
  job: string;
  link: string;
}

/**
 * A small record for each message, found by its place: neither jobs nor links can be looked up by a message. `keptFor`: as
 * long as a link without news. Milliseconds.
 */
export function createSourceMessages({
  workspaceFor,
  records,
  queue,
  links,
  keptFor,
}: {
  workspaceFor: WorkspaceFor;
  records: Keyv;
  queue: Pick<Queue, 'find'>;
  links: Pick<Links, 'find'>;
  keptFor: number;
}): SourceMessages {
  const keyOf = ({ team, channel, ts }: MessagePlace) => `${team}-${channel}-${ts}`;

  return {
    async linkTo({ team, channel, ts, thread }) {
      return messageLink(await workspaceFor(team), channel, ts, thread);
    },

    async remember(message, { id, state }) {
      await records.set(keyOf(message), { job: id, link: state.reference } satisfies Remembered, keptFor);
    },

    async cardOf(message) {
      const known = await records.get<Remembered>(keyOf(message));
      if (!known) return undefined;
      const [link, job] = await Promise.all([links.find(known.link), queue.find(known.job)]);
      if (link) return link.ended === 'deleted' ? undefined : { title: link.request.title, url: link.url };
      if (!isCardJob(job) || failureOf(job)) return undefined;
      const card = cardOf(job);
      return { title: card?.title ?? job.state.draft.title, url: card?.url };
    },
  };
}
