import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLocalSlack } from '../../sandbox/slack/server.ts';
import {
  type SeededBoard,
  seedEmptyBoard,
  seedGroundControl,
  seedMissionBoard,
} from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import { openStore } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { OWN_ACCOUNT } from '../../src/workspaces/variables.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { createWorkspaces } from '../../src/workspaces/workspaces.ts';
import { token } from '../http/bridge.ts';
import { answeredThread, type Bridge, openForm, SECRET, sendForm, startBridge } from '../support/bridge.ts';
import { textOf } from '../support/shown.ts';
import { notifying, postTask } from '../support/token.ts';

let trello: RunningTrello;
let bridge: Bridge;
let mission: SeededBoard;
let ground: SeededBoard;
let folder: string;

/** A workspace that is connected to Mission Control, and to Ground Control for #rockets. */
beforeEach(async () => {
  trello = await startLocalTrello();
  mission = seedMissionBoard(trello.state);
  ground = seedGroundControl(trello.state, { known: true });
  folder = mkdtempSync(join(tmpdir(), 'several-'));
  const STORE_URL = `sqlite:${join(folder, 'bridge.db')}`;
  await connectBoards(STORE_URL);
  bridge = await startBridge(
    { url: trello.url, board: mission.board.shortLink },
    { environment: { STORE_URL } },
  );
});
afterEach(async () => {
  await bridge.stop();
  await trello.close();
  rmSync(folder, { recursive: true });
});

/** The store's file has one process at a time. */
async function connectBoards(url: string): Promise<void> {
  // Another local Slack has the same ids.
  const slack = await startLocalSlack();
  const { team } = slack.workspace;
  const rockets = slack.workspace.channel('#rockets').id;
  await slack.close();
  const store = await openStore({ url, log: pino({ level: 'silent' }), retentionDays: 30 });
  const { setups } = createWorkspaces({
    records: store.records,
    vault: createVault([]),
    audit: createAudit(store.audit),
  });
  for (const { board, lists } of [mission, ground]) {
    const { id, name } = board;
    const list = String(lists[0]?.name);
    await setups.putBoard(team.id, { id, name, account: OWN_ACCOUNT, list, doneList: 'Done' }, 'U1');
  }
  await setups.route(team.id, rockets, ground.board.id, 'U1');
  await store.close();
}

/** What the person chose, with the `block_id` of its field. */
const shownBoard = (view: { blocks: unknown[] }) =>
  (view.blocks as { block_id?: string; element?: { initial_option?: { value: string } } }[]).find((block) =>
    block.block_id?.startsWith('board'),
  );
const newestCard = () => [...trello.state.cards.values()].at(-1);

describe('a workspace with several boards', () => {
  it('has a card made on the board that was chosen, by its own members, labels and list', async () => {
    const { slack } = bridge;
    const view = await openForm(slack, 'issue');
    expect(shownBoard(view)?.element?.initial_option?.value).toBe(mission.board.id);
    expect(textOf(view)).toContain('Creates a card in To Do on Mission Control.');

    const chosen = { user: 'Ana', viewId: view.id };
    await slack.viewAction({ ...chosen, blockId: 'board', value: ground.board.id });
    await slack.until(() => {
      const [open] = slack.openViews('Ana');
      return open && textOf(open.view).includes('Creates a card in Inbox on Ground Control.');
    });
    await slack.viewAction({ ...chosen, blockId: 'type', value: 'bug' });
    const changed = await slack.until(() => {
      const [open] = slack.openViews('Ana');
      return open && !textOf(open.view).includes('Title') ? open.view : undefined;
    });
    expect(shownBoard(changed)?.block_id).toBe('board');
    expect(textOf(changed)).toContain('Creates a card in Inbox on Ground Control.');
    const description = changed.blocks.find(({ block_id }) =>
      String(block_id).startsWith('description'),
    )?.block_id;
    await slack.viewSubmit({ ...chosen, values: { [String(description)]: 'It leaks' } });

    const { root } = await answeredThread(slack, '#mission-control');
    const card = newestCard();
    expect(card?.idList).toBe(ground.lists[0]?.id);
    expect(ground.members.map(({ id }) => id)).toContain(card?.idMembers[0]);
    expect(JSON.stringify(root.blocks)).toContain(' on Ground Control');
  });

  it('takes a board over the API, by its id or its short link', async () => {
    const headers = {
      authorization: `Bearer ${await token({ secret: SECRET })}`,
      'content-type': 'application/json',
    };
    const post = (board: string) =>
      fetch(`${bridge.url}/tasks`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ type: 'bug', description: 'It leaks', board }),
      });
    for (const board of [ground.board.id, ground.board.shortLink]) {
      expect((await post(board)).status).toBe(201);
      expect(newestCard()?.idList).toBe(ground.lists[0]?.id);
    }
    const other = seedEmptyBoard(trello.state).board;
    for (const board of [other.id, other.shortLink, 'ZzZz9999']) expect((await post(board)).status).toBe(422);
  });

  it('has a card that a program asks for in a channel made on the board of the channel, unless it names one', async () => {
    const { slack, url } = bridge;
    const listOf = async (channel: string, board?: string) => {
      const { id } = slack.workspace.channel(channel);
      const body = { type: 'bug', description: 'It leaks', channel: id, board };
      expect((await postTask(url, body, await notifying())).status).toBe(201);
      return newestCard()?.idList;
    };
    expect(await listOf('#rockets')).toBe(ground.lists[0]?.id);
    expect(await listOf('#mission-control')).toBe(mission.lists[0]?.id);
    expect(await listOf('#rockets', mission.board.shortLink)).toBe(mission.lists[0]?.id);
    const { root } = await answeredThread(slack, '#rockets');
    expect(root.text).toMatch(/^ci reported a bug: bug-/);
  });

  it('preselects the board of the channel', async () => {
    const view = await openForm(bridge.slack, 'bug It leaks', '#rockets');
    expect(shownBoard(view)?.element?.initial_option?.value).toBe(ground.board.id);
    await sendForm(bridge.slack, view.id);
    await answeredThread(bridge.slack, '#rockets');
    expect(newestCard()?.idList).toBe(ground.lists[0]?.id);
  });
});
