import { isOnBoard } from './access.ts';
import { CARD_FILTERS, cardsInList, wholeBoard } from './board-views.ts';
import { isId } from './ids.ts';
import type { StoredMember } from './model.ts';
import { limit, names, word } from './parameters.ts';
import { modelNotFound } from './refusal.ts';
import { pick } from './render.ts';
import type { Call, Routes } from './router.ts';

export const MEMBER_ROUTES: Routes = {
  'GET /members/:id': (call) => pick(wholeMember(call), names(call.parameters, 'fields')),
  'GET /members/:id/:field': (call) => {
    const { field = '' } = call.path;
    const whole: Record<string, unknown> = wholeMember(call);
    if (!(field in whole)) throw modelNotFound();
    return { _value: whole[field] };
  },
  'GET /members/:id/cards': (call) => {
    const { state, parameters } = call;
    const { id } = memberAt(call);
    const filter = word(parameters, 'filter', CARD_FILTERS, 'visible');
    const cards = [...state.cards.values()].filter(
      ({ idMembers, idBoard }) => idMembers.includes(id) && isOnBoard(state.board(idBoard), call.me.id),
    );
    return cardsInList(call, cards, filter, 'fields').slice(0, limit(parameters, 'limit', 1000));
  },
  'GET /members/:id/boards': (call) => {
    const filter = word(call.parameters, 'filter', ['all', 'open', 'closed'], 'all');
    return boardsOf(call, memberAt(call))
      .filter(({ closed }) => filter === 'all' || (filter === 'closed') === closed)
      .map((board) => {
        const fields = call.parameters.fields ?? 'all';
        return wholeBoard({ ...call, parameters: { ...call.parameters, fields } }, board);
      });
  },
};

function wholeMember(call: Call) {
  const member = memberAt(call);
  return {
    ...call.render.member(member),
    idBoards: boardsOf(call, member).map(({ id }) => id),
    idOrganizations: [call.state.idOrganization],
    // Trello returns these only for the caller's own member.
    ...(member === call.me && {
      email: call.grant.scopes.includes('account') ? `${member.username}@example.com` : null,
      idBoardsPinned: null,
    }),
  };
}

/** By id, by username, or `me`. @throws Refusal */
function memberAt({ state, me, path }: Call): StoredMember {
  const { id = '' } = path;
  if (id === 'me') return me;
  const member = isId(id)
    ? state.members.get(id.toLowerCase())
    : [...state.members.values()].find(({ username }) => username === id);
  if (!member) throw modelNotFound();
  return member;
}

/** All boards are private: another member's are shown where the caller is a member, too. */
function boardsOf({ state, me }: Call, { id }: StoredMember) {
  return [...state.boards.values()].filter((board) => isOnBoard(board, id) && isOnBoard(board, me.id));
}
