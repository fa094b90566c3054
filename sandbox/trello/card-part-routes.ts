import { memberOnBoard, membersOf } from './card-routes.ts';
import { assign, comment, setLabel, unassign } from './cards.ts';
import { isId } from './ids.ts';
import type { StoredAction } from './model.ts';
import {
  limit,
  names,
  newestFirst,
  type Parameters,
  pageBoundary,
  requiredId,
  requiredText,
} from './parameters.ts';
import { invalidId, invalidValue, Refusal } from './refusal.ts';
import { pick } from './render.ts';
import type { Call, Routes } from './router.ts';

/** The filter of `GET /cards/{id}/actions` when none is given. */
const DEFAULT_ACTIONS = ['commentCard', 'updateCard:idList'];

/** The members, labels and comments of a card. */
export const CARD_PART_ROUTES: Routes = {
  'POST /cards/:id/idMembers': (call) => {
    const { state, parameters, path, actor } = call;
    const card = state.card(path.id ?? '');
    const member = memberOnBoard(state, parameters, state.board(card.idBoard));
    if (card.idMembers.includes(member.id)) throw new Refusal(400, 'member is already on the card');
    assign(state, actor, card, member);
    return membersOf(call, card);
  },
  'DELETE /cards/:id/idMembers/:idMember': (call) => {
    const { state, path, actor } = call;
    const card = state.card(path.id ?? '');
    const member = state.members.get(pathId(path.idMember));
    if (!member || !card.idMembers.includes(member.id)) throw new Refusal(400, 'member is not on the card');
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

  'GET /cards/:id/actions': ({ state, render, parameters, path }) =>
    actionsOf(state.card(path.id ?? '').actions, parameters, DEFAULT_ACTIONS).map((action) =>
      pick(render.action(action), names(parameters, 'fields')),
    ),
  'GET /boards/:id/actions': ({ state, render, parameters, path }) =>
    actionsOf(state.board(path.id ?? '').actions, parameters, ['all']).map((action) =>
      pick(render.action(action), names(parameters, 'fields')),
    ),

  'POST /cards/:id/actions/comments': ({ state, render, parameters, path, actor }) => {
    const card = state.card(path.id ?? '');
    return render.action(comment(state, actor, card, requiredText(parameters, 'text')));
  },
  'PUT /cards/:id/actions/:idAction/comments': editComment,
  'DELETE /cards/:id/actions/:idAction/comments': deleteComment,

  'GET /actions/:idAction': ({ state, render, path }) => render.action(state.action(path.idAction ?? '')),
  'PUT /actions/:idAction': editComment,
  'DELETE /actions/:idAction': deleteComment,
};

function editComment({ state, render, parameters, path, actor }: Call): unknown {
  const action = commentAt(state, path.idAction);
  const text = requiredText(parameters, 'text');
  const old = { text: action.data.text };
  action.data = { ...action.data, text, dateLastEdited: new Date(state.now()).toISOString() };
  const about = contextOf(state, action);
  state.record({ type: 'updateComment', actor, ...about, data: { action: { id: action.id, text }, old } });
  return render.action(action);
}

function deleteComment({ state, path, actor }: Call): unknown {
  const action = commentAt(state, path.idAction);
  const about = contextOf(state, action);
  state.dropAction(action);
  about.card.comments -= 1;
  state.record({ type: 'deleteComment', actor, ...about, data: { action: { id: action.id } } });
  return { _value: null };
}

function contextOf(state: Call['state'], { idBoard, idCard = '' }: StoredAction) {
  return { board: state.board(idBoard), card: state.card(idCard) };
}

function commentAt(state: Call['state'], id: string | undefined): StoredAction {
  const action = state.action(id ?? '');
  if (action.type !== 'commentCard') throw new Refusal(400, 'invalid action');
  return action;
}

function pathId(id: string | undefined): string {
  if (!isId(id)) throw invalidId();
  return id.toLowerCase();
}

/** Newest first. A filter is a type, or a type with the field that it changed: `updateCard:idList`. */
function actionsOf(
  actions: readonly StoredAction[],
  parameters: Parameters,
  defaultFilter: string[],
): StoredAction[] {
  const filter = names(parameters, 'filter') ?? defaultFilter;
  const count = limit(parameters, 'limit', 50);
  return newestFirst(actions, {
    limit: count,
    before: pageBoundary(parameters, 'before'),
    since: pageBoundary(parameters, 'since'),
    skip: limit(parameters, 'page', 0) * count,
    matches: (action) => filter.some((one) => isOfType(action, one)),
  });
}

function isOfType({ type, data }: StoredAction, filter: string): boolean {
  if (filter === 'all' || filter === type) return true;
  const [wanted, field = ''] = filter.split(':');
  return wanted === type && field !== '' && field in ((data.old as object | undefined) ?? {});
}
