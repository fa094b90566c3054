import { checkMayWrite } from './access.ts';
import {
  CARD_FILTERS,
  cardsInList,
  cardsOf,
  labelsOf,
  listsOf,
  membershipsOf,
  membersOf,
  wholeBoard,
} from './board-views.ts';
import {
  addBoard,
  addLabel,
  addList,
  type BoardChanges,
  dropBoard,
  dropLabel,
  editBoard,
  editList,
  type ListChanges,
  moveList,
} from './boards.ts';
import { editCard } from './cards.ts';
import {
  flag,
  limit,
  names,
  type Parameters,
  pageBoundary,
  position,
  requiredId,
  requiredText,
  text,
  word,
} from './parameters.ts';
import { place, rangeOf } from './position.ts';
import { invalidValue } from './refusal.ts';
import { BOARD_FIELDS, MEMBER_FIELDS, pick } from './render.ts';
import type { Call, Routes } from './router.ts';

const COLORS = ['yellow', 'purple', 'blue', 'red', 'green', 'orange', 'black', 'sky', 'pink', 'lime'];
const SHADES = ['', '_dark', '_light'];

export const BOARD_ROUTES: Routes = {
  'POST /boards': ({ state, render, parameters, actor }) => {
    const desc = text(parameters, 'desc');
    const board = addBoard(state, actor, {
      name: requiredText(parameters, 'name'),
      ...(desc !== undefined && { desc }),
      defaultLists: flag(parameters, 'defaultLists') ?? true,
      defaultLabels: flag(parameters, 'defaultLabels') ?? true,
    });
    return pick(render.board(board), [...BOARD_FIELDS, 'limits']);
  },

  'GET /boards/:id': (call) => wholeBoard(call, call.state.board(call.path.id ?? '')),

  'PUT /boards/:id': ({ state, render, parameters, path, actor }) => {
    const board = state.board(path.id ?? '');
    const name = text(parameters, 'name');
    if (name === '') throw invalidValue('name');
    const given = { name, desc: text(parameters, 'desc'), closed: flag(parameters, 'closed') };
    editBoard(state, actor, board, withoutUndefined(given) as BoardChanges);
    return pick(render.board(board), BOARD_FIELDS);
  },
  'DELETE /boards/:id': ({ state, path }) => {
    dropBoard(state, state.board(path.id ?? ''));
    return { _value: null };
  },

  'GET /boards/:id/lists': (call) => listsOf(call, 'filter', 'open', 'fields'),
  'GET /boards/:id/lists/:filter': (call) => listsOf(filtered(call), 'filter', 'open', 'fields'),
  'POST /boards/:id/lists': ({ state, render, parameters, path, actor }) => {
    const board = state.board(path.id ?? '');
    const pos = position(parameters) ?? 'top';
    return render.list(addList(state, actor, board, { name: requiredText(parameters, 'name'), pos }));
  },

  'GET /boards/:id/labels': (call) => labelsOf(call, 'limit', 'fields'),
  'POST /boards/:id/labels': ({ state, render, parameters, path, actor }) => {
    const board = state.board(path.id ?? '');
    const name = text(parameters, 'name') ?? '';
    return render.label(addLabel(state, actor, board, { name, color: color(parameters) }));
  },

  'GET /boards/:id/members': (call) => membersOf(call, 'filter', 'all', 'fields', MEMBER_FIELDS),
  'GET /boards/:id/memberships': (call) => membershipsOf(call, 'filter', 'all'),
  'GET /boards/:id/cards': (call) => cardsOf(call, 'filter', 'open', 'fields', 'limit'),
  'GET /boards/:id/cards/:filter': (call) => cardsOf(filtered(call), 'filter', 'open', 'fields', 'limit'),

  'GET /boards/:id/:field': ({ state, render, path }) => {
    const rendered: Record<string, unknown> = render.board(state.board(path.id ?? ''));
    if (!((path.field ?? '') in rendered)) throw invalidValue('field');
    return { _value: rendered[path.field ?? ''] };
  },
};

function filtered(call: Call): Call {
  return { ...call, parameters: { ...call.parameters, filter: call.path.filter } };
}

