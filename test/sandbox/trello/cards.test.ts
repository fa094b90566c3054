import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, startMission } from './caller.ts';

let running: Running;
beforeAll(async () => {
  running = await startMission();
});
afterAll(() => running.trello.close());

const make = (json: Record<string, unknown>) =>
  running.call('POST /cards', { json: { idList: running.idList, ...json } });

describe('a new card', () => {
  it('has its list, labels and members from one request', async () => {
    const { mission, call, idList } = running;
    const [label] = mission.labels;
    const [member] = mission.members;
    const { json } = await make({
      name: 'Fix it',
      desc: 'Now',
      idLabels: [label?.id],
      idMembers: [member?.id],
    });
    expect(json).toMatchObject({ name: 'Fix it', desc: 'Now', idList, idMembers: [member?.id] });
    expect(json.labels).toMatchObject([{ id: label?.id, name: 'Bug', color: 'red' }]);
    expect(json.id).toMatch(/^[0-9a-f]{24}$/);
    expect(json.shortUrl).toBe(`${running.trello.url.slice(0, -2)}/c/${json.shortLink}`);
    expect((await call(`GET /cards/${json.shortLink}`)).json).toEqual(json);
  });

  it('takes its parameters from the query, a form or JSON', async () => {
    const { call, idList, mission } = running;
    const given = {
      idList,
      name: 'Same',
      idMembers: mission.members.map(({ id }) => id).join(','),
      due: '2031-04-12',
    };
    const answers = await Promise.all([
      call('POST /cards', { query: given }),
      call('POST /cards', { form: given }),
      call('POST /cards', { json: { ...given, idMembers: given.idMembers.split(',') } }),
    ]);
    for (const { json } of answers) {
      expect(json).toMatchObject({ name: 'Same', due: '2031-04-12T00:00:00.000Z' });
      expect(json.idMembers).toHaveLength(5);
    }
  });

  it('keeps every character', async () => {
    const desc = `שלום 🚀 ${'字'.repeat(3000)}\r\n<b>&amp; “quotes”\n`;
    const { json } = await make({ name: 'نص 👩‍🚀', desc });
    expect(json).toMatchObject({ name: 'نص 👩‍🚀', desc });
  });

  it('has its creation time in its id, and sorts after older ones', async () => {
    const first = (await make({ name: 'one' })).json.id as string;
    const second = (await make({ name: 'two' })).json.id as string;
    expect(Math.abs(Number.parseInt(first.slice(0, 8), 16) - Date.now() / 1000)).toBeLessThan(60);
    expect(second > first).toBe(true);
  });

  it('goes to the requested position', async () => {
    const { call } = running;
    const list = (await call('POST /lists', { json: { idBoard: running.mission.board.id, name: 'Order' } }))
      .json;
    for (const [name, pos] of [
      ['b', 'bottom'],
      ['a', 'top'],
      ['d', 'bottom'],
      ['c', 100_000],
    ] as const) {
      await make({ name, pos, idList: list.id });
    }
    const { text } = await call(`GET /lists/${list.id}/cards`, { query: { fields: 'name' } });
    expect(JSON.parse(text).map(({ name }: { name: string }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a change to a card', () => {
  it('moves it, archives it, and records one action for each change, as Trello does', async () => {
    const { call, mission } = running;
    const { id } = (await make({ name: 'Moves' })).json;
    const done = mission.lists.find(({ name }) => name === 'Done');
    const changed = await call(`PUT /cards/${id}`, { json: { idList: done?.id, closed: true } });
    expect(changed.json).toMatchObject({ idList: done?.id, closed: true });

    const actions = JSON.parse((await call(`GET /cards/${id}/actions`, { query: { filter: 'all' } })).text);
    expect(actions.map(({ type }: { type: string }) => type)).toEqual([
      'updateCard',
      'updateCard',
      'createCard',
    ]);
    expect(actions[0].data).toMatchObject({ card: { closed: true }, old: { closed: false } });
    expect(actions[1].data).toMatchObject({ listBefore: { name: 'To Do' }, listAfter: { name: 'Done' } });
  });

  it('changes nothing when one part of it is refused', async () => {
    const { call } = running;
    const card = (await make({ name: 'Stays' })).json;
    const refused = await call(`PUT /cards/${card.id}`, {
      json: { name: 'Other', idMembers: ['f'.repeat(24)] },
    });
    expect(refused.status).toBe(400);
    expect((await call(`GET /cards/${card.id}`)).json).toEqual(card);
  });

  it('adds and removes members, labels and comments', async () => {
    const { call, mission } = running;
    const { id } = (await make({ name: 'Parts' })).json;
    const [label] = mission.labels;
    const [member] = mission.members;
    await call(`POST /cards/${id}/idMembers`, { json: { value: member?.id } });
    await call(`POST /cards/${id}/idLabels`, { query: { value: label?.id ?? '' } });
    const comment = await call(`POST /cards/${id}/actions/comments`, { form: { text: 'Seen' } });
    expect(comment.json).toMatchObject({ type: 'commentCard', data: { text: 'Seen' } });
    expect((await call(`GET /cards/${id}`)).json).toMatchObject({
      idMembers: [member?.id],
      idLabels: [label?.id],
      badges: { comments: 1 },
    });
    await call(`DELETE /cards/${id}/idMembers/${member?.id}`);
    await call(`DELETE /cards/${id}/idLabels/${label?.id}`);
    await call(`DELETE /actions/${comment.json.id}`);
    expect((await call(`GET /cards/${id}`)).json).toMatchObject({
      idMembers: [],
      idLabels: [],
      badges: { comments: 0 },
    });
  });

  it('is passed to the subscribers', async () => {
    const { trello, call } = running;
    const received: string[] = [];
    // The label of the test before comes in two actions: not those of other cards.
    const others = new Set(trello.state.cards.keys());
    const stop = trello.subscribe(({ type, idCard = '' }) => {
      if (!others.has(idCard)) received.push(type);
    });
    const { id } = (await make({ name: 'Received' })).json;
    await call(`PUT /cards/${id}`, { json: { name: 'Renamed' } });
    await call(`DELETE /cards/${id}`);
    stop();
    await make({ name: 'Unheard' });
    expect(received).toEqual(['createCard', 'updateCard', 'deleteCard']);
    expect((await call(`GET /cards/${id}`)).status).toBe(404);
  });
});
