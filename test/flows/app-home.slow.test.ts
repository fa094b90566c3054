import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, startChild } from '../support/child.ts';
import { describeStores, outcomeOf, type Scene, startScene } from '../support/scene.ts';
import { shown } from '../support/shown.ts';

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500, trelloAnswersWithin: 2_000 };
const LONG = 60_000;
/** What changes is published every 5 s at most; on a busy machine one publication is later on its way than another. Milliseconds. */
const CHANGES_EVERY = 5_000 / 2;
/** What somebody else asks for; none is like another, or the form would show that one first. */
const OTHERS = ['Sweep the deck', 'Oil the hatch', 'Count the bolts', 'Clean the windows'];

describeStores('App Home, with a store on', ({ name, fresh }) => {
  let scene: Scene;
  /** On Redis two instances share the work. */
  let children: Child[];

  const start = async () => {
    const instances = name === 'redis' ? 2 : 1;
    children = await Promise.all(
      Array.from({ length: instances }, () => startChild(scene.environment, TIMING)),
    );
  };
  const kill = () => Promise.all(children.map((child) => child.kill()));

  beforeAll(async () => {
    scene = await startScene({ storeUrl: fresh() });
    scene.environment.TRELLO_POLL_SECONDS = '1';
    await start();
  }, LONG);
  afterAll(async () => {
    if (children) await kill();
    await scene?.close();
  });

  const home = (user: string) => scene.slack.home(user);
  const text = (user: string) => {
    const view = home(user);
    const others = (view?.blocks ?? []).filter(({ type }) => type !== 'rich_text');
    return `${shown({ blocks: view?.blocks } as never)}${JSON.stringify(others)}`;
  };
  const until = (user: string, words: string, milliseconds = LONG) =>
    scene.slack.until(() => text(user).includes(words), milliseconds);
  const openHome = (user: string) => scene.slack.openHome({ user });
  const linkOf = (title: string) => {
    const card = [...scene.trello.state.cards.values()].find((one) => one.name === title);
    return { card, link: /Reference `(\w+)`/.exec(card?.desc ?? '')?.[1] ?? '' };
  };

  /** Somebody presses “New task” in their Home and sends the form. */
  async function newTask(user: string, title: string) {
    const { slack } = scene;
    const next = slack.nextView(user, slack.openViews(user));
    const pressed = await slack.homeAction({ user, blockId: 'home', actionId: 'home_new_task' });
    expect(pressed).toMatchObject({ acknowledged: true });
    const { view } = await next;
    return await slack.viewSubmit({ user, viewId: view.id, values: { title, description: 'It leaks.' } });
  }

  /** Moves a card by its button in the Home. */
  async function move(user: string, title: string, list: string) {
    const { slack, trello } = scene;
    const next = slack.nextView(user, slack.openViews(user));
    await slack.homeAction({ user, blockId: `card:${linkOf(title).link}`, actionId: 'move' });
    const { view } = await next;
    await slack.until(() => slack.openViews(user).at(-1)?.view.submit);
    const [board] = trello.state.boards.values();
    const value = board?.lists.find((one) => one.name === list)?.id ?? '';
    return await slack.viewSubmit({ user, viewId: view.id, values: { value } });
  }

  it('takes somebody new to a card, of which everything comes as a direct message', {
    timeout: LONG,
  }, async () => {
    await openHome('Ana');
    await until('Ana', 'Create Trello cards from Slack');
    await newTask('Ana', 'Paint the hull');
    await until('Ana', ':pushpin: Paint the hull');
    expect(text('Ana')).toContain('To Do · nobody assigned yet\nIssue · requested {');
    const { roots, replies } = outcomeOf(scene);
    expect(roots.map((root) => shown(root))).toEqual([
      expect.stringContaining(':pushpin: You raised an issue: Paint the hull'),
    ]);
    // No word on why it comes directly: it was asked for in no channel.
    expect(shown(roots[0])).toMatch(/nobody assigned yet$/);
    expect(replies).toHaveLength(1);
  });

  it('shows what happens on the board, and what is done by its buttons', { timeout: 2 * LONG }, async () => {
    const { trello } = scene;
    const { card } = linkOf('Paint the hull');
    const [board] = trello.state.boards.values();
    const doing = board?.lists.find((one) => one.name === 'Doing');
    trello.person('Sally Okafor').move(String(card?.id), doing as never, 'top');
    await until('Ana', 'Doing · nobody assigned yet');
    await move('Ana', 'Paint the hull', 'To Do');
    await until('Ana', 'To Do · nobody assigned yet');
    const menu = { user: 'Ana', blockId: `card:${linkOf('Paint the hull').link}`, actionId: 'more' };
    await scene.slack.homeAction({ ...menu, value: `mute:${linkOf('Paint the hull').link}` });
    await until('Ana', 'updates muted');
    await scene.slack.homeAction({ ...menu, value: `complete:${linkOf('Paint the hull').link}` });
    await until('Ana', 'Finished in the last 30 days');
    expect(text('Ana')).toContain('No open tasks.');
  });

  it('tells who pressed why nothing was changed, as a direct message', { timeout: LONG }, async () => {
    const { slack } = scene;
    const { link } = linkOf('Paint the hull');
    const menu = { user: 'Ana', blockId: `card:${link}`, actionId: 'more' };
    const direct = () => outcomeOf(scene).roots.map((root) => shown(root));
    // Its mark goes while the Home still offers to reopen it.
    scene.trello.person('Sally Okafor').complete(String(linkOf('Paint the hull').card?.id), false);
    await slack.homeAction({ ...menu, value: `reopen:${link}` });
    await slack.until(() => direct().some((words) => words.includes('It isn’t marked complete.')), LONG);
    expect(slack.ephemerals('Ana')).toEqual([]);
    await until('Ana', ':pushpin: Paint the hull');
  });

  it('shows a failed request, and tries it again', { timeout: LONG }, async () => {
    scene.trello.faults.add('POST /cards', { act: 'answer', status: 400, body: 'invalid value for name' }, 1);
    await newTask('Ana', 'Order more tea');
    await until('Ana', ':x: Order more tea\nNo card was created.');
    const block = home('Ana')?.blocks.find(({ block_id: id }) => String(id).startsWith('job:'));
    await scene.slack.homeAction({ user: 'Ana', blockId: String(block?.block_id), actionId: 'retry' });
    await until('Ana', ':pushpin: Order more tea');
  });

  it('is published every 5 s at most while much happens, and not for who does not look', {
    timeout: 2 * LONG,
  }, async () => {
    const { trello, slack } = scene;
    const { card, link } = linkOf('Order more tea');
    const sally = trello.person('Sally Okafor');
    const times: number[] = [];
    const end = slack.subscribe((change) => {
      if (change.type === 'home_published') times.push(Date.now());
    });
    const [board] = trello.state.boards.values();
    const lists = ['Doing', 'To Do'].map((list) => board?.lists.find((one) => one.name === list));
    for (let turn = 0; turn < 4; turn += 1) {
      sally.move(String(card?.id), lists[turn % 2] as never, 'top');
      sally.rename(String(card?.id), `Order more tea ${turn}`);
      // The thread says this at once, and the rest 3 s later.
      const value = `${turn % 2 === 0 ? 'mute' : 'unmute'}:${link}`;
      await slack.homeAction({ user: 'Ana', blockId: `card:${link}`, actionId: 'more', value });
      await until('Ana', `Order more tea ${turn}\n`);
      await slack.until(() => text('Ana').includes(`"unmute:${link}"`) === (turn % 2 === 0), LONG);
      await slack.command({
        user: 'Bruno',
        channel: '#rockets',
        command: '/spacex-task',
        text: `issue ${OTHERS[turn]}`,
      });
      const { view } = await slack.nextView('Bruno');
      await slack.viewSubmit({ user: 'Bruno', viewId: view.id, values: { description: 'It leaks.' } });
    }
    end();
    const waits = times.slice(1).map((time, place) => time - Number(times[place]));
    expect(waits.filter((wait) => wait < CHANGES_EVERY)).toEqual([]);
    expect(home('Bruno')).toBeUndefined();
  });

  it('is current again after a pause that Slack has asked for, and after somebody else published it', {
    timeout: 2 * LONG,
  }, async () => {
    const { slack } = scene;
    slack.faults.plan('views.publish', { kind: 'ratelimited', retryAfterSeconds: 2 });
    await newTask('Ana', 'Fix the lift');
    await until('Ana', ':pushpin: Fix the lift');
    const { id } = slack.workspace.person('Ana');
    await fetch(`${slack.apiUrl}views.publish`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${slack.workspace.app.botToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ user_id: id, view: { type: 'home', blocks: home('Ana')?.blocks.slice(0, 3) } }),
    });
    expect(text('Ana')).not.toContain('Fix the lift');
    await newTask('Ana', 'Water the plants');
    await until('Ana', ':pushpin: Water the plants');
    expect(slack.calls.last('views.publish').map(({ outcome }) => outcome)).toContain('hash_conflict');
    expect(text('Ana')).toContain(':pushpin: Fix the lift');
  });

  it('says that Trello does not answer, and no longer when it does', { timeout: 3 * LONG }, async () => {
    const rule = scene.trello.faults.add('GET /boards/:id/actions', { act: 'reset', when: 'before' });
    await expect.poll(() => rule.met, { timeout: LONG }).toBeGreaterThan(4);
    await openHome('Ana');
    await until('Ana', 'Trello isn’t answering. This is how things stood at ');
    rule.clear();
    await scene.slack.until(() => !text('Ana').includes('isn’t answering'), 2 * LONG);
  });

  it('makes one card and one answer of a new task, and shows it, though the program is killed', {
    timeout: 3 * LONG,
  }, async () => {
    const { slack, trello } = scene;
    for (const [title, when] of [
      ['Sort the tools', 'before'],
      ['Test the siren', 'after'],
    ] as const) {
      const before = outcomeOf(scene);
      const rule = trello.faults.add('POST /cards', { act: 'hang', when }, 1);
      expect(await newTask('Ana', title)).toMatchObject({ acknowledged: true });
      await expect.poll(() => rule.met, { timeout: LONG }).toBe(1);
      await kill();
      expect(text('Ana')).not.toContain(`:pushpin: ${title}`);
      await start();
      await until('Ana', `:pushpin: ${title}`);
      await slack.until(() => outcomeOf(scene).replies.length === before.replies.length + 1, LONG);
      const after = outcomeOf(scene);
      expect(after.cards.filter((card) => card.name === title)).toHaveLength(1);
      expect(after.roots).toHaveLength(before.roots.length + 1);
    }
  });
});
