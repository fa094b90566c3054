import { setTimeout as delay } from 'node:timers/promises';
import type { RunningLocalSlack } from '../../sandbox/slack/server.ts';
import type { StoredAction } from '../../sandbox/trello/model.ts';
import { EDITS } from '../../src/flows/edit-card/edits.ts';
import { MORE, rootMessage } from '../../src/slack/messages/root.ts';

/** A root message in the local Slack and its card on the local Trello, as the bridge would have made them. */
export interface Thread {
  card: string;
  board: string;
  team: string;
  channel: string;
  /** The `ts` of the root message. */
  root: string;
  /** The id of the link between the two. */
  link: string;
}

interface LocalTrello {
  board: string;
  addCards(count: number): string[];
  moveCard(id: string): void;
  subscribe(listener: (action: StoredAction) => void): () => void;
}

const PAUSE = 20;
const COMES_WITHIN = 60_000;

export function createThreads({
  slack,
  trello,
  nextChannel,
}: {
  slack: RunningLocalSlack;
  trello: LocalTrello;
  nextChannel: () => string;
}) {
  const threads: Thread[] = [];

  function addThread(card: string): Thread {
    const { team, app } = slack.workspace;
    const link = `link${card}`;
    const facts = { url: `https://trello.com/c/${card}`, list: 'To Do', assignees: [], labels: [] };
    const now = Date.now();
    const { text, blocks } = rootMessage(
      {
        asker: 'you',
        requestPhrase: 'asked for something new',
        title: 'Send message',
        description: 'Let pilots send messages.',
        state: { name: 'card', standing: 'onBoard', card: facts, link, muted: false, now },
      },
      EDITS,
    );
    const channel = nextChannel();
    const { ts } = slack.messages.post(channel, { user: app.botUserId, team: team.id, text, blocks });
    return { card, board: trello.board, team: team.id, channel, root: ts, link };
  }

  return {
    /** Makes so many cards and their root messages. The store of the bridge gets the links of them by itself. */
    addThreads(count: number): Thread[] {
      const added = trello.addCards(count).map(addThread);
      threads.push(...added);
      return added;
    },

    /**
     * Ana presses “Mark complete” in every thread, one after the other; the app is at `url`. Milliseconds until the press
     * is acknowledged, and until the card has changed.
     */
    async timePresses(url: string): Promise<{ acknowledged: number; changed: number }[]> {
      slack.deliverTo(`${url}/slack/events`);
      const times: { acknowledged: number; changed: number }[] = [];
      for (const { channel, root, link, card } of threads) {
        const start = performance.now();
        const changed = nextChange(card);
        const value = `complete:${link}`;
        const sent = await slack.messageAction({
          user: 'Ana',
          channel,
          messageTs: root,
          actionId: MORE,
          value,
        });
        if (!sent.acknowledged) throw new Error(`a press was not acknowledged: ${JSON.stringify(sent)}`);
        const acknowledged = performance.now() - start;
        times.push({ acknowledged, changed: (await changed) - start });
        await delay(PAUSE);
      }
      return times;
    },

    /** Somebody moves every card, spread evenly over `milliseconds`. Milliseconds from each move to the thread's line. */
    async timeNews(milliseconds: number): Promise<number[]> {
      const lines = threads.map(async (thread, place) => {
        await delay((place * milliseconds) / threads.length);
        const start = performance.now();
        const told = nextLine(thread);
        trello.moveCard(thread.card);
        return (await told) - start;
      });
      return await Promise.all(lines);
    },
  };

  /** Resolves with the time at which the card changes. */
  function nextChange(card: string): Promise<number> {
    return within(`the card ${card} did not change`, (resolve) =>
      trello.subscribe(({ type, idCard }) => {
        if (type === 'updateCard' && idCard === card) resolve(performance.now());
      }),
    );
  }

  /** Resolves with the time at which the thread's next line is there. */
  function nextLine({ channel, root }: Thread): Promise<number> {
    return within(`nothing was told in ${channel}`, (resolve) =>
      slack.subscribe((change) => {
        if (change.type !== 'message_posted' || change.channel !== channel) return;
        if (change.message.thread_ts === root) resolve(performance.now());
      }),
    );
  }
}

function within<T>(failure: string, subscribe: (resolve: (value: T) => void) => () => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const unsubscribe = subscribe(resolve);
  const timer = setTimeout(() => reject(new Error(failure)), COMES_WITHIN);
  return promise.finally(() => {
    clearTimeout(timer);
    unsubscribe();
  });
}
