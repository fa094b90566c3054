/** A local Slack, and the Trello that the first argument names, in their own process. */
import { serveCommands } from './remote.ts';
import { startSlack } from './slack.ts';
import { createThreads } from './threads.ts';
import { startTrello, type TrelloVariant } from './trello.ts';

export type StandInCommands = Awaited<ReturnType<typeof start>>;
export type Addresses = ReturnType<StandInCommands['addresses']>;

async function start(variant: TrelloVariant) {
  const slack = await startSlack();
  const trello = await startTrello(variant);
  const threads = createThreads({ slack: slack.local, trello, nextChannel: slack.nextChannel });
  return {
    addresses: () => ({
      slack: slack.apiUrl,
      botToken: slack.botToken,
      signingSecret: slack.signingSecret,
      trello: trello.url,
      trelloKey: trello.key,
      trelloToken: trello.token,
      board: trello.board,
      list: trello.list,
    }),
    commands: slack.commands,
    submissions: slack.submissions,
    sendForms: slack.sendForms,
    slackCalls: slack.callCounts,
    trelloCounts: trello.counts,
    addBoards: trello.addBoards,
    addCards: trello.addCards,
    moveCard: trello.moveCard,
    ...threads,
    /** When each card was made, in milliseconds since 1970; the quick Trello keeps none. */
    cardTimes: trello.cardTimes,
    /** Milliseconds of processor time so far. */
    processorTime: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  };
}

serveCommands(await start(process.argv[2] as TrelloVariant));
