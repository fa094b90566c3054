import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../sandbox/slack/messages.ts';
import type { TypedValues } from '../../sandbox/slack/open-views.ts';
import type { StoredAction, StoredCard } from '../../sandbox/trello/model.ts';
import { openForm } from '../support/bridge.ts';
import { type Child, startChild } from '../support/child.ts';
import { describeStores, type Scene, startScene } from '../support/scene.ts';

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500, trelloAnswersWithin: 2_000 };
const SOON = { timeout: 60_000, interval: 50 };
const DUE = Date.parse('2030-11-28T12:00:00.000Z') / 1_000;

/** An edit, how a person makes it, the call that it is, and the actions that it leaves on the card. */
interface Case {
  name: string;
  call: string;
  /** What is asked for; an issue unless given. */
  kind?: 'bug';
  /** Presses on the card as it is are one edit. */
  isOneEdit?: true;
  /** What the one line says. */
  line?: RegExp;
  /** What its form is filled with; without it there is none. */
  values?: (scene: Scene) => TypedValues;
  isEffect(action: StoredAction): boolean;
}

const changed =
  (field: string) =>
  ({ type, data }: StoredAction) =>
    type === 'updateCard' && field in ((data.old ?? {}) as object);
const list = ({ trello }: Scene, name: string) => {
  const [board] = trello.state.boards.values();
  return board?.lists.find((one) => one.name === name)?.id ?? '';
};

const CASES: readonly Case[] = [
  {
    name: 'comment',
    call: 'POST /cards/:id/actions/comments',
    values: () => ({ value: 'Any *news*?' }),
    isEffect: ({ type }) => type === 'commentCard',
  },
  {
    name: 'move',
    call: 'PUT /cards/:id',
    values: (scene) => ({ value: list(scene, 'Doing') }),
    isEffect: changed('idList'),
  },
  {
    name: 'assign_me',
    call: 'POST /cards/:id/idMembers',
    isEffect: ({ type }) => type === 'addMemberToCard',
  },
  {
    name: 'draw_again',
    call: 'PUT /cards/:id',
    kind: 'bug',
    isOneEdit: true,
    line: /^bug-\S+: (?:Sally Okafor|bruno) assigned \S+ \S+ instead of \S+ \S+$/i,
    isEffect: ({ type }) => type === 'removeMemberFromCard',
  },
  { name: 'due', call: 'PUT /cards/:id', values: () => ({ value: DUE }), isEffect: changed('due') },
  { name: 'complete', call: 'PUT /cards/:id', isEffect: changed('dueComplete') },
  { name: 'archive', call: 'PUT /cards/:id', values: () => ({}), isEffect: changed('closed') },
];