export const LIST_ROUTES: Routes = {
  'POST /lists': ({ state, render, parameters, actor, me }) => {
    const board = state.board(requiredId(parameters, 'idBoard'));
    checkMayWrite(state, board, me);
    const pos = position(parameters) ?? 'top';
    return render.list(addList(state, actor, board, { name: requiredText(parameters, 'name'), pos }));
  },
  'GET /lists/:id': ({ state, render, parameters, path }) =>
    pick(render.list(state.list(path.id ?? '')), names(parameters, 'fields')),
  'PUT /lists/:id': (call) => changeList(call, call.parameters),
  // Older clients change one field at a time: `PUT /lists/{id}/closed?value=true`.
  'PUT /lists/:id/:field': (call) => changeList(call, { [call.path.field ?? '']: call.parameters.value }),
  'GET /lists/:id/board': ({ state, render, parameters, path }) =>
    pick(
      render.board(state.board(state.list(path.id ?? '').idBoard)),
      names(parameters, 'fields') ?? BOARD_FIELDS,
    ),
  'GET /lists/:id/cards': (call) => {
    const { state, parameters, path } = call;
    const filter = word(parameters, 'filter', CARD_FILTERS, 'open');
    const before = pageBoundary(parameters, 'before') ?? 'g';
    const since = pageBoundary(parameters, 'since') ?? '';
    const cards = [...state.list(path.id ?? '').cards].filter(({ id }) => id < before && id > since);
    return cardsInList(call, cards, filter, 'fields').slice(0, limit(parameters, 'limit', 1000));
  },
  'POST /lists/:id/archiveAllCards': ({ state, path, actor }) => {
    for (const card of state.list(path.id ?? '').cards) editCard(state, actor, card, { closed: true });
    return {};
  },
};

function changeList({ state, render, path, actor, me }: Call, given: Parameters): unknown {
  const list = state.list(path.id ?? '');
  const name = text(given, 'name');
  if (name === '') throw invalidValue('name');
  const pos = position(given);
  const changes = {
    name,
    closed: flag(given, 'closed'),
    pos: pos === undefined ? undefined : place(rangeOf(state.board(list.idBoard).lists), pos),
  };
  if (given.idBoard !== undefined) {
    const board = state.board(requiredId(given, 'idBoard'));
    checkMayWrite(state, board, me);
    moveList(state, actor, list, board);
  }
  editList(state, actor, list, withoutUndefined(changes) as ListChanges);
  return render.list(list);
}

function withoutUndefined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

export const LABEL_ROUTES: Routes = {
  'POST /labels': ({ state, render, parameters, actor, me }) => {
    const board = state.board(requiredId(parameters, 'idBoard'));
    checkMayWrite(state, board, me);
    const name = requiredText(parameters, 'name');
    return render.label(addLabel(state, actor, board, { name, color: color(parameters) }));
  },
  'GET /labels/:id': ({ state, render, parameters, path }) =>
    pick(render.label(state.label(path.id ?? '')), names(parameters, 'fields')),
  'PUT /labels/:id': ({ state, render, parameters, path, actor }) => {
    const label = state.label(path.id ?? '');
    const name = text(parameters, 'name') ?? label.name;
    const next = 'color' in parameters ? color(parameters) : label.color;
    const old = { name: label.name, color: label.color };
    Object.assign(label, { name, color: next });
    const data = { label: { id: label.id, name, color: next }, old };
    state.record({ type: 'updateLabel', board: state.board(label.idBoard), actor, data });
    return render.label(label);
  },
  'DELETE /labels/:id': ({ state, path, actor }) => {
    dropLabel(state, actor, state.label(path.id ?? ''));
    return { limits: {} };
  },
};

/** One of ten colours, possibly with a shade; `null` for none. @throws Refusal */
function color({ color: value }: Parameters): string | null {
  if (value === undefined || value === null || value === '' || value === 'null') return null;
  const known = COLORS.some((name) => SHADES.some((shade) => value === name + shade));
  if (typeof value !== 'string' || !known) throw invalidValue('color');
  return value;
}
