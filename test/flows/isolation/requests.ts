import { hash } from 'node:crypto';
import type { LocalWorkspace } from '../../../sandbox/slack/local-workspace.ts';
import type { Message } from '../../../sandbox/slack/messages.ts';
import type { StoredCard } from '../../../sandbox/trello/model.ts';
import { postTask, tokenFor } from '../../support/token.ts';
import type { Side, TwoWorkspaces } from './two-workspaces.ts';

/** How many of each are made in both workspaces together. */
const FIRST = { form: 48, me: 40, setup: 40, look: 40, home: 12, api: 20, read: 20 } as const;
const THEN = {
  comment: 48,
  move: 24,
  commentInTrello: 60,
  moveInTrello: 40,
  me: 40,
  setup: 40,
  look: 40,
  home: 12,
} as const;
export const REQUESTS = [FIRST, THEN]
  .flatMap((all) => Object.values(all))
  .reduce((sum, many) => sum + many, 0);

const CHANNELS = ['#mission-control', '#rockets'];
const PEOPLE = ['Ana', 'Bruno', 'Chen'];
const pick = <T>(all: readonly T[], number: number) => all[number % all.length] as T;

/** A card of a workspace and its thread. */
interface Followed {
  card: StoredCard;
  channel: string;
  root: Message;
}

/** Milliseconds. */
const SOON = 60_000;
const viewOf = (slack: LocalWorkspace, user: string, { triggerId }: { triggerId: string }) =>
  slack.until(() => slack.openViews(user).find((open) => open.triggerId === triggerId), SOON);

