import type { StoredBoard, StoredCard, StoredMember } from './model.ts';
import { flag, limit, names, newestFirst, type Parameters, pageBoundary, word } from './parameters.ts';
import { BOARD_FIELDS, MEMBER_FIELDS, NESTED_MEMBER_FIELDS, pick } from './render.ts';
import type { Call } from './router.ts';

/** The number of labels in a response when the request has no limit. */
const DEFAULT_LABEL_LIMIT = 50;

/** A board with its nested resources: lists, labels, members, memberships and cards, each with its own fields. */
export function wholeBoard(call: Call, board: StoredBoard): Record<string, unknown> {
  const { render, parameters } = call;
  const here = { ...call, path: { id: board.id } };
  const requested = (name: string) =>
    name in parameters && !['none', 'false', ''].includes(String(parameters[name]));
  return {
    ...pick(render.board(board), names(parameters, 'fields') ?? BOARD_FIELDS),
    ...(requested('lists') && { lists: listsOf(here, 'lists', 'none', 'list_fields') }),
    ...(requested('cards') && { cards: cardsOf(here, 'cards', 'none', 'card_fields', 'cards_limit') }),
    ...(requested('labels') && { labels: labelsOf(here, 'labels_limit', 'label_fields') }),
    ...(requested('members') && {
      members: membersOf(here, 'members', 'none', 'member_fields', NESTED_MEMBER_FIELDS),
    }),
    ...(requested('organization') && {
      organization: pick(render.organization(), names(parameters, 'organization_fields') ?? ['displayName']),
    }),
    ...(requested('memberships') && { memberships: membershipsOf(here, 'memberships', 'none') }),
  };
}

function boardOf({ state, path }: Call): StoredBoard {
  return state.board(path.id ?? '');
}

const LIST_FILTERS = ['all', 'open', 'closed', 'none'] as const;

export function listsOf(
  call: Call,
  filterName: string,
  defaultValue: (typeof LIST_FILTERS)[number],
  fieldsName: string,
) {
  const { render, parameters } = call;
  const filter = word(parameters, filterName, LIST_FILTERS, defaultValue);
  const fields = names(parameters, fieldsName);
  const cards = filterName === 'filter' && word(parameters, 'cards', CARD_FILTERS, 'none');
  return boardOf(call)
    .lists.filter(({ closed }) => isShown(filter, closed))
    .map((list) => ({
      ...pick(render.list(list), fields),
      ...(cards && cards !== 'none' && { cards: cardsInList(call, [...list.cards], cards, 'card_fields') }),
    }));
}

export function labelsOf(call: Call, limitName: string, fieldsName: string) {
  const { render, parameters } = call;
  const fields = names(parameters, fieldsName);
  return boardOf(call)
    .labels.slice(0, limit(parameters, limitName, DEFAULT_LABEL_LIMIT))
    .map((label) => pick(render.label(label), fields));
}

const MEMBER_FILTERS = ['all', 'active', 'admin', 'admins', 'normal', 'deactivated', 'me', 'none'] as const;

function memberships(call: Call, filterName: string, defaultValue: 'all' | 'none') {
  const filter = word(call.parameters, filterName, MEMBER_FILTERS, defaultValue);
  return boardOf(call).memberships.filter(({ idMember, memberType, deactivated }) => {
    switch (filter) {
      case 'all':
        return true;
      case 'none':
        return false;
      case 'me':
        return idMember === call.me.id;
      case 'deactivated':
        return deactivated;
      case 'active':
        return !deactivated;
      default:
        return memberType === filter.replace(/s$/, '');
    }
  });
}

export function membersOf(
  call: Call,
  filterName: string,
  defaultValue: 'all' | 'none',
  fieldsName: string,
  fields: string[],
) {
  const { state, render, parameters } = call;
  return memberships(call, filterName, defaultValue).map(({ idMember }) =>
    pick(render.member(state.members.get(idMember) as StoredMember), names(parameters, fieldsName) ?? fields),
  );
}

export function membershipsOf(call: Call, filterName: string, defaultValue: 'all' | 'none') {
  const { state, render, parameters } = call;
  const shown = new Set(memberships(call, filterName, defaultValue).map(({ id }) => id));
  const withMember = flag(parameters, 'member') ?? false;
  return render
    .memberships(boardOf(call))
    .filter(({ id }) => shown.has(id))
    .map((membership) => ({
      ...membership,
      ...(withMember && {
        member: pick(
          render.member(state.members.get(membership.idMember) as StoredMember),
          names(parameters, 'member_fields') ?? MEMBER_FIELDS,
        ),
      }),
    }));
}

export const CARD_FILTERS = ['all', 'open', 'closed', 'visible', 'none'] as const;
type CardFilter = (typeof CARD_FILTERS)[number];

/**
 * A page is the newest cards, in their order on the board; newest first with `sort=-id`. A card just made may be missing.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/api-introduction/#paging
 */
export function cardsOf(
  call: Call,
  filterName: string,
  defaultValue: CardFilter,
  fieldsName: string,
  limitName: string,
) {
  const { state, render, parameters } = call;
  const filter = word(parameters, filterName, CARD_FILTERS, defaultValue);
  const fields = names(parameters, fieldsName);
  const sort = word(parameters, 'sort', ['-id', 'board'], 'board');
  const listedUntil = state.now() - state.listedAfter;
  const page = newestFirst(boardOf(call).cards, {
    limit: limit(parameters, limitName, 1000),
    before: pageBoundary(parameters, 'before'),
    since: pageBoundary(parameters, 'since'),
    matches: (card) => card.madeAt <= listedUntil && isCardShown(state, filter, card),
  });
  if (sort === 'board') page.sort((one, other) => placeOnBoard(state, one, other));
  return page.map((card) => pick(render.card(card), fields));
}

function placeOnBoard(state: Call['state'], one: StoredCard, other: StoredCard): number {
  return state.list(one.idList).pos - state.list(other.idList).pos || one.pos - other.pos;
}

/** The given cards, from top to bottom. */
export function cardsInList(
  { state, render, parameters }: { state: Call['state']; render: Call['render']; parameters: Parameters },
  cards: StoredCard[],
  filter: CardFilter,
  fieldsName: string,
) {
  const fields = names(parameters, fieldsName);
  return cards
    .filter((card) => isCardShown(state, filter, card))
    .sort((one, other) => one.pos - other.pos)
    .map((card) => pick(render.card(card), fields));
}

function isCardShown(state: Call['state'], filter: CardFilter, { closed, idList }: StoredCard): boolean {
  if (filter === 'visible') return !closed && !state.list(idList).closed;
  return isShown(filter, closed);
}

function isShown(filter: 'all' | 'open' | 'closed' | 'none', closed: boolean): boolean {
  return filter === 'all' || filter === (closed ? 'closed' : 'open');
}
