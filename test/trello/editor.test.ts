import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoredCard } from '../../sandbox/trello/model.ts';
import { type SeededBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { type RunningTrello, startLocalTrello } from '../../sandbox/trello/server.ts';
import type { CardEditor } from '../../src/flows/edit-card/ports.ts';
import { createEvents } from '../../src/jobs/events.ts';
import { createTrelloClient, keyAndToken, type TrelloClient } from '../../src/trello/client.ts';
import { createCardEditor } from '../../src/trello/editor.ts';
import { createQuota } from '../../src/trello/rate-limit.ts';

let trello: RunningTrello;
let mission: SeededBoard;
let client: TrelloClient;
let editor: CardEditor;
let card: StoredCard;

beforeAll(async () => {
  trello = await startLocalTrello();
  mission = seedMissionBoard(trello.state);
  const key = 'local-trello-key';
  client = createTrelloClient({
    url: trello.url,
    authorization: async () => keyAndToken(key, 'local-trello-token'),
  });
  const limiter = { take: async () => 0, pause: async () => {}, left: async () => 1 };
  const quota = createQuota({ limiter, events: createEvents(), key, account: 'm1', tokenLimit: 0 });
  editor = createCardEditor({
    client,
    quota,
    ownId: async () => trello.state.me.id,
    knownBoard: () => undefined,
  });
});
afterAll(async () => {
  await client.close();
  await trello.close();
});
beforeEach(() => {
  const { lists } = mission;
  card = trello.person('Sally Okafor').create(lists[0] as (typeof lists)[number], 'Leak');
});

describe('an edit of a card that is made again', () => {
  const member = () => trello.person('Mae Lindqvist').member.id;
  const actions = (type: string) => card.actions.filter((action) => action.type === type);

  it('assigns nobody twice, and is no error', async () => {
    await editor.assign(card.id, member());
    await editor.assign(card.id, member());
    expect(card.idMembers).toEqual([member()]);
    expect(actions('addMemberToCard')).toHaveLength(1);
  });

  it('takes nobody off twice, and is no error', async () => {
    await editor.assign(card.id, member());
    await editor.unassign(card.id, member());
    await editor.unassign(card.id, member());
    expect(card.idMembers).toEqual([]);
    expect(actions('removeMemberFromCard')).toHaveLength(1);
  });

  it('is refused on a card that is gone', async () => {
    trello.person('Sally Okafor').remove(card.id);
    await expect(editor.assign(card.id, member())).rejects.toMatchObject({ code: 'card_gone' });
    await expect(editor.unassign(card.id, member())).rejects.toMatchObject({ code: 'card_gone' });
  });

  it('is refused for somebody who is not on the board', async () => {
    const stranger = trello.state.addMember('Nobody Here');
    await expect(editor.assign(card.id, stranger.id)).rejects.toMatchObject({ retry: 'never' });
  });
});
