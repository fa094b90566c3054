import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LOCAL_TOKEN } from '../../../sandbox/trello/local-trello.ts';
import { type Running, startMission } from './caller.ts';

/** Parts of the OpenAPI document of Trello's REST API, corrected where it contradicts its own examples. */
const shapes: Record<string, { properties: Record<string, unknown> }> = JSON.parse(
  readFileSync(new URL('reference-shapes.json', import.meta.url), 'utf8'),
);

let running: Running;
let idCard: string;
beforeAll(async () => {
  running = await startMission();
  const { call, mission, idList } = running;
  const { json } = await call('POST /cards', {
    json: {
      idList,
      name: 'Shape',
      desc: 'Text',
      due: '2031-04-12',
      idLabels: mission.labels.map(({ id }) => id),
      idMembers: mission.members.map(({ id }) => id),
    },
  });
  idCard = String(json.id);
  await call(`POST /cards/${idCard}/actions/comments`, { json: { text: 'A comment' } });
});
afterAll(() => running.trello.close());

describe('a response has the shape of the API reference for', () => {
  it.each<[string, () => string]>([
    ['Card', () => `/cards/${idCard}`],
    ['Board', () => `/boards/${running.mission.board.id}?fields=all`],
    ['TrelloList', () => `/lists/${running.idList}`],
    ['Label', () => `/labels/${running.mission.labels[0]?.id}`],
    ['Member', () => '/members/me'],
    ['Token', () => `/tokens/${LOCAL_TOKEN}`],
    ['Memberships', () => `/boards/${running.mission.board.id}/memberships`],
    ['Action', () => `/cards/${idCard}/actions`],
  ])('%s', async (name, path) => {
    const { status, text } = await running.call(`GET ${path()}`);
    expect(status).toBe(200);
    const answer = JSON.parse(text);
    const schema = z.fromJSONSchema(shapes[name] as never, { defaultTarget: 'openapi-3.0' });
    const items: Record<string, unknown>[] = Array.isArray(answer) ? answer : [answer];
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) {
      const { error } = schema.safeParse(item);
      expect(error?.issues ?? []).toEqual([]);
      const missing = Object.keys(shapes[name]?.properties ?? {}).filter((field) => !(field in item));
      expect(missing).toEqual([]);
    }
  });
});

it('finds a response of another shape, so that the checks above are real', () => {
  const schema = z.fromJSONSchema(shapes.Card as never, { defaultTarget: 'openapi-3.0' });
  expect(schema.safeParse({ id: 'short', closed: 'no' }).error?.issues).toHaveLength(2);
});
