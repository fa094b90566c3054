import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createDeliveries } from '../../src/trello/deliveries.ts';
import type { RefusalWindow } from '../../src/workspaces/refusals.ts';

const SECRET = 'the-secret-of-the-key';
const BOARD = '5f1a2b3c4d5e6f7a8b9c0d1e';
const ADDRESS = `https://bridge.example.com/trello/webhook/T1/${BOARD}`;
const WATCHED = { team: 'T1', board: BOARD };

const sign = (body: string, address = ADDRESS, secret = SECRET) =>
  createHmac('sha1', secret)
    .update(body + address)
    .digest('base64');

function commentBody(type: string) {
  return JSON.stringify({
    model: { id: BOARD, name: 'Mission Control' },
    action: {
      id: 'a2',
      type,
      date: '2026-11-24T10:00:00.000Z',
      memberCreator: { id: 'm1', fullName: 'Chen', username: 'chen' },
      data: { action: { id: 'a1', text: 'new' }, card: { id: 'c1' }, board: { id: 'another' } },
    },
  });
}

let connected: boolean | undefined;
let changes: unknown[];
let refusals: unknown[];
const deliveries = createDeliveries({
  publicUrl: 'https://bridge.example.com',
  secret: SECRET,
  isConnected: async ({ team, board }) => (team === 'T1' && board === BOARD ? connected : false),
  changed: async (...change) => void changes.push(change),
  noteRefusal: async ({ name }, entry) => void refusals.push([name, ...Object.values(entry)]),
});
const receive = (body: string, signature: string | undefined = sign(body), board = WATCHED) =>
  deliveries.receive(board, Buffer.from(body), signature);

beforeEach(() => {
  connected = true;
  changes = [];
  refusals = [];
});

describe('a delivery of a webhook', () => {
  it('says no more than that something has happened on the board of its address', async () => {
    const body = JSON.stringify({
      action: { id: 'a', type: 'updateCard', data: { board: { id: 'other' } } },
    });
    expect(await receive(body)).toBe('noted');
    expect(changes).toEqual([[WATCHED, undefined]]);
  });

  it.each(['updateComment', 'deleteComment'])(
    'of %s names the comment, which no history has',
    async (type) => {
      expect(await receive(commentBody(type))).toBe('noted');
      const at = Date.parse('2026-11-24T10:00:00.000Z');
      const comment = { action: 'a2', comment: 'a1', card: 'c1', by: { id: 'm1', name: 'Chen' }, at };
      expect(changes).toEqual([[WATCHED, comment]]);
    },
  );

  it.each([
    [{ id: 'm1' }, { id: 'm1', name: '' }],
    [undefined, { name: '' }],
  ])('of a comment that was changed by %j is believed, too', async (memberCreator, by) => {
    const { action } = JSON.parse(commentBody('updateComment'));
    await receive(JSON.stringify({ action: { ...action, memberCreator } }));
    expect(changes).toMatchObject([[WATCHED, { comment: 'a1', by }]]);
  });

  it.each([
    ['no JSON', 'x'],
    ['nothing', ''],
    ['null', 'null'],
    ['another shape', '{"action":{"type":"updateComment","data":7}}'],
  ])('that is signed and has %s makes the board be read all the same', async (_, body) => {
    expect(await receive(body)).toBe('noted');
    expect(changes).toEqual([[WATCHED, undefined]]);
  });

  it.each([
    ['no signature', () => undefined],
    ['that of another body', () => sign('{}')],
    ['that of another secret', (body: string) => sign(body, ADDRESS, 'another')],
    ['that of another address', (body: string) => sign(body, `${ADDRESS}0`)],
  ])('with %s changes nothing', async (_, signature) => {
    const body = commentBody('updateComment');
    expect(await deliveries.receive(WATCHED, Buffer.from(body), signature(body))).toBe('forged');
    expect(changes).toEqual([]);
    // Whose board it is said to be of is not believed.
    expect(refusals).toEqual([
      ['webhook-refused-forged', 'unknown', 'unknown', 'a webhook’s delivery: it is not signed by Trello'],
    ]);
  });

  it('for a board that is not connected is answered so that Trello deletes the webhook', async () => {
    for (const board of [
      { ...WATCHED, board: 'other' },
      { ...WATCHED, team: 'T2' },
    ]) {
      const address = deliveries.callbackUrl(board);
      expect(await receive('{}', sign('{}', address), board)).toBe('gone');
      expect(await deliveries.look(board)).toBe('gone');
    }
    expect(changes).toEqual([]);
    // Of the deliveries alone: anybody may look.
    expect(refusals).toEqual([
      ['webhook-refused-T1', 'T1', 'trello', 'a webhook’s delivery: board other is not connected there'],
      ['webhook-refused-T2', 'T2', 'trello', `a webhook’s delivery: board ${BOARD} is not connected there`],
    ]);
  });

  it('fills no store: of what is forged an hour has a hundred entries', async () => {
    const windows: RefusalWindow[] = [];
    const forged = createDeliveries({
      publicUrl: 'https://bridge.example.com',
      secret: SECRET,
      isConnected: async () => true,
      changed: async () => {},
      noteRefusal: async (window) => void windows.push(window),
    });
    await forged.receive(WATCHED, Buffer.from('{}'), 'x');
    expect(windows).toEqual([{ name: 'webhook-refused-forged', limit: 100, milliseconds: 60 * 60_000 }]);
  });

  it('leaves no entry in the audit when it is taken, or comes too early', async () => {
    await receive('{}');
    connected = undefined;
    await receive('{}');
    expect(refusals).toEqual([]);
  });

  it('deletes no webhook before the program knows its boards', async () => {
    connected = undefined;
    expect(await receive('{}')).toBe('early');
    expect(await deliveries.look(WATCHED)).toBe('early');
  });

  it('that could not be stored is not acknowledged', async () => {
    const away = new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' });
    const failing = createDeliveries({
      publicUrl: 'https://bridge.example.com',
      secret: SECRET,
      isConnected: async () => true,
      changed: () => Promise.reject(away),
      noteRefusal: async () => {},
    });
    await expect(failing.receive(WATCHED, Buffer.from('{}'), sign('{}'))).rejects.toBe(away);
  });
});
