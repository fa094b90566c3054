import { CARD_FILTERS, cardsInList } from './board-views.ts';
import { addList, sortByPosition } from './boards.ts';
import { editCard } from './cards.ts';
import type { StoredList } from './model.ts';
import {
  divider,
  flag,
  limit,
  names,
  type Parameters,
  position,
  requiredId,
  requiredText,
  text,
  word,
} from './parameters.ts';
import { place, rangeOf } from './position.ts';
import { invalidValue } from './refusal.ts';
import { BOARD_FIELDS, pick } from './render.ts';
import type { Call, Routes } from './router.ts';

export const LIST_ROUTES: Routes = {
  'POST /lists': ({ state, render, parameters, actor }) => {
    const board = state.board(requiredId(parameters, 'idBoard'));
    const pos = position(parameters) ?? 'top';
    return render.list(addList(state, actor, board, { name: requiredText(parameters, 'name'), pos }));
  },
  'GET /lists/:id': ({ state, render, parameters, path }) =>
    pick(render.list(state.list(path.id ?? '')), names(parameters, 'fields')),
  'PUT /lists/:id': (call) => change(call, call.parameters),
  // Older clients change one field at a time: `PUT /lists/{id}/closed?value=true`.
  'PUT /lists/:id/:field': (call) => change(call, { [call.path.field ?? '']: call.parameters.value }),
  'GET /lists/:id/board': ({ state, render, parameters, path }) =>
    pick(
      render.board(state.board(state.list(path.id ?? '').idBoard)),
      names(parameters, 'fields') ?? BOARD_FIELDS,
    ),
  'GET /lists/:id/cards': (call) => {
    const { state, parameters, path } = call;
    const filter = word(parameters, 'filter', CARD_FILTERS, 'open');
    const before = divider(parameters, 'before') ?? 'g';
    const since = divider(parameters, 'since') ?? '';
    const cards = [...state.list(path.id ?? '').cards].filter(({ id }) => id < before && id > since);
    return cardsInList(call, cards, filter, 'fields').slice(0, limit(parameters, 'limit', 1000));
  },
  'POST /lists/:id/archiveAllCards': ({ state, path, actor }) => {
    for (const card of state.list(path.id ?? '').cards) editCard(state, actor, card, { closed: true });
    return {};
  },
};

function change({ state, render, path, actor }: Call, given: Parameters): unknown {
  const list = state.list(path.id ?? '');
  const board = state.board(list.idBoard);
  const name = text(given, 'name');
  if (name === '') throw invalidValue('name');
  const closed = flag(given, 'closed');
  const pos = position(given);
  const old: Partial<StoredList> = {};
  if (name !== undefined && name !== list.name) {
    old.name = list.name;
    list.name = name;
  }
  if (closed !== undefined && closed !== list.closed) {
    old.closed = list.closed;
    list.closed = closed;
  }
  if (pos !== undefined) {
    old.pos = list.pos;
    list.pos = place(rangeOf(board.lists), pos);
    sortByPosition(board.lists);
  }
  const data = { list: { id: list.id, name: list.name, closed: list.closed }, old };
  if (Object.keys(old).length > 0) state.record({ type: 'updateList', board, actor, data });
  return render.list(list);
}
