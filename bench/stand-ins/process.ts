/** The other sides in a process of their own: a local Slack, and the Trello that the first argument names. */
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../sandbox/trello/server.ts';
import { startQuickTrello } from './quick-trello.ts';
import { serveCommands } from './remote.ts';
import { createRequestWriter } from './signed-requests.ts';

/** `quick`: see {@link startQuickTrello}; `limited`: the local Trello with Trello's own limits of rate. */
export type TrelloSort = 'quick' | 'local' | 'limited';

export type StandInCommands = Awaited<ReturnType<typeof start>>;
export type Addresses = ReturnType<StandInCommands['addresses']>;

/** So many that a channel gets less than Slack's one message a second. */
const CHANNELS = 400;
const MINUTE = 60_000;

async function start(sort: TrelloSort) {
  const slack = await startLocalSlack({ triggerLifetime: 5 * MINUTE });
  const { app, people } = slack.workspace;
  const members = [...people.map(({ id }) => id), app.botUserId];
  const channels = Array.from(
    { length: CHANNELS },
    (_, place) => slack.workspace.addChannel({ name: `crew-${place + 1}`, members }).id,
  );
  const trello = sort === 'quick' ? await startQuickTrello() : await startLimited(sort === 'limited');
  const { board } = seedMissionBoard(trello.state);
  const writer = await createRequestWriter(slack, channels);

  return {
    addresses: () => ({
      slack: slack.apiUrl,
      botToken: app.botToken,
      signingSecret: app.signingSecret,
      trello: trello.url,
      trelloKey: LOCAL_KEY,
      trelloToken: LOCAL_TOKEN,
      board: board.id,
      list: board.lists[0]?.id ?? '',
    }),
    commands: writer.commands,
    submissions: writer.submissions,
    /** A person fills in this many forms, one after the other, and waits for each thread's end. */
    async sendForms(url: string, count: number): Promise<void> {
      slack.deliverTo(`${url}/slack/events`);
      for (let number = 0; number < count; number += 1) {
        const channel = channels[number % channels.length] ?? '';
        const ended = () => slack.messages.inChannel(channel).filter(({ edited }) => edited).length;
        const before = ended();
        const typed = await slack.command({ user: 'Ana', channel, command: '/spacex-task', text: '' });
        const { view } = await slack.viewOf(typed);
        const values = { title: `Form ${number}`, description: 'Typed by a person.' };
        await slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
        await slack.until(() => ended() > before);
      }
    },
    slackCalls: () => slack.calls.counts(),
    trelloCounts: () => trello.counts(),
    /** When each card was made, in milliseconds since 1970; the quick Trello keeps none. */
    cardTimes: (): readonly number[] => trello.cardTimes(),
    processorTime: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
  };
}

async function startLimited(rateLimits: boolean) {
  const trello = await startLocalTrello({ rateLimits });
  const times: number[] = [];
  trello.subscribe(({ type }) => {
    if (type === 'createCard') times.push(Date.now());
  });
  return {
    url: trello.url,
    state: trello.state,
    counts: () => ({
      requests: trello.requests.total,
      cards: times.length,
      refused: trello.rateLimit?.refused ?? 0,
      peak: trello.rateLimit?.peak ?? 0,
    }),
    cardTimes: () => times,
  };
}

serveCommands(await start(process.argv[2] as TrelloSort));
