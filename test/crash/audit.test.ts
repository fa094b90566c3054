import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { audit, broken, isUnderWay } from './audit.ts';
import type { Request } from './requests.ts';

const TAG = 's00001';
const accepted: Request[] = [{ tag: TAG, way: 'slack', accepted: true }];
const unheard: Request[] = [{ tag: TAG, way: 'slack', accepted: false }];

let scene: Scene;
beforeEach(async () => {
  scene = await startScene({ storeUrl: 'sqlite:unused.db' });
});
afterEach(() => scene.close());

async function makeCard(): Promise<void> {
  const { trello, environment } = scene;
  const [list] = trello.state.lists.keys();
  const query = new URLSearchParams({
    key: String(environment.TRELLO_API_KEY),
    token: String(environment.TRELLO_API_TOKEN),
    idList: String(list),
    name: 'A card',
    desc: `It leaks ${TAG}\n\nRequested by ana · Reference \`ref\``,
  });
  const { status } = await fetch(`${trello.url}/cards?${query}`, { method: 'POST' });
  expect(status).toBe(200);
}

/** A message of the app with the job's reference; answers with its `ts`. */
async function say(text: string, { icon, thread }: { icon?: string; thread?: string }): Promise<string> {
  const { slack } = scene;
  const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${slack.workspace.app.botToken}`,
      'content-type': 'application/json; charset=utf-8',
    },
    body: JSON.stringify({
      channel: slack.workspace.channel('#mission-control').id,
      text,
      ...(icon && {
        blocks: [
          {
            type: 'rich_text',
            elements: [{ type: 'rich_text_section', elements: [{ type: 'emoji', name: icon }] }],
          },
        ],
      }),
      metadata: { event_type: 'spacex_task', event_payload: { reference: 'ref' } },
      ...(thread && { thread_ts: thread }),
    }),
  });
  const answer = (await response.json()) as { ok: boolean; ts: string };
  expect(answer).toMatchObject({ ok: true });
  return answer.ts;
}

const verdict = (requests: Request[], { history = true } = {}) => {
  const found = audit(scene, requests);
  return { broken: broken(found, { history }), underWay: isUnderWay(found) };
};

describe('the audit', () => {
  it('finds nothing wrong with one card, one answer and a root message that says so', async () => {
    await makeCard();
    await say('Done', { thread: await say('A card', { icon: 'pushpin' }) });
    expect(verdict(accepted)).toEqual({ broken: [], underWay: false });
    expect(audit(scene, accepted)).toMatchObject({ accepted: 1, cards: 1 });
  });

  it('finds an accepted request without a card, and lets one pass that nobody was told is accepted', () => {
    expect(verdict(accepted)).toEqual({ broken: ['1 accepted requests without a card'], underWay: true });
    expect(verdict(unheard)).toEqual({ broken: [], underWay: false });
  });

  it('finds a second card, accepted or not', async () => {
    await makeCard();
    await makeCard();
    await say('Done', { thread: await say('A card', { icon: 'pushpin' }) });
    for (const requests of [accepted, unheard]) {
      expect(verdict(requests)).toEqual({ broken: ['1 requests with two cards'], underWay: false });
    }
  });

  it('finds a card that nobody was told of', async () => {
    await makeCard();
    await say('A card', { icon: 'hourglass_flowing_sand' });
    expect(verdict(accepted).broken).toEqual([
      '1 cards without an answer in Slack',
      '1 cards without a root message that says so',
    ]);
  });

  it('finds a root message without a card', async () => {
    await say('A card', { icon: 'hourglass_flowing_sand' });
    expect(verdict(unheard)).toEqual({ broken: ['1 root messages without a card'], underWay: true });
  });

  it('finds an answer that came twice where the app may look, and only there', async () => {
    await makeCard();
    const root = await say('A card', { icon: 'pushpin' });
    await say('Done', { thread: root });
    await say('Done', { thread: root });
    expect(verdict(accepted).broken).toEqual(['1 answers that came twice, with a history scope']);
    expect(verdict(accepted, { history: false }).broken).toEqual([]);
  });
});
