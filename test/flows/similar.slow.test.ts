import { afterEach, beforeEach, expect, it } from 'vitest';
import type { View } from '../../sandbox/slack/view.ts';
import { addCard } from '../../sandbox/trello/cards.ts';
import type { StoredCard } from '../../sandbox/trello/model.ts';
import { openForm } from '../support/bridge.ts';
import { type Child, startChild } from '../support/child.ts';
import { describeStores, expectOutcome, outcomeOf, type Scene, startScene } from '../support/scene.ts';
import { shown } from '../support/shown.ts';

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500, trelloAnswersWithin: 2_000 };
const SOON = { timeout: 60_000, interval: 50 };
const LONG = 120_000;
const TITLE = 'Cockpit loses pressure';
const LIKE_IT = 'The cockpit is losing pressure';
const WORDS = 'It hisses <!channel> *loudly*.';

describeStores('a request that is like a card on the board, with a store on', ({ fresh }) => {
  let scene: Scene;
  let child: Child;
  let card: StoredCard;

  beforeEach(async () => {
    scene = await startScene({ storeUrl: fresh() });
    Object.assign(scene.environment, { TRELLO_POLL_SECONDS: '1', LOG_LEVEL: 'debug' });
    const { state } = scene.trello;
    card = addCard(state, state.me, listNamed('Doing'), { name: TITLE });
    await start();
  }, LONG);
  afterEach(async () => {
    await child?.kill();
    await scene?.close();
  }, LONG);

  function listNamed(name: string) {
    const [board] = scene.trello.state.boards.values();
    const list = board?.lists.find((one) => one.name === name);
    if (!list) throw new Error(`no list ${name}`);
    return list;
  }

  /** Starts the program, and waits until it knows the board's cards. */
  async function start() {
    child = await startChild(scene.environment, TIMING);
    await expect.poll(() => child.log(), SOON).toContain('open cards read');
  }

  const top = () => scene.slack.openViews('Ana').at(-1)?.view as View;
  const titleOf = ({ title }: View) => (title as { text: string }).text;
  const comments = () => card.actions.filter(({ type }) => type === 'commentCard');
  const follow = (of = card, view = top()) =>
    scene.slack.viewAction({ user: 'Ana', viewId: view.id, blockId: `follow:${of.id}` });
  const submit = () => scene.slack.viewSubmit({ user: 'Ana', viewId: top().id });

  /** Ana sends the form, and sees the similar card. */
  async function askForTheSame() {
    const form = await openForm(scene.slack, `issue ${LIKE_IT}`);
    const values = { description: WORDS };
    await scene.slack.viewSubmit({ user: 'Ana', viewId: form.id, values });
    expect(titleOf(top())).toBe('Similar cards');
    expect(shown({ blocks: top().blocks } as never)).toMatch(
      new RegExp(`^${TITLE}\nDoing · nobody assigned yet · opened {\\w+ \\d+}$`),
    );
    expect(outcomeOf(scene).roots).toEqual([]);
    return form;
  }

  async function expectFollowed() {
    await expectOutcome(scene, { cards: 0 });
    expect(comments().map(({ data }) => data.text)).toEqual([
      expect.stringMatching(/^ana asked for the same in Slack\.\nhttps:\/\/\S+\/archives\/C\w+\/p\d+$/),
    ]);
    const { roots, replies } = outcomeOf(scene);
    expect(shown(roots[0])).toBe(
      `:pushpin: <@${scene.slack.workspace.person('Ana').id}> asked about the same: ${TITLE}\n> ${LIKE_IT}\n${WORDS}\nDoing · nobody assigned yet`,
    );
    expect(shown(replies[0])).toMatch(
      /^You follow Cockpit loses pressure: \S+\. The card’s people can see that you asked\.$/,
    );
    expect([...scene.trello.state.cards.values()]).toHaveLength(1);
  }

  it('goes back to the form with everything in it', { timeout: LONG }, async () => {
    const form = await askForTheSame();
    await scene.slack.viewClose({ user: 'Ana', viewId: top().id });
    expect(top().id).toBe(form.id);
    expect(JSON.stringify(top().state.values)).toContain(JSON.stringify(WORDS));
    await submit();
    expect(titleOf(top())).toBe('Similar cards');
    expect(outcomeOf(scene)).toEqual({ cards: [], roots: [], replies: [] });
  });

  it('makes its card all the same, once, however often that is sent', { timeout: LONG }, async () => {
    await askForTheSame();
    const viewId = top().id;
    const send = () => scene.slack.viewSubmit({ user: 'Ana', viewId });
    await Promise.all([send(), send()].map((sent) => sent.catch(() => {})));
    expect(scene.slack.openViews('Ana')).toEqual([]);
    await expectOutcome(scene);
    const made = outcomeOf(scene).cards[0];
    expect(made?.name).toBe(LIKE_IT);
    expect(made?.desc.startsWith(`${WORDS}\n\n`)).toBe(true);
    expect(comments()).toEqual([]);
  });

  it('follows the card that is there: one comment, one thread, one answer', { timeout: LONG }, async () => {
    await askForTheSame();
    const view = top();
    await Promise.all([follow(card, view), follow(card, view)]);
    await expect.poll(() => titleOf(top()), SOON).toBe('Following');
    expect(shown({ blocks: top().blocks } as never)).toBe(
      `You follow ${TITLE}. Its updates come to a thread in #mission-control.`,
    );
    await scene.slack.viewClose({ user: 'Ana', viewId: top().id });
    expect(scene.slack.openViews('Ana')).toEqual([]);
    await expectFollowed();

    // What happens to the card from now on is told; what happened before, and the comment, is not.
    scene.trello.person('Sally Okafor').move(card.id, listNamed('To Do'));
    await expect.poll(() => outcomeOf(scene).replies.length, SOON).toBe(2);
    expect(shown(outcomeOf(scene).replies[1])).toBe('Sally Okafor moved it to To Do');
  });

  it('says that the card was deleted meanwhile, and still makes one', { timeout: LONG }, async () => {
    await askForTheSame();
    scene.trello.person('Sally Okafor').remove(card.id);
    await follow();
    await expect
      .poll(() => JSON.stringify(top().blocks), SOON)
      .toContain('That card was deleted meanwhile. Choose another or press Create anyway.');
    expect(JSON.stringify(top().blocks)).not.toContain(TITLE);
    await submit();
    await expectOutcome(scene);
  });

  it.each(['POST /cards', 'POST /cards/:id/actions/comments'])(
    'has one effect when the program is killed behind %s',
    { timeout: LONG },
    async (call) => {
      await askForTheSame();
      const rule = scene.trello.faults.add(call, { act: 'hang', when: 'after' }, 1);
      await (call === 'POST /cards' ? submit() : follow());
      await expect.poll(() => rule.met, SOON).toBe(1);
      await child.kill();
      await start();
      if (call !== 'POST /cards') return await expectFollowed();
      await expectOutcome(scene);
      expect(comments()).toEqual([]);
    },
  );

  it.each(['Create anyway', 'Follow'])(
    'has one effect when the program is killed right after %s',
    {
      timeout: LONG,
    },
    async (way) => {
      await askForTheSame();
      await (way === 'Follow' ? follow() : submit());
      await child.kill();
      await start();
      await (way === 'Follow' ? expectFollowed() : expectOutcome(scene));
    },
  );

  it('knows what happens to the board’s cards without reading them all', { timeout: LONG }, async () => {
    const sally = scene.trello.person('Sally Okafor');
    sally.archive(card.id);
    card = sally.create(listNamed('To Do'), 'Engine is too loud');
    sally.rename(card.id, 'Antenna does not turn');
    const known = async (title: string) => {
      const form = await openForm(scene.slack, `issue ${title}`);
      await scene.slack.viewSubmit({ user: 'Ana', viewId: form.id, values: { description: 'x' } });
      return scene.slack.openViews('Ana').length > 0 ? titleOf(top()) : undefined;
    };
    const reads = scene.trello.requests.of('GET /boards/:id/actions');
    await expect
      .poll(() => scene.trello.requests.of('GET /boards/:id/actions'), SOON)
      .toBeGreaterThan(reads + 1);
    expect(await known('The antenna does not turn')).toBe('Similar cards');
    await scene.slack.viewClose({ user: 'Ana', viewId: top().id, all: true });
    expect(await known(LIKE_IT)).toBeUndefined();
    expect(scene.trello.requests.of('GET /boards/:id/cards')).toBe(1);
  });
});