describeStores('an edit from Slack, with a store on', ({ fresh }) => {
  let scene: Scene;
  let child: Child;
  let requests = 0;

  beforeAll(async () => {
    scene = await startScene({ storeUrl: fresh() });
    scene.environment.TRELLO_POLL_SECONDS = '1';
    // She is Ana, and what becomes of her is told in other words.
    const { member } = scene.trello.person('Sally Okafor');
    scene.environment.TRELLO_DRAW_EXCEPT = member.username;
    child = await startChild(scene.environment, TIMING);
    // Who Ana is in Trello is asked with her first press.
    await scene.slack.command({
      user: 'Ana',
      channel: '#mission-control',
      command: '/spacex-task',
      text: 'me',
    });
    const { view } = await scene.slack.nextView('Ana');
    await scene.slack.viewSubmit({ user: 'Ana', viewId: view.id, values: { value: member.id } });
  });
  afterAll(async () => {
    await child?.kill();
    await scene?.close();
  });

  /** A request of Ana's whose card is on the board. */
  async function makeCard({ kind }: Case) {
    const { slack, trello } = scene;
    const words = `Leak ${++requests}.`;
    const view = await openForm(slack, `${kind ?? 'issue'} ${words}`);
    const values = { description: words };
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
    const channel = slack.workspace.channel('#mission-control').id;
    const rootOf = (): Message | undefined =>
      slack.messages
        .inChannel(channel)
        .find((one) => !one.thread_ts && JSON.stringify(one.blocks).includes(words));
    const isShown = () => JSON.stringify(rootOf()?.blocks ?? []).includes('card:');
    await slack.until(isShown, 30_000);
    const card = [...trello.state.cards.values()].find(({ desc }) => desc.startsWith(words)) as StoredCard;
    const ts = rootOf()?.ts ?? '';
    return { card, ts, lines: () => slack.messages.replies(channel, ts).slice(1) };
  }
  type Made = Awaited<ReturnType<typeof makeCard>>;

  /** A press on the button or the menu's entry; resolves with the form, where the edit has one. */
  async function press({ name, values }: Case, { card, ts }: Made, user: string) {
    const { slack } = scene;
    const link = /Reference `(\w+)`/.exec(card.desc)?.[1] ?? '';
    const target = { user, channel: '#mission-control', messageTs: ts };
    const isButton = ['move', 'assign_me', 'draw_again'].includes(name);
    const next = values && slack.nextView(user, slack.openViews(user));
    const sent = await slack.messageAction({
      ...target,
      ...(isButton ? { actionId: name } : { actionId: 'more', value: `${name}:${link}` }),
    });
    expect(sent).toMatchObject({ acknowledged: true });
    return (await next)?.view.id;
  }

  /** The whole edit: the press, and the form as it is sent; so many times at once. */
  async function make(edit: Case, made: Made, { user = 'Ana', times = 1 } = {}) {
    const viewId = await press(edit, made, user);
    if (!viewId) return;
    const values = edit.values?.(scene) ?? {};
    const sending = Array.from({ length: times }, () => scene.slack.viewSubmit({ user, viewId, values }));
    for (const sent of await Promise.all(sending)) expect(sent).toMatchObject({ acknowledged: true });
  }

  const finished = () => child.log().match(/"flow":"edit-card".*"finished"/g)?.length ?? 0;
  const effects = ({ isEffect }: Case, { card }: Made) => card.actions.filter(isEffect).length;

  /** Waits for the end of so many edits, and for the thread's line. */
  async function expectOneEffect(edit: Case, made: Made, ended: number): Promise<void> {
    await expect.poll(finished, SOON).toBe(ended);
    expect(effects(edit, made)).toBe(1);
    await expect.poll(() => made.lines().length, SOON).toBeGreaterThan(0);
    expect(made.lines()).toHaveLength(1);
    if (edit.line) expect(made.lines()[0]?.text).toMatch(edit.line);
    if (edit.kind) expect(made.card.idMembers).toHaveLength(1);
    expect(effects(edit, made)).toBe(1);
    expect(child.log().includes('"given up"')).toBe(false);
  }

  describe.each(CASES)('$name', (edit) => {
    const once = (name: string, run: (made: Made, before: number) => Promise<void>) =>
      it(`has one effect ${name}`, { timeout: 120_000 }, async () => {
        const made = await makeCard(edit);
        await run(made, finished());
      });

    once('when it is sent twice', async (made, before) => {
      // A press on a button is another press each time; a form that is sent twice is the same.
      await Promise.all([make(edit, made, { times: 2 }), ...(edit.values ? [] : [make(edit, made)])]);
      await expectOneEffect(edit, made, before + (edit.values || edit.isOneEdit ? 1 : 2));
    });

    if (edit.name !== 'comment' && edit.name !== 'assign_me') {
      once('when two people make it at the same time', async (made, before) => {
        await Promise.all([make(edit, made, { user: 'Ana' }), make(edit, made, { user: 'Bruno' })]);
        await expectOneEffect(edit, made, before + (edit.isOneEdit ? 1 : 2));
      });
    }

    if (edit.isOneEdit) {
      once('each time that it is made', async (made, before) => {
        await make(edit, made);
        await expectOneEffect(edit, made, before + 1);
        await make(edit, made, { user: 'Bruno' });
        await expect.poll(finished, SOON).toBe(before + 2);
        expect(effects(edit, made)).toBe(2);
        await expect.poll(() => made.lines().length, SOON).toBe(2);
        expect(made.card.idMembers).toHaveLength(1);
      });
    }

    once('when the connection is cut behind it', async (made, before) => {
      const rule = scene.trello.faults.add(edit.call, { act: 'reset', when: 'after' }, 1);
      await make(edit, made);
      await expectOneEffect(edit, made, before + 1);
      expect(rule.met).toBe(1);
    });

    once('when the program is killed behind its call', async (made) => {
      const rule = scene.trello.faults.add(edit.call, { act: 'hang', when: 'after' }, 1);
      await make(edit, made);
      await expect.poll(() => rule.met, SOON).toBe(1);
      await expect.poll(() => effects(edit, made), SOON).toBe(1);
      await child.kill();
      child = await startChild(scene.environment, TIMING);
      await expectOneEffect(edit, made, 1);
    });
  });
});
