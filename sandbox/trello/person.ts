import { checkMember } from './access.ts';
import { assign, attach, comment, deleteComment, editComment, setLabel, unassign } from './card-parts.ts';
import { addCard, dropCard, editCard, moveCard } from './cards.ts';
import type { StoredAction, StoredCard, StoredLabel, StoredList, StoredMember } from './model.ts';
import type { Position } from './position.ts';
import { invalidValue, modelNotFound, notAllowed } from './refusal.ts';
import type { TrelloState } from './state.ts';

/** A member in Trello's own pages: what they do has no `appCreator`. Cards are given by id or short link. */
export type Person = ReturnType<typeof createPerson>;

/** @throws Refusal from every function, as the API does, for who is not on the board or only observes it */
export function createPerson(state: TrelloState, member: StoredMember) {
  const actor = { id: member.id };

  function cardAt(id: string): StoredCard {
    const card = state.card(id);
    checkWriter(card.idBoard);
    return card;
  }

  function checkWriter(idBoard: string): void {
    const board = state.board(idBoard);
    checkMember(board, member);
    const own = board.memberships.find(({ idMember }) => idMember === member.id);
    if (own?.memberType === 'observer' || own?.deactivated) throw notAllowed();
  }

  /** By id or name. */
  function labelAt(card: StoredCard, label: string): StoredLabel {
    const { labels } = state.board(card.idBoard);
    const found = labels.find(({ id }) => id === label) ?? labels.find(({ name }) => name === label);
    if (!found) throw modelNotFound();
    return found;
  }

  function memberAt(card: StoredCard, id: string): StoredMember {
    const found = state.members.get(id);
    if (!found) throw modelNotFound();
    checkMember(state.board(card.idBoard), found);
    return found;
  }

  return {
    member,
    create(list: StoredList, name: string, desc = ''): StoredCard {
      checkWriter(list.idBoard);
      return addCard(state, actor, list, { name, desc });
    },
    comment: (card: string, text: string): StoredAction => comment(state, actor, cardAt(card), text),
    editComment: (idAction: string, text: string): StoredAction => editComment(state, actor, idAction, text),
    deleteComment: (idAction: string): void => deleteComment(state, actor, idAction),
    /** `idMember`: oneself when not given. */
    assign(card: string, idMember = member.id): void {
      const at = cardAt(card);
      assign(state, actor, at, memberAt(at, idMember));
    },
    unassign(card: string, idMember = member.id): void {
      const at = cardAt(card);
      unassign(state, actor, at, memberAt(at, idMember));
    },
    rename: (card: string, name: string): void => editCard(state, actor, cardAt(card), { name }),
    describe: (card: string, desc: string): void => editCard(state, actor, cardAt(card), { desc }),
    /** An ISO time; `null` removes the date. */
    setDue: (card: string, due: string | null): void => editCard(state, actor, cardAt(card), { due }),
    complete: (card: string, dueComplete = true): void =>
      editCard(state, actor, cardAt(card), { dueComplete }),
    archive: (card: string): void => editCard(state, actor, cardAt(card), { closed: true }),
    sendBack: (card: string): void => editCard(state, actor, cardAt(card), { closed: false }),
    remove: (card: string): void => dropCard(state, actor, cardAt(card)),
    /** Drags the card to a list, possibly of another board. */
    move(card: string, list: StoredList, position: Position = 'bottom'): void {
      const at = cardAt(card);
      checkWriter(list.idBoard);
      moveCard(state, actor, at, list, position);
    },
    setLabel(card: string, label: string, on = true): void {
      const at = cardAt(card);
      const { id } = labelAt(at, label);
      if (at.idLabels.includes(id) !== on) setLabel(state, actor, at, id, on);
    },
    attachLink(card: string, url: string, name = url): void {
      if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw invalidValue('url');
      attach(state, actor, cardAt(card), { url, name });
    },
  };
}
