import { attachmentUrl } from './trello/card-parts.ts';
import type { LocalTrello } from './trello/local-trello.ts';
import type { StoredAction, StoredBoard, StoredCard } from './trello/model.ts';

/** The board and its cards, in the page's format. */
export function trelloSnapshot({ state }: LocalTrello, board: StoredBoard) {
  return {
    id: board.id,
    name: board.name,
    /** The account whose token the bridge has. */
    app: state.me.id,
    lists: board.lists.filter(({ closed }) => !closed).map(({ id, name }) => ({ id, name })),
    members: board.memberships.flatMap(({ idMember, memberType }) =>
      memberType === 'observer' ? [] : memberState(state, idMember),
    ),
    cards: board.cards.map((card) => cardState(state, card)),
  };
}

/** An action in the page's format: the changed card, the id of one that is gone, or the changed or new board. */
export function trelloEvent(trello: LocalTrello, { type, idCard, idBoard }: StoredAction) {
  const board = trello.state.boards.get(idBoard);
  if (!board) return undefined;
  if (idCard === undefined) return { type: 'board', of: idBoard, board: trelloSnapshot(trello, board) };
  const card = trello.state.cards.get(idCard);
  return card?.idBoard === idBoard
    ? {
        type: type === 'createCard' ? 'card_made' : 'card',
        of: idBoard,
        card: cardState(trello.state, card),
      }
    : { type: 'card_gone', of: idBoard, id: idCard };
}

function cardState(state: LocalTrello['state'], card: StoredCard) {
  const { id, shortLink, idShort, name, desc, idList, pos, closed, due, dueComplete } = card;
  return {
    id,
    shortLink,
    idShort,
    name,
    desc,
    idList,
    pos,
    closed,
    due,
    dueComplete,
    labels: card.idLabels.flatMap((idLabel) => {
      const label = state.labels.get(idLabel);
      return label ? [{ name: label.name, color: label.color }] : [];
    }),
    members: card.idMembers.flatMap((idMember) => memberState(state, idMember)),
    comments: card.actions
      .filter(({ type }) => type === 'commentCard')
      .map((action) => ({
        id: action.id,
        author: state.members.get(action.idMemberCreator)?.fullName ?? '',
        text: String(action.data.text),
      })),
    attachments: card.attachments.map((attachment) => ({
      id: attachment.id,
      name: attachment.name,
      url: attachmentUrl(state, card, attachment),
    })),
  };
}

function memberState({ members }: LocalTrello['state'], id: string) {
  const member = members.get(id);
  return member ? [{ id, fullName: member.fullName, initials: member.initials }] : [];
}
