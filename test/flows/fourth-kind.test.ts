import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kind } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';
import { answeredThread, type Bridge, openForm, startBridge } from '../support/bridge.ts';
import { mockTrello } from '../support/nock-trello.ts';
import { postTask } from '../support/token.ts';

/** All that it takes to add a kind. */
const epic = kind({
  type: 'epic',
  label: 'Epic',
  summary: 'a goal for many weeks',
  labels: ['Research', 'Test'],
  assign: 'nobody',
  fields: {
    title: { input: 'line', label: 'Title', example: 'Land on Mars' },
    story: { input: 'prose', label: 'Story', example: 'People walk on Mars' },
    focus: { input: 'choice', options: ['Research', 'Test'], label: 'Focus', example: 'Research' },
    target: { input: 'date', label: 'Target day', example: '2031-04-12' },
  },
  draft: ({ title, story, focus, target }) => ({ title, description: story, labels: [focus], due: target }),
});

const values = {
  title: 'Land on Mars',
  story: 'People walk on Mars',
  focus: 'Research',
  target: '2031-04-12',
};
const card = {
  idList: 'list-to-do',
  name: 'Land on Mars',
  desc: expect.stringMatching(/^People walk on Mars\n\nRequested by /),
  idLabels: ['label-research'],
  due: '2031-04-12',
};

let trello: ReturnType<typeof mockTrello>;
let bridge: Bridge;

beforeEach(async () => {
  trello = mockTrello();
  bridge = await startBridge(trello, { kinds: [...KINDS, epic] });
});

afterEach(async () => {
  await bridge.stop();
  const leftovers = trello.leftovers();
  trello.stop();
  expect(leftovers).toEqual([]);
});

describe('a fourth kind, added in one place', () => {
  it('has a form, and becomes a card with its link in the thread', async () => {
    const { slack } = bridge;
    const expected = trello.expectCard();
    const view = await openForm(slack, 'epic Long ago');
    const fields = view.blocks.filter(({ type }) => type === 'input').map(({ block_id }) => block_id);
    expect(fields).toEqual(['type', 'title', 'story', 'focus', 'target']);
    expect(JSON.stringify(view.blocks)).toContain('"initial_value":"Long ago"');
    await slack.viewSubmit({ user: 'Ana', viewId: view.id, values });
    expect(await expected).toEqual(card);
    const { root } = await answeredThread(slack, '#mission-control');
    expect(root.text).toMatch(/^<@\w+> requested an epic: Land on Mars\. In To Do, nobody assigned yet\.$/);
  });

  it('is taken by the API, and a wrong day is refused', async () => {
    const expected = trello.expectCard();
    expect((await postTask(bridge.url, { type: 'epic', ...values })).status).toBe(201);
    expect(await expected).toEqual(card);
    const refused = await postTask(bridge.url, { type: 'epic', ...values, target: '2031-02-30' });
    expect(refused.body.errors).toEqual([
      { field: 'target', message: 'Give a day as YYYY-MM-DD, such as 2031-04-12.' },
    ]);
  });

  it('stands in the OpenAPI document', async () => {
    const document = await (await fetch(`${bridge.url}/openapi.json`)).text();
    expect(document).toContain('"epic"');
    expect(document).toContain('"People walk on Mars"');
  });

  it('stands in the usage text', async () => {
    const { slack } = bridge;
    await slack.command({ user: 'Ana', channel: '#mission-control', command: '/spacex-task', text: 'help' });
    const shown = await slack.until(() => slack.ephemerals('Ana')[0]);
    expect(shown.message.text).toContain('`/spacex-task epic` a goal for many weeks');
  });
});
