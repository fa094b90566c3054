import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../../sandbox/trello/local-trello.ts';
import { type Running, type Sent, startMission } from './caller.ts';

let running: Running;
let id: unknown;
beforeEach(async () => {
  running = await startMission();
  id = (await running.call('POST /cards', { json: { idList: running.idList, name: 'Leak' } })).json.id;
});
afterEach(() => running.trello.close());

const attach = (sent: Sent) => running.call(`POST /cards/${id}/attachments`, sent);
const newest = async () => {
  const { text } = await running.call(`GET /boards/${running.mission.board.id}/actions?limit=1`);
  return JSON.parse(text)[0];
};

function upload(name: string, content: Uint8Array<ArrayBuffer>, type: string): Sent {
  const multipart = new FormData();
  multipart.set('name', 'The leak');
  multipart.set('file', new Blob([content], { type }), name);
  return { multipart };
}

it('attaches a link', async () => {
  const { json } = await attach({ json: { url: 'https://example.com/a?b=c', name: 'Plan' } });
  expect(json).toMatchObject({
    name: 'Plan',
    url: 'https://example.com/a?b=c',
    isUpload: false,
    bytes: null,
  });
  expect(await newest()).toMatchObject({
    type: 'addAttachmentToCard',
    data: {
      attachment: { id: json.id, name: 'Plan', url: 'https://example.com/a?b=c' },
      card: { id },
      list: { name: 'To Do' },
    },
  });
  expect((await running.call(`GET /cards/${id}`)).json).toMatchObject({ badges: { attachments: 1 } });
});

it('attaches a file, which can be read with the header only', async () => {
  const content = new Uint8Array([137, 80, 78, 71, 0, 255]);
  const { json } = await attach(upload('wet floor.png', content, 'image/png'));
  expect(json).toMatchObject({ name: 'The leak', isUpload: true, bytes: 6, mimeType: 'image/png' });
  const folder = `${running.trello.url}/cards/${id}/attachments/${json.id}`;
  const url = `${folder}/download/wet_floor.png`;
  expect(json.url).toBe(url);
  expect((await newest()).data.attachment).toEqual({
    id: json.id,
    name: 'The leak',
    url,
    previewUrl: `${folder}/previews/preview/download/wet_floor.png`,
    previewUrl2x: `${folder}/previews/preview2x/download/wet_floor.png`,
  });
  const authorization = `OAuth oauth_consumer_key="${LOCAL_KEY}", oauth_token="${LOCAL_TOKEN}"`;
  const read = await fetch(url, { headers: { authorization } });
  expect(read.headers.get('content-type')).toBe('image/png');
  expect(new Uint8Array(await read.arrayBuffer())).toEqual(content);
  expect((await fetch(`${url}?key=${LOCAL_KEY}&token=${LOCAL_TOKEN}`)).status).toBe(401);
});

it('takes a file of 10 MB, and refuses a larger one', async () => {
  const limit = 10 * 1024 * 1024;
  expect((await attach(upload('a.bin', new Uint8Array(limit), 'text/plain'))).status).toBe(200);
  expect((await attach(upload('a.bin', new Uint8Array(limit + 1), 'text/plain'))).status).toBe(413);
  expect((await attach(upload('a.bin', new Uint8Array(2 * limit), 'text/plain'))).status).toBe(413);
});

it.each([{}, { url: 'ftp://example.com' }, { url: 'https://example.com', name: 'n'.repeat(257) }])(
  'refuses %j',
  async (json) => {
    expect((await attach({ json })).status).toBe(400);
  },
);

it('is removed, which no list shows', async () => {
  const { json } = await attach({ json: { url: 'https://example.com', name: 'Plan' } });
  expect((await running.call(`DELETE /cards/${id}/attachments/${json.id}`)).status).toBe(200);
  expect((await newest()).type).toBe('addAttachmentToCard');
  const card = running.trello.state.cards.get(String(id));
  expect(card?.actions.at(-1)).toMatchObject({
    type: 'deleteAttachmentFromCard',
    data: { attachment: { id: json.id, name: 'Plan' } },
  });
  expect((await running.call(`GET /cards/${id}/attachments`)).text).toBe('[]');
});
