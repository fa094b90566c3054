import { cardsOf, labelsOf, listsOf, membershipsOf, membersOf, wholeBoard } from './board-views.ts';
import { addBoard, addLabel, addList, dropBoard } from './boards.ts';
import { color } from './label-routes.ts';
import { flag, position, requiredText, text } from './parameters.ts';
import { invalidValue } from './refusal.ts';
import { BOARD_FIELDS, MEMBER_FIELDS, pick } from './render.ts';
import type { Call, Routes } from './router.ts';

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
    const changes = Object.entries(given).filter(([, value]) => value !== undefined);
    Object.assign(board, Object.fromEntries(changes));
    state.record({ type: 'updateBoard', board, actor });
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
