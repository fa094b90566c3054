import { AppError } from '../src/errors.ts';
import type { Sandbox } from './sandbox.ts';

const CHANNEL = '#mission-control';

/** Plays example requests of several people through the bridge. Resolves when every card is on the board. */
export async function playScene(sandbox: Sandbox): Promise<{ threadOf: string }> {
  const slack = local(sandbox.slack);
  const { state, person } = local(sandbox.trello);
  const channel = slack.workspace.channel(CHANNEL).id;

  async function ask(user: string, text: string, values: Record<string, string>) {
    const roots = () => slack.messages.inChannel(channel).filter((message) => !message.thread_ts);
    const before = roots().length;
    const { triggerId } = await slack.command({ user, channel: CHANNEL, command: '/spacex-task', text });
    const { view } = await slack.viewOf({ triggerId });
    await slack.viewSubmit({ user, viewId: view.id, values });
    return await slack.until(() => {
      const root = roots()[before];
      return root?.edited && slack.messages.replies(channel, root.ts).length > 0 && root;
    });
  }

  await ask('Chen', 'task', { title: 'Clean the rocket', category: 'Maintenance' });
  await ask('Chen', 'task', { title: 'Fuel with less soot', category: 'Research' });
  await ask('Ana', 'task', { title: 'Abort at T-3', category: 'Test' });
  await ask('Ana', '', {
    title: 'Send message',
    description: 'Let pilots send messages to Central',
  });
  slack.say({ user: 'Bruno', channel: CHANNEL, text: 'The cockpit again, during last night’s test…' });
  const bug = await ask('Bruno', 'bug', { description: 'Cockpit is not depressurizing correctly' });
  slack.say({ user: 'Ana', channel: CHANNEL, text: 'Thanks, the crew knows.', threadTs: bug.ts });
  const cardOfBug = [...state.cards.values()].at(-1);

  const [first, second, third] = [...state.cards.values()];
  const [board] = [...state.boards.values()];
  const [, doing, done] = board?.lists ?? [];
  const [sally, mae] = [person('Sally Okafor'), person('Mae Lindqvist')];
  if (first && done) mae.move(first.id, done);
  for (const card of [second, third]) if (card && doing) mae.move(card.id, doing);
  if (cardOfBug && doing) {
    sally.move(cardOfBug.id, doing);
    // A bug has a random member already, which may be her.
    if (!cardOfBug.idMembers.includes(sally.member.id)) sally.assign(cardOfBug.id);
    sally.comment(cardOfBug.id, 'The valve sticks below 4 °C. Should we replace it before the test?');
  }
  const told = () =>
    slack.messages.replies(channel, bug.ts).some(({ text }) => text.includes('valve sticks'));
  await slack.until(() => told() || undefined);
  return { threadOf: bug.ts };
}

function local<T>(side: T | undefined): T {
  if (side) return side;
  throw new AppError({ code: 'scene', retry: 'never', userMessage: 'The scene needs both sides local.' });
}
