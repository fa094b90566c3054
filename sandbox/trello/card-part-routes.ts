import { assign, attach, attachmentUrl, detach, setLabel, unassign } from './card-parts.ts';
import { memberOnBoard, membersOf } from './card-routes.ts';
import { RawBody } from './http.ts';
import { isId } from './ids.ts';
import type { StoredAttachment } from './model.ts';
import { names, type Parameters, requiredId, text } from './parameters.ts';
import { invalidId, invalidValue, modelNotFound, notAllowed, Refusal } from './refusal.ts';
import { pick } from './render.ts';
import type { Call, Routes } from './router.ts';

/** Of a workspace without a paid plan. Bytes. */
const FILE_LIMIT = 10 * 1024 * 1024;
const NAME_LIMIT = 256;

/** The members, labels and attachments of a card. */
export const CARD_PART_ROUTES: Routes = {
  'POST /cards/:id/idMembers': (call) => {
    const { state, parameters, path, actor } = call;
    const card = state.card(path.id ?? '');
    assign(state, actor, card, memberOnBoard(state, parameters, state.board(card.idBoard)));
    return membersOf(call, card);
  },
  'DELETE /cards/:id/idMembers/:idMember': (call) => {
    const { state, path, actor } = call;
    const card = state.card(path.id ?? '');
    const member = state.members.get(pathId(path.idMember));
    if (!member) throw new Refusal(400, 'member is not on the card');
    unassign(state, actor, card, member);
    return membersOf(call, card);
  },

  'POST /cards/:id/idLabels': ({ state, parameters, path, actor }) => {
    const card = state.card(path.id ?? '');
    const label = state.labels.get(requiredId(parameters, 'value'));
    if (label?.idBoard !== card.idBoard) throw invalidValue('value');
    if (card.idLabels.includes(label.id)) throw new Refusal(400, 'that label is already on the card');
    setLabel(state, actor, card, label.id, true);
    return card.idLabels;
  },
  'DELETE /cards/:id/idLabels/:idLabel': ({ state, path, actor }) => {
    const card = state.card(path.id ?? '');
    const id = pathId(path.idLabel);
    if (!card.idLabels.includes(id)) throw new Refusal(400, 'that label is not on the card');
    setLabel(state, actor, card, id, false);
    return { _value: null };
  },

  'GET /cards/:id/attachments': ({ state, render, parameters, path }) => {
    const card = state.card(path.id ?? '');
    return card.attachments.map((one) => pick(render.attachment(one, card), names(parameters, 'fields')));
  },
  'POST /cards/:id/attachments': ({ state, render, parameters, path, actor }) => {
    const card = state.card(path.id ?? '');
    return render.attachment(attach(state, actor, card, newAttachment(parameters)), card);
  },
  'GET /cards/:id/attachments/:idAttachment': (call) => {
    const card = call.state.card(call.path.id ?? '');
    return pick(call.render.attachment(attachmentAt(call), card), names(call.parameters, 'fields'));
  },
  'GET /cards/:id/attachments/:idAttachment/download/:name': (call) => {
    const { state, path, byHeader } = call;
    const attachment = attachmentAt(call);
    const url = attachmentUrl(state, state.card(path.id ?? ''), attachment);
    if (!attachment.file || !url.endsWith(`/${encodeURIComponent(path.name ?? '')}`)) throw modelNotFound();
    if (!byHeader) throw notAllowed();
    return new RawBody(attachment.file.type, attachment.file.content);
  },
  'DELETE /cards/:id/attachments/:idAttachment': ({ state, path, actor }) => {
    detach(state, actor, state.card(path.id ?? ''), pathId(path.idAttachment));
    return { limits: {} };
  },
};

function attachmentAt({ state, path }: Call): StoredAttachment {
  const id = pathId(path.idAttachment);
  const found = state.card(path.id ?? '').attachments.find((one) => one.id === id);
  if (!found) throw modelNotFound();
  return found;
}

/** A link or a file. The words of the refusals are not verified, but for the status 413. @throws Refusal */
function newAttachment(parameters: Parameters) {
  const name = text(parameters, 'name');
  if (name !== undefined && name.length > NAME_LIMIT) throw invalidValue('name');
  const { file } = parameters;
  if (isUpload(file)) {
    if (file.content.length > FILE_LIMIT) throw new Refusal(413, 'Payload Too Large');
    const type = text(parameters, 'mimeType') ?? file.type;
    return { name: name || file.name, file: { ...file, type } };
  }
  const url = text(parameters, 'url');
  if (!url || !/^https?:\/\//.test(url) || !URL.canParse(url)) throw invalidValue('url');
  return { name: name || url, url };
}

function isUpload(value: unknown): value is { name: string; type: string; content: Buffer } {
  return typeof value === 'object' && value !== null && 'content' in value && Buffer.isBuffer(value.content);
}

function pathId(id: string | undefined): string {
  if (!isId(id)) throw invalidId();
  return id.toLowerCase();
}