/** Drives both workspaces at once; resolves when every request has come to its end. */
export async function makeRequests({ sides, trello, url }: TwoWorkspaces) {
  const apiAnswers: string[] = [];
  const command = async ({ slack }: Side, user: string, text: string, channel: string) =>
    await viewOf(slack, user, await slack.command({ user, channel, command: '/spacex-task', text }));
  const titleOf = (number: number) => `Leak ${String(Math.floor(number / 2)).padStart(3, '0')}`;

  function followedBy(side: Side): Followed[] {
    return [...trello.state.cards.values()]
      .filter(({ desc }) => desc.includes(side.mark))
      .flatMap((card) => {
        for (const channel of CHANNELS) {
          const { id } = side.slack.workspace.channel(channel);
          const root = side.slack.messages
            .inChannel(id)
            .find((one) => !one.thread_ts && JSON.stringify(one.blocks).includes(card.shortLink));
          if (root && JSON.stringify(root.blocks).includes('card:')) return [{ card, channel, root }];
        }
        return [];
      });
  }

  async function edit(side: Side, number: number, user: string, name: 'comment' | 'move') {
    const { card, channel, root } = pick(followedBy(side), Math.floor(number / 2));
    const link = /card:(\w+)/.exec(JSON.stringify(root.blocks))?.[1];
    const press = { user, channel, messageTs: root.ts };
    const pressed = await side.slack.messageAction(
      name === 'comment'
        ? { ...press, actionId: 'more', value: `comment:${link}` }
        : { ...press, actionId: 'move' },
    );
    const { view } = await viewOf(side.slack, user, pressed);
    await side.slack.until(
      () => side.slack.openViews(user).some((one) => one.view.id === view.id && one.view.submit),
      SOON,
    );
    const others = side.board.lists.filter(({ id }) => id !== card.idList);
    const value = name === 'comment' ? `From Slack ${number} ${side.mark}` : String(pick(others, number).id);
    await side.slack.viewSubmit({ user, viewId: view.id, values: { value } });
  }

  const acts: Record<
    keyof typeof FIRST | keyof typeof THEN,
    (side: Side, number: number, user: string) => Promise<void>
  > = {
    async form(side, number, user) {
      const channel = pick(CHANNELS, Math.floor(number / 2));
      const { view } = await command(side, user, `issue ${titleOf(number)}`, channel);
      await side.slack.viewSubmit({ user, viewId: view.id, values: { description: `About ${side.mark}.` } });
    },
    async me(side, _, user) {
      const { view } = await command(side, user, 'me', '#rockets');
      const value = side.members[PEOPLE.indexOf(user)]?.id ?? '';
      await side.slack.viewSubmit({ user, viewId: view.id, values: { value } });
    },
    async setup(side, number) {
      const channel = pick(['#rockets', '#engine-room'], number);
      const open = await command(side, 'Bruno', 'setup', channel);
      await side.slack.until(() => JSON.stringify(open.view).includes('Everything is in place.'), SOON);
      const route = pick(['workspace', side.board.board.id], Math.floor(number / 2));
      const field = open.view.blocks.find((block) => String(block.block_id).startsWith('route'));
      const values = { [String(field?.block_id)]: route };
      await side.slack.viewSubmit({ user: 'Bruno', viewId: open.view.id, values });
    },
    async look(side, number) {
      const user = pick(['Ana', 'Chen'], Math.floor(number / 2));
      const { view } = await command(side, user, 'setup', '#rockets');
      await side.slack.viewClose({ user, viewId: view.id });
    },
    /** Kept current from then on. */
    async home({ slack }, _, user) {
      await slack.openHome({ user });
      await slack.until(() => slack.home(user), SOON);
    },
    async api(_, number) {
      const { status, body } = await postTask(url, {
        type: 'issue',
        title: titleOf(number),
        description: 'By API.',
      });
      apiAnswers.push(`${status} ${JSON.stringify(body)}`);
    },
    /** Somebody knows how the ids of tasks are made, and asks for those of forms in Slack. */
    async read({ slack }, number) {
      const view = `V0LOCAL${String(number).padStart(4, '0')}`;
      const id = hash('sha256', JSON.stringify(['slack', slack.workspace.team.id, view])).slice(0, 40);
      const answer = await fetch(`${url}/tasks/${id}`, {
        headers: { authorization: `Bearer ${await tokenFor()}` },
      });
      apiAnswers.push(`${answer.status} ${await answer.text()}`);
    },
    comment: (side, number, user) => edit(side, number, user, 'comment'),
    move: (side, number, user) => edit(side, number, user, 'move'),
    async commentInTrello(side, number) {
      const { card } = pick(followedBy(side), number >> 1);
      trello.person(pick(side.members, number).id).comment(card.id, `From Trello ${number} ${side.mark}`);
    },
    async moveInTrello(side, number) {
      const { card } = pick(followedBy(side), number >> 1);
      trello.person(pick(side.members, number).id).move(card.id, pick(side.board.lists, number));
    },
  };

  /** Each person does one thing after another; the people of both workspaces at once. */
  async function run(counts: Partial<Record<keyof typeof acts, number>>) {
    const lanes = new Map<string, Promise<void>>();
    const all = Object.entries(counts).flatMap(([name, many]) =>
      Array.from({ length: many }, (_, number) => ({
        act: acts[name as keyof typeof acts],
        name,
        number,
        at: number / many,
      })),
    );
    // Kinds are mixed evenly.
    for (const { act, name, number } of all.sort((one, other) => one.at - other.at)) {
      const side = sides[number % 2] as Side;
      const user =
        name === 'setup'
          ? 'Bruno'
          : name === 'look'
            ? pick(['Ana', 'Chen'], number >> 1)
            : pick(PEOPLE, number >> 1);
      const lane = `${side.mark} ${user}`;
      const before = lanes.get(lane) ?? Promise.resolve();
      lanes.set(
        lane,
        before.then(() =>
          act(side, number, user).catch((cause: unknown) => {
            const told = side.slack.ephemerals(user).at(-1)?.message.text;
            const open = JSON.stringify(side.slack.openViews(user).map(({ view }) => view.blocks));
            throw new Error(`${name} ${number} of ${lane}; told: ${told}; open: ${open}`, { cause });
          }),
        ),
      );
    }
    await Promise.all(lanes.values());
  }

  async function until(what: string, isSo: () => boolean) {
    const end = Date.now() + 240_000;
    while (!isSo()) {
      if (Date.now() > end) throw new Error(`It did not happen: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  await run(FIRST);
  await until('every form has a card and a thread', () =>
    sides.every((side) => followedBy(side).length === FIRST.form / 2),
  );
  await run(THEN);
  const comments = [...Array(THEN.comment).keys()].map((n) => `From Slack ${n} `);
  const news = [...Array(THEN.commentInTrello).keys()].map((n) => `From Trello ${n} `);
  await until('every comment is on its card', () => {
    const texts = [...trello.state.cards.values()].flatMap(({ actions }) =>
      actions.map(({ data }) => JSON.stringify(data)),
    );
    return comments.every((comment) => texts.some((text) => text.includes(comment)));
  });
  await until('every comment is in its thread', () =>
    sides.every((side, place) => {
      const said = CHANNELS.flatMap((name) =>
        side.slack.messages.inChannel(side.slack.workspace.channel(name).id),
      ).map((one) => JSON.stringify(one));
      const own = [...comments, ...news].filter((_, number) => number % 2 === place);
      return own.every((comment) => said.some((text) => text.includes(`${comment}${side.mark}`)));
    }),
  );
  await until('everybody’s Home has their own requests', () =>
    sides.every(({ slack }) =>
      PEOPLE.every((user) => {
        const tasks = slack.home(user)?.blocks.filter((block) => String(block.block_id).startsWith('card:'));
        return tasks?.length === FIRST.form / 2 / PEOPLE.length;
      }),
    ),
  );
  return { apiAnswers };
}
