import type { StoredAction } from './model.ts';
import type { TrelloState } from './state.ts';

/** By type; those with several are below. Trello has `unknown` for what its own page does not show. */
const KEYS: Readonly<Record<string, string>> = {
  createBoard: 'action_create_board',
  createList: 'action_added_list_to_board',
  moveListFromBoard: 'action_move_list_from_board',
  moveListToBoard: 'action_move_list_to_board',
  createCard: 'action_create_card',
  copyCard: 'action_copy_card',
  convertToCardFromCheckItem: 'action_convert_to_card_from_checkitem',
  moveCardFromBoard: 'action_move_card_from_board',
  moveCardToBoard: 'action_move_card_to_board',
  deleteCard: 'action_delete_card',
  commentCard: 'action_comment_on_card',
  addLabelToCard: 'action_add_label_to_card',
  removeLabelFromCard: 'action_remove_label_from_card',
  addAttachmentToCard: 'action_add_attachment_to_card',
  deleteAttachmentFromCard: 'action_delete_attachment_from_card',
  addChecklistToCard: 'action_add_checklist_to_card',
  removeChecklistFromCard: 'action_remove_checklist_from_card',
};

/**
 * What Trello's own page says of an action. The keys are those of captures and of a public list of them; the entities
 * are only the card and the member, where Trello has more.
 */
export function displayOf({ members }: TrelloState, action: StoredAction) {
  const creator = members.get(action.idMemberCreator);
  const card = action.data.card as { id: string; shortLink?: string; name?: string } | undefined;
  return {
    translationKey: KEYS[action.type] ?? keyOfChange(action) ?? 'unknown',
    entities: {
      ...(card && { card: { type: 'card', id: card.id, shortLink: card.shortLink, text: card.name } }),
      ...(creator && {
        memberCreator: {
          type: 'member',
          id: creator.id,
          username: creator.username,
          text: creator.fullName,
        },
      }),
    },
  };
}

type Values = Record<string, unknown>;

function keyOfChange({ type, data, idMemberCreator }: StoredAction): string | undefined {
  const values = (name: string): Values => (data[name] as Values | undefined) ?? {};
  const self = data.idMember === idMemberCreator;
  switch (type) {
    case 'updateCard':
      return keyOfCard(values('old'), values('card'));
    case 'updateList':
      return keyOfList(values('old'), values('list'));
    case 'updateBoard':
      return keyOfBoard(values('old'), values('board'));
    case 'addMemberToCard':
      return self ? 'action_member_joined_card' : 'action_added_member_to_card';
    case 'removeMemberFromCard':
      return self ? 'action_member_left_card' : 'action_removed_member_from_card';
    case 'updateCheckItem':
      return 'action_renamed_checkitem';
    case 'updateCheckItemStateOnCard':
      return values('checkItem').state === 'complete'
        ? 'action_completed_checkitem'
        : 'action_marked_checkitem_incomplete';
    default:
      return undefined;
  }
}

function keyOfCard(old: Values, card: Values): string | undefined {
  if ('idList' in old) return 'action_move_card_from_list_to_list';
  if ('closed' in old) return card.closed ? 'action_archived_card' : 'action_sent_card_to_board';
  if ('due' in old) return keyOfDate('due', old.due, card.due);
  if ('start' in old) return keyOfDate('start', old.start, card.start);
  if ('dueComplete' in old) {
    return `action_marked_the_due_date_${card.dueComplete ? 'complete' : 'incomplete'}`;
  }
  if ('name' in old) return 'action_renamed_card';
  if ('desc' in old) return 'action_changed_description_of_card';
  // "Higher" is the greater position, further down.
  if ('pos' in old) return `action_moved_card_${Number(card.pos) > Number(old.pos) ? 'higher' : 'lower'}`;
  return undefined;
}

function keyOfDate(which: 'due' | 'start', old: unknown, value: unknown): string {
  if (old === null) return `action_added_a_${which}_date`;
  return value === null ? `action_removed_a_${which}_date` : `action_changed_a_${which}_date`;
}

function keyOfList(old: Values, list: Values): string | undefined {
  if ('closed' in old) return list.closed ? 'action_archived_list' : 'action_sent_list_to_board';
  if ('name' in old) return 'action_renamed_list';
  if ('pos' in old) return `action_moved_list_${Number(list.pos) > Number(old.pos) ? 'right' : 'left'}`;
  return undefined;
}

function keyOfBoard(old: Values, board: Values): string | undefined {
  if ('closed' in old) return board.closed ? 'action_closed_board' : 'action_reopened_board';
  if ('name' in old) return 'action_update_board_name';
  if ('desc' in old) return 'action_update_board_desc';
  return undefined;
}
