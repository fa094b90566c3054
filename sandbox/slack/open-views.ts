import { isDeepStrictEqual } from 'node:util';
import { findElement, makeView, type Typed, typedState, type View } from './view.ts';
import type { Workspace } from './workspace.ts';

/** A modal on a person's screen. */
export interface OpenView {
  view: View;
  user: string;
  /** What it was opened with; undefined when it came with an acknowledgement. */
  triggerId: string | undefined;
  /** Shown under the fields, by `block_id`. */
  errors: Readonly<Record<string, string>>;
  /** Shown above the form when a submission failed. */
  trouble: string | undefined;
  /** Fields, as `block_id/action_id`, whose initial value came by an update and has not been changed by the person. */
  untouched: Set<string>;
  /** What was in blocks that an update has removed. */
  removed: View['state']['values'];
}

/** What a person types, by `block_id`; where a block has several elements, by `action_id` in it. */
export type TypedValues = Readonly<Record<string, Typed | Readonly<Record<string, Typed>>>>;

export type ViewChange =
  | { type: 'view_opened' | 'view_changed' | 'view_closed'; user: string; open: OpenView }
  | { type: 'home_published'; user: string; view: View };

export type OpenViews = ReturnType<typeof createOpenViews>;

/** A modal may be on top of at most two others. @see https://docs.slack.dev/surfaces/modals#adding_modal_views */
const DEEPEST_STACK = 3;

/**
 * The modals that people have open, and the app's home tabs. `emit` is called after every change. `untidyState`: the app
 * gets the state as Slack is known to send it, see {@link OpenViews.reported}. `nextId` makes the ids of views.
 */
export function createOpenViews(
  workspace: Workspace,
  emit: (change: ViewChange) => void,
  { untidyState, nextId }: { untidyState: boolean; nextId: () => string },
) {
  const open = new Map<string, OpenView>();
  const homes = new Map<string, View>();

  return {
    find: (viewId: string) => open.get(viewId),
    findByExternalId(externalId: string): OpenView | undefined {
      return [...open.values()].find(({ view }) => view.external_id === externalId);
    },
    findByTrigger(triggerId: string): OpenView | undefined {
      return [...open.values()].find((candidate) => candidate.triggerId === triggerId);
    },
    /** The modals of one person, in the order in which they were opened. */
    of(user: string): OpenView[] {
      return [...open.values()].filter((candidate) => candidate.user === user);
    },
    home: (user: string) => homes.get(user),

    open(user: string, definition: Record<string, unknown>, triggerId: string): OpenView {
      return show(user, makeView(definition, workspace, { id: nextId() }), triggerId);
    },
    /** Opens a modal on top of another one; undefined when the stack has its maximum depth. */
    push(below: OpenView, definition: Record<string, unknown>, triggerId?: string): OpenView | undefined {
      if (depth(below.view) >= DEEPEST_STACK) return undefined;
      return show(
        below.user,
        makeView(definition, workspace, { id: nextId(), previous: below.view }),
        triggerId,
      );
    },
    update(target: OpenView, definition: Record<string, unknown>): void {
      const { view } = target;
      const previous = view.previous_view_id === null ? undefined : open.get(view.previous_view_id)?.view;
      target.view = makeView(definition, workspace, { id: view.id, previous }, view);
      noteChanges(target, view);
      refresh(target, { errors: {}, trouble: undefined });
    },
    publishHome(user: string, definition: Record<string, unknown>): View {
      const before = homes.get(user);
      const view = makeView(definition, workspace, { id: before?.id ?? nextId() }, before);
      homes.set(user, view);
      emit({ type: 'home_published', user, view });
      return view;
    },
    refresh,
    /** Closes the modal and those on top of it. */
    close,
    /** Closes every modal of the stack. */
    closeStack(target: OpenView): void {
      close(open.get(target.view.root_view_id) ?? target);
    },
    /**
     * The view in the payloads that the app gets. What Slack is known to do with `untidyState`: an initial value that
     * came by `views.update` is shown, but `null` until the person changes it; blocks that are gone are still in it.
     * @see https://github.com/slackapi/bolt-js/issues/1073
     * @see https://github.com/slackapi/bolt-js/issues/1258
     * @see https://github.com/slackapi/bolt-js/issues/625
     */
    reported({ view, untouched, removed }: OpenView): View {
      if (!untidyState) return view;
      const values = structuredClone({ ...removed, ...view.state.values });
      for (const field of untouched) {
        const [blockId = '', actionId = ''] = field.split('/');
        const inBlock = values[blockId];
        if (inBlock) inBlock[actionId] = typedState(findElement(view, blockId, actionId), null);
      }
      return { ...view, state: { values } };
    },
    /** Fills fields. @throws AppError `sandbox_no_such_field` or `sandbox_no_such_choice` */
    type(target: OpenView, values: TypedValues): void {
      for (const [blockId, typed] of Object.entries(values)) {
        for (const [actionId, value] of Object.entries(byAction(target.view, blockId, typed))) {
          const element = findElement(target.view, blockId, actionId);
          const inBlock = target.view.state.values[blockId] ?? {};
          const state = typedState(element, value);
          if (!isDeepStrictEqual(inBlock[actionId], state)) target.untouched.delete(`${blockId}/${actionId}`);
          inBlock[actionId] = state;
          target.view.state.values[blockId] = inBlock;
        }
      }
      emit({ type: 'view_changed', user: target.user, open: target });
    },
  };

  function show(user: string, view: View, triggerId: string | undefined): OpenView {
    const opened: OpenView = {
      view,
      user,
      triggerId,
      errors: {},
      trouble: undefined,
      untouched: new Set(),
      removed: {},
    };
    open.set(view.id, opened);
    emit({ type: 'view_opened', user, open: opened });
    return opened;
  }

  function refresh(target: OpenView, shown: Pick<OpenView, 'errors' | 'trouble'>): void {
    Object.assign(target, shown);
    emit({ type: 'view_changed', user: target.user, open: target });
  }

  function close(target: OpenView): void {
    for (const above of open.values()) if (above.view.previous_view_id === target.view.id) close(above);
    if (!open.delete(target.view.id)) return;
    emit({ type: 'view_closed', user: target.user, open: target });
  }

  function depth({ previous_view_id: previous }: View): number {
    const below = previous === null ? undefined : open.get(previous);
    return below ? depth(below.view) + 1 : 1;
  }
}

/** A kept value is the same object as before; any other is an initial one. */
function noteChanges({ view, untouched, removed }: OpenView, before: View): void {
  const [now, then] = [view.state.values, before.state.values];
  for (const [blockId, states] of Object.entries(now)) {
    delete removed[blockId];
    for (const [actionId, state] of Object.entries(states)) {
      if (state !== then[blockId]?.[actionId]) untouched.add(`${blockId}/${actionId}`);
    }
  }
  for (const [blockId, states] of Object.entries(then)) {
    if (now[blockId]) continue;
    removed[blockId] = states;
    for (const actionId of Object.keys(states)) untouched.delete(`${blockId}/${actionId}`);
  }
}

function byAction(view: View, blockId: string, typed: TypedValues[string]): Record<string, Typed> {
  if (typed !== null && typeof typed === 'object' && !isList(typed)) return { ...typed };
  return { [String(findElement(view, blockId).action_id)]: typed };
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}
