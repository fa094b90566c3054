import type { Flow } from '../../jobs/flow.ts';
import { linked, literal } from '../../tasks/markdown.ts';
import {
  type CardJob,
  type CardRequest,
  type CardResults,
  CREATE_CARD,
  cardOf,
  followOf,
  hasThread,
  isShown,
  type ShownJob,
  type ThreadJob,
} from './job.ts';
import type { Chat, ExistingCards, Tracker } from './ports.ts';

/**
 * From a request to its card: the root message in Slack, the card, and the answer in the thread. Where the
 * person follows a card that is there, that one gets a comment instead.
 */
export function createCardFlow({
  tracker,
  existing,
  chat,
  follow,
  changed,
  checkInstalled,
}: {
  tracker: Tracker;
  existing: ExistingCards;
  chat: Chat;
  /** The thread follows its card from now on. May be repeated without harm. */
  follow: (job: ThreadJob) => Promise<void>;
  /** What can be seen of the request has changed. May be repeated without harm. */
  changed: (job: CardJob) => Promise<void>;
  /** Rejects with AppError `uninstalled` when the app is in that workspace of Slack's no more. */
  checkInstalled: (team: string) => Promise<unknown>;
}): Flow<CardRequest, CardResults> {
  return {
    name: CREATE_CARD,
    steps: [
      {
        name: 'root',
        when: isShown,
        prepare: (job: ShownJob) => chat.prepareRoot(job),
        once: {
          settlesWithin: chat.settlesWithin,
          find: (job: ShownJob, intent) => chat.findRoot(job, intent),
        },
        // What Slack refuses never keeps a card from being made, and no card waits while Slack is away.
        ifRefused: null,
        mayFollow: true,
        logFields: (root) => (root && 'ts' in root ? { channel: root.channel, ts: root.ts } : { ...root }),
      },
      {
        name: 'card',
        async prepare(job) {
          const { team } = job.state.origin;
          if (team) await checkInstalled(team);
          const followed = followOf(job);
          return followed
            ? await existing.prepareComment(job.state, followed.id, commentOf(job))
            : await tracker.prepareCard(job.state, job.state.draft, footer(job));
        },
        once: {
          settlesWithin: tracker.settlesWithin,
          unconfirmed: (job, since) =>
            followOf(job) ? COMMENT_UNCONFIRMED : tracker.unconfirmed(job.state.reference, since),
          find(job, { at }) {
            const { state } = job;
            const followed = followOf(job);
            if (!followed) return tracker.findCard(state, state.reference, at);
            // The root message may have come after the comment was sent, which then has no link.
            const texts = [commentOf(job), askedInSlack(state.origin)];
            return existing.findComment(state, followed.id, texts, at);
          },
        },
        logFields: ({ id, url }) => ({ card: id, url }),
      },
      {
        // From here on only the flow that tells the card's news edits the root message: two flows would overwrite what the
        // other has shown.
        name: 'follow',
        when: (job) => hasThread(job) && cardOf(job) !== undefined,
        prepare: async (job: ThreadJob) => async () => {
          await follow(job);
          return true;
        },
      },
      {
        name: 'answer',
        when: hasThread,
        prepare: (job: ThreadJob) => chat.prepareAnswer(job),
        once: {
          settlesWithin: chat.settlesWithin,
          find: (job: ThreadJob, intent) => chat.findAnswer(job, intent),
        },
        ifRefused: null,
        logFields: (answer) => ({ ...answer }),
      },
      {
        name: 'showEnd',
        when: ownsRoot,
        prepare: async (job: ThreadJob) => async () => {
          await changed(job);
          await chat.updateRoot(job);
          return true;
        },
        ifRefused: true,
      },
    ],
    async showPending(job) {
      await changed(job);
      if (ownsRoot(job)) await chat.updateRoot(job);
    },
  };
}

/** Nothing else edits the root message: no thread follows a card without its board, as in records of earlier versions. */
function ownsRoot(job: CardJob): job is ThreadJob {
  return hasThread(job) && cardOf(job)?.board === undefined;
}

const COMMENT_UNCONFIRMED = {
  code: 'trello_unconfirmed',
  userMessage: 'Trello didn’t confirm the comment, so this app checks the card before it tries again.',
};

/**
 * The last line of a card's description: who asked, from where, and the reference. Trello reads it as Markdown. A root
 * message that comes after the card has no link in it.
 */
export function footer(job: CardJob): string {
  const { origin, reference } = job.state;
  const link = hasThread(job) ? job.steps.root.result.link : undefined;
  return `Requested by ${requester(origin, link)} · Reference \`${reference}\``;
}

/** What the person wrote of a card's description. */
export function withoutFooter(description: string): string {
  return description.replace(/(?:^|\n\n)Requested by [^\n]* · Reference `\w+`\s*$/, '');
}

function requester(origin: CardRequest['origin'], link: string | undefined): string {
  const inSlack = `in ${linked('Slack', link)}`;
  if (origin.source === 'api') {
    return `${literal(origin.subject)} over the API${link ? ` · Thread ${inSlack}` : ''}`;
  }
  const { name, message } = origin;
  const where = `${literal(name)} ${inSlack}`;
  if (!message) return where;
  const author = message.author === undefined ? '' : ` by ${message.author}`;
  return `${where}, from ${linked(`a message${author}`, message.link)}`;
}

/** The comment on a card that is followed: who asked, and where that can be read. Trello reads it as Markdown. */
export function commentOf(job: CardJob): string {
  const asked = askedInSlack(job.state.origin);
  const link = hasThread(job) ? job.steps.root.result.link : undefined;
  return link ? `${asked}\n${link}` : asked;
}

function askedInSlack(origin: CardRequest['origin']): string {
  return `${literal(origin.source === 'api' ? origin.subject : origin.name)} asked for the same in Slack.`;
}
