import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginInstallation, finishInstallation, startInstallable } from '../support/installing.ts';
import { textOf } from '../support/shown.ts';

/** Two workspaces with the same people and channels, installed by Bruno in both; Trello has an account for the app. */
let here: Awaited<ReturnType<typeof startInstallable>>;
let clicks: string[];
beforeEach(async () => {
  here = await startInstallable({ connected: false });
  here.trello.allowedOrigins.push(here.bridge.url);
  clicks = [];
  for (const number of [0, 1] as const) {
    const { page, cookie } = await beginInstallation(here.bridge.url);
    const { id } = side(number).workspace.team;
    const back = here.bridge.slack.decide(page, { team: id, user: 'Bruno' });
    await finishInstallation(back, cookie);
  }
});
afterEach(() => here.stop());

const side = (number: 0 | 1) => here.bridge.slack.workspaces[number];

async function type(number: 0 | 1, user: string, text: string) {
  const slack = side(number);
  const known = slack.openViews(user);
  const opened = slack.nextView(user, known);
  const answer = await slack.command({ user, channel: '#mission-control', command: '/spacex-task', text });
  expect(answer.acknowledged).toBe(true);
  return await opened;
}

/** A press on the link of a button, with what the browser does by itself until Trello asks the person. */
async function click(url: string) {
  clicks.push('Connect Trello');
  const page = await fetch(url);
  const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? '';
  const authorize = /data-authorize="([^"]*)"/.exec(await page.text())?.[1]?.replaceAll('&amp;', '&') ?? '';
  return { authorize, cookie, state: new URL(url).searchParams.get('state') };
}

async function allow({ authorize, cookie, state }: Awaited<ReturnType<typeof click>>) {
  clicks.push('Allow');
  const back = new URL(here.trello.decide(authorize, { idMember: here.trello.state.me.id }) ?? '');
  const sent = { state, token: back.hash.replace('#token=', '') };
  const finished = await fetch(`${back.origin}${back.pathname}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify(sent),
  });
  expect(finished.status).toBe(200);
}

async function submit(number: 0 | 1, user: string, view: { id: string; submit?: unknown }, values = {}) {
  clicks.push(String((view.submit as { text: string }).text));
  const sent = await side(number).viewSubmit({ user, viewId: view.id, values });
  expect(sent).toMatchObject({ acknowledged: true });
}

/** Bruno connects the app's account and uses its board, in the first workspace. */
async function setUp() {
  const open = await type(0, 'Bruno', 'setup');
  expect(textOf(open.view)).toContain('Two steps: connect a Trello account, then choose a board.');
  const url = /"url":"([^"]*)"/.exec(JSON.stringify(open.view.blocks))?.[1] ?? '';
  await allow(await click(url));
  await side(0).until(() => textOf(open.view).includes('Use this board'));
  await submit(0, 'Bruno', open.view);
  expect(side(0).openViews('Bruno')).toEqual([]);
}

const cards = () => [...here.trello.state.cards.values()].filter(({ desc }) => desc.includes('It leaks'));

describe('the first app admin of a workspace', () => {
  it('gets from nothing to the first card in four clicks', async () => {
    await setUp();
    const form = await type(0, 'Bruno', 'bug It leaks');
    await submit(0, 'Bruno', form.view);
    await side(0).until(() => cards().length === 1 && rootOf(0)?.edited);
    expect(clicks).toEqual(['Connect Trello', 'Allow', 'Use this board', 'Create card']);
    expect(JSON.stringify(rootOf(0)?.blocks)).toContain(`/c/${cards()[0]?.shortLink}`);
  });

  it('has the board read at once, so that Trello tells of it before there is a card', async () => {
    await setUp();
    const [board] = here.trello.state.boards.values();
    const idsOf = () => [...here.trello.webhooks.all.values()].map(({ idModel }) => idModel);
    await expect.poll(idsOf, { timeout: 10_000 }).toEqual([board?.id]);
  });

  it('is the only one there who can change anything; others read who that is', async () => {
    await setUp();
    const { view } = await type(0, 'Ana', 'setup');
    expect(textOf(view)).toBe(
      `Only app admins can change the setup:  <@${side(0).workspace.person('Bruno').id}> . Cards from #mission-control go to To Do on Mission Control.`,
    );
  });

  it('sees and changes nothing of another workspace, under the same name', async () => {
    await setUp();
    const form = await type(1, 'Bruno', 'setup');
    expect(textOf(form.view)).toBe(
      'Two steps: connect a Trello account, then choose a board. Connect Trello Use an account of its own for this app: cards and comments appear in its name.',
    );
    const { team } = side(1).workspace;
    await side(1).command({
      user: 'Ana',
      channel: '#mission-control',
      command: '/spacex-task',
      text: 'bug It leaks',
    });
    const told = await side(1).until(() => side(1).ephemerals('Ana')[0]);
    expect(told.message.text).toContain('This app isn’t connected to a Trello board yet.');
    expect([team.name, cards(), side(0).ephemerals('Ana')]).toEqual(['Starlink', [], []]);
  });
});

function rootOf(number: 0 | 1) {
  const { messages, workspace } = side(number);
  return messages.inChannel(workspace.channel('#mission-control').id).find(({ thread_ts }) => !thread_ts);
}
