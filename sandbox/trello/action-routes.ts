import { comment, deleteComment, editComment } from './card-parts.ts';
import { type StoredAction, UNLISTED_ACTIONS } from './model.ts';
import { flag, limit, names, type Parameters, pageBoundary, requiredText } from './parameters.ts';
import { ACTION_MEMBER_FIELDS, pick } from './render.ts';
import type { Call, Routes } from './router.ts';

/** The filter of `GET /cards/{id}/actions` when none is given. */
const DEFAULT_ACTIONS = ['commentCard', 'updateCard:idList'];
const UNLISTED: ReadonlySet<string> = new Set(UNLISTED_ACTIONS);
const SINGLE_MEMBER_FIELDS = ['avatarHash', 'fullName', 'initials', 'username'];

/** Histories of boards and cards, single actions, and comments. */
export const ACTION_ROUTES: Routes = {
  'GET /boards/:id/actions': (call) => listed(call, call.state.board(call.path.id ?? '').actions, ['all']),
  'GET /cards/:id/actions': (call) =>
    listed(call, call.state.card(call.path.id ?? '').actions, DEFAULT_ACTIONS),

  'GET /actions/:idAction': (call) => {
    const action = call.state.action(call.path.idAction ?? '');
    return shown(call, action, { memberFields: SINGLE_MEMBER_FIELDS, display: true });
  },

  'POST /cards/:id/actions/comments': ({ state, render, parameters, path, actor }) => {
    const card = state.card(path.id ?? '');
    return render.action(comment(state, actor, card, requiredText(parameters, 'text')));
  },
  'PUT /actions/:idAction': edit,
  'DELETE /actions/:idAction': remove,
  'PUT /cards/:id/actions/:idAction/comments': edit,
  'DELETE /cards/:id/actions/:idAction/comments': remove,
};

function edit({ state, render, parameters, path, actor }: Call): unknown {
  const text = requiredText(parameters, 'text');
  return render.action(editComment(state, actor, path.idAction ?? '', text));
}

function remove({ state, path, actor }: Call): unknown {
  deleteComment(state, actor, path.idAction ?? '');
  return { _value: null };
}

/** Lists have no `display` unless it is asked for. */
function listed(call: Call, actions: readonly StoredAction[], defaultFilter: string[]): unknown[] {
  const defaults = { memberFields: ACTION_MEMBER_FIELDS, display: false };
  return actionsOf(actions, call.parameters, defaultFilter).map((action) => shown(call, action, defaults));
}

function shown(
  { render, parameters }: Call,
  action: StoredAction,
  defaults: { memberFields: string[]; display: boolean },
): Record<string, unknown> {
  const { display, member, memberCreator, ...rest } = render.action(action);
  const fieldsOf = (name: string) => names(parameters, name) ?? defaults.memberFields;
  const withMember = member && (flag(parameters, 'member') ?? true);
  const withCreator = memberCreator && (flag(parameters, 'memberCreator') ?? true);
  return {
    ...pick(rest, names(parameters, 'fields')),
    ...((flag(parameters, 'display') ?? defaults.display) && { display }),
    ...(withMember && { member: pick(member, fieldsOf('member_fields')) }),
    ...(withCreator && { memberCreator: pick(memberCreator, fieldsOf('memberCreator_fields')) }),
  };
}

/**
 * Newest first, by date: a capture has two actions of one second in another order than that of their ids. `since` and
 * `before` compare ids, so at the seam of two pages an action of the same second can be missed or come twice; whether
 * Trello does that is not verified. A filter is a type, or a type with the field that it changed: `updateCard:idList`.
 */
function actionsOf(
  actions: readonly StoredAction[],
  parameters: Parameters,
  defaultFilter: string[],
): StoredAction[] {
  const filter = names(parameters, 'filter') ?? defaultFilter;
  const count = limit(parameters, 'limit', 50);
  const since = pageBoundary(parameters, 'since') ?? '';
  const before = pageBoundary(parameters, 'before') ?? 'g';
  let toSkip = limit(parameters, 'page', 0) * count;
  const found: StoredAction[] = [];
  for (let place = actions.length - 1; place >= 0 && found.length < count; place -= 1) {
    const action = actions[place] as StoredAction;
    // Ids begin with the second: all earlier actions are older than `since`.
    if (action.id.slice(0, 8) < since.slice(0, 8)) break;
    if (action.id <= since || action.id >= before || UNLISTED.has(action.type)) continue;
    if (!filter.some((one) => isOfType(action, one))) continue;
    if (toSkip > 0) toSkip -= 1;
    else found.push(action);
  }
  return found;
}

function isOfType({ type, data }: StoredAction, filter: string): boolean {
  if (filter === 'all' || filter === type) return true;
  const [wanted, field = ''] = filter.split(':');
  return wanted === type && field !== '' && field in ((data.old as object | undefined) ?? {});
}
