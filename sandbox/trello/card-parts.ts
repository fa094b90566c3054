import { cardUpdate } from './cards.ts';
import type { StoredAction, StoredAttachment, StoredCard, StoredMember, UploadedFile } from './model.ts';
import { remove } from './ordered.ts';
import { modelNotFound, notAllowed, Refusal } from './refusal.ts';
import { type Actor, listReference, type TrelloState } from './state.ts';

/** A label makes two actions, so far apart in a capture. Milliseconds. */
const LABELS_DELAY = 30;

/** @throws Refusal when the member is on the card */
export function assign(state: TrelloState, actor: Actor, card: StoredCard, member: StoredMember): void {
  if (card.idMembers.includes(member.id)) throw new Refusal(400, 'member is already on the card');
  card.idMembers.push(member.id);
  recordMember(state, 'addMemberToCard', actor, card, member);
}

/** @throws Refusal when the member is not on the card */
export function unassign(state: TrelloState, actor: Actor, card: StoredCard, member: StoredMember): void {
  if (!card.idMembers.includes(member.id)) throw new Refusal(400, 'member is not on the card');
  remove(card.idMembers, member.id);
  recordMember(state, 'removeMemberFromCard', actor, card, member);
}

function recordMember(
  state: TrelloState,
  type: 'addMemberToCard' | 'removeMemberFromCard',
  actor: Actor,
  card: StoredCard,
  member: StoredMember,
): void {
  const data = { idMember: member.id, member: { id: member.id, name: member.fullName } };
  state.record({ type, board: state.board(card.idBoard), actor, card, data, member });
}

/** Puts a label on the card or takes it off. */
export function setLabel(state: TrelloState, actor: Actor, card: StoredCard, id: string, on: boolean): void {
  const old = { idLabels: [...card.idLabels] };
  if (on) card.idLabels.push(id);
  else remove(card.idLabels, id);
  const idLabels = [...card.idLabels];
  const { name, color } = state.label(id);
  state.record({
    type: on ? 'addLabelToCard' : 'removeLabelFromCard',
    board: state.board(card.idBoard),
    actor,
    card,
    data: { label: { id, name, color }, value: color, text: name },
  });
  state.recordLater(LABELS_DELAY, () =>
    state.cards.has(card.id) ? cardUpdate(state, actor, card, { idLabels }, old) : undefined,
  );
}

export function comment(state: TrelloState, actor: Actor, card: StoredCard, text: string): StoredAction {
  card.comments += 1;
  return state.record({
    type: 'commentCard',
    board: state.board(card.idBoard),
    actor,
    card,
    data: { text, textData: { emoji: {} }, list: listReference(state.list(card.idList)) },
  });
}

/** The comment's action gets the new text; a second action says so. @throws Refusal when it is somebody else's */
export function editComment(state: TrelloState, actor: Actor, id: string, text: string): StoredAction {
  const { action, card } = commentAt(state, id);
  if (action.idMemberCreator !== actor.id) throw notAllowed();
  const old = { text: action.data.text };
  action.data = { ...action.data, text, dateLastEdited: new Date(state.now()).toISOString() };
  const data = { action: { id: action.id, text }, old };
  state.record({ type: 'updateComment', board: state.board(card.idBoard), actor, card, data });
  return action;
}

/** An admin of the board may delete what others wrote. @throws Refusal */
export function deleteComment(state: TrelloState, actor: Actor, id: string): void {
  const { action, card } = commentAt(state, id);
  const board = state.board(card.idBoard);
  const own = board.memberships.find(({ idMember }) => idMember === actor.id);
  if (action.idMemberCreator !== actor.id && own?.memberType !== 'admin') throw notAllowed();
  state.dropAction(action);
  card.comments -= 1;
  state.record({ type: 'deleteComment', board, actor, card, data: { action: { id: action.id } } });
}

function commentAt(state: TrelloState, id: string) {
  const action = state.action(id);
  if (action.type !== 'commentCard') throw new Refusal(400, 'invalid action');
  return { action, card: state.card(action.idCard ?? '') };
}

export function attach(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  given: { name: string } & ({ url: string } | { file: UploadedFile }),
): StoredAttachment {
  const attachment: StoredAttachment = {
    id: state.ids.id(),
    addedAt: state.now(),
    idMember: actor.id,
    ...given,
  };
  card.attachments.push(attachment);
  state.record({
    type: 'addAttachmentToCard',
    board: state.board(card.idBoard),
    actor,
    card,
    data: {
      attachment: {
        id: attachment.id,
        name: attachment.name,
        url: attachmentUrl(state, card, attachment),
        ...previewsOf(state, card, attachment),
      },
      list: listReference(state.list(card.idList)),
    },
  });
  return attachment;
}

/** The link, or where the file can be read. */
export function attachmentUrl(state: TrelloState, card: StoredCard, attachment: StoredAttachment): string {
  return attachment.url ?? `${folderOf(state, card, attachment)}/download/${fileName(attachment)}`;
}

/** Trello makes previews of images. Here nothing answers at their addresses. */
function previewsOf(state: TrelloState, card: StoredCard, attachment: StoredAttachment) {
  if (!attachment.file?.type.startsWith('image/')) return {};
  const preview = (kind: string) =>
    `${folderOf(state, card, attachment)}/previews/${kind}/download/${fileName(attachment)}`;
  return { previewUrl: preview('preview'), previewUrl2x: preview('preview2x') };
}

function folderOf(state: TrelloState, card: StoredCard, { id }: StoredAttachment): string {
  return `${state.publicUrl()}/1/cards/${card.id}/attachments/${id}`;
}

function fileName({ file, name }: StoredAttachment): string {
  return encodeURIComponent((file?.name ?? name).replace(/\s/g, '_'));
}

/** @throws Refusal */
export function detach(state: TrelloState, actor: Actor, card: StoredCard, id: string): void {
  const attachment = card.attachments.find((one) => one.id === id);
  if (!attachment) throw modelNotFound();
  remove(card.attachments, attachment);
  const data = { attachment: { id, name: attachment.name } };
  const board = state.board(card.idBoard);
  state.record({ type: 'deleteAttachmentFromCard', board, actor, card, data });
}
