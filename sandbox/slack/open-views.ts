import { randomBytes } from 'node:crypto';
import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';
import { elementsOf } from './blocks/walk.ts';
import type { Changes } from './changes.ts';
import { complaint, type Typed, typedState } from './element-state.ts';
import { makeView, type View } from './view.ts';
import type { Workspace } from './workspace.ts';

export type { View };

/** A modal on a person's screen. */
export interface OpenView {
  view: View;
  user: string;
  /** What was exchanged for it; undefined on one that came with an acknowledgement. */
  triggerId: string | undefined;
  /** Shown under the fields, by `block_id`. */
  errors: Readonly<Record<string, string>>;
  /** Shown over the form when a submission failed. */
  trouble: string | undefined;
}

/** What a person types, by `block_id`; where a block has several elements, by `action_id` in it. */
export type TypedValues = Readonly<Record<string, Typed | Readonly<Record<string, Typed>>>>;

export type OpenViews = ReturnType<typeof createOpenViews>;

/** A modal may stand on at most two others. @see https://docs.slack.dev/surfaces/modals#adding_modal_views */
const DEEPEST_STACK = 3;

/** The modals that stand open on people's screens, and the apps' home tabs. */
export function createOpenViews(workspace: Workspace, changes: Changes) {
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
      return show(user, makeView(definition, workspace, { id: viewId() }), triggerId);
    },
    /** Puts a modal over another one; undefined when the stack is as deep as it may be. */
    push(below: OpenView, definition: Record<string, unknown>, triggerId?: string): OpenView | undefined {
      if (depth(below.view) >= DEEPEST_STACK) return undefined;
      return show(
        below.user,
        makeView(definition, workspace, { id: viewId(), previous: below.view }),
        triggerId,
      );
    },
    update(target: OpenView, definition: Record<string, unknown>): void {
      const { view } = target;
      const previous = view.previous_view_id === null ? undefined : open.get(view.previous_view_id)?.view;
      target.view = makeView(definition, workspace, { id: view.id, previous }, view);
      refresh(target, { errors: {}, trouble: undefined });
    },
    publishHome(user: string, definition: Record<string, unknown>): View {
      const before = homes.get(user);
      const view = makeView(definition, workspace, { id: before?.id ?? viewId() }, before);
      homes.set(user, view);
      changes.tell({ type: 'home_published', user, view });
      return view;
    },
    refresh,
    /** Closes the modal and those that stand on it. */
    close,
    /** Closes every modal of the stack. */
    closeStack(target: OpenView): void {
      close(open.get(target.view.root_view_id) ?? target);
    },
    type(target: OpenView, values: TypedValues): void {
      for (const [blockId, typed] of Object.entries(values)) {
        for (const [actionId, value] of Object.entries(byAction(target.view, blockId, typed))) {
          const element = findElement(target.view, blockId, actionId);
          const inBlock = target.view.state.values[blockId] ?? {};
          inBlock[actionId] = typedState(element, value);
          target.view.state.values[blockId] = inBlock;
        }
      }
      changes.tell({ type: 'view_changed', user: target.user, open: target });
    },
  };

  function show(user: string, view: View, triggerId: string | undefined): OpenView {
    const opened: OpenView = { view, user, triggerId, errors: {}, trouble: undefined };
    open.set(view.id, opened);
    changes.tell({ type: 'view_opened', user, open: opened });
    return opened;
  }

  function refresh(target: OpenView, shown: Pick<OpenView, 'errors' | 'trouble'>): void {
    Object.assign(target, shown);
    changes.tell({ type: 'view_changed', user: target.user, open: target });
  }

  function close(target: OpenView): void {
    for (const above of open.values()) if (above.view.previous_view_id === target.view.id) close(above);
    if (!open.delete(target.view.id)) return;
    changes.tell({ type: 'view_closed', user: target.user, open: target });
  }

  function depth({ previous_view_id: previous }: View): number {
    const below = previous === null ? undefined : open.get(previous);
    return below ? depth(below.view) + 1 : 1;
  }
}

/** @throws AppError `sandbox_no_such_field` */
export function findElement(view: View, blockId: string, actionId?: string): Record<string, unknown> {
  const block = view.blocks.find((candidate) => candidate.block_id === blockId);
  const elements = elementsOf(block);
  const element = actionId === undefined ? elements[0] : elements.find((one) => one.action_id === actionId);
  if (element && (actionId !== undefined || elements.length === 1)) return element;
  throw new AppError({
    code: 'sandbox_no_such_field',
    retry: 'never',
    userMessage: `The view has no field ${blockId}${actionId === undefined ? '' : `/${actionId}`}.`,
  });
}

/** What Slack's own form complains about before it sends anything, by `block_id`. */
export function complaintsOf({ blocks, state }: View): Record<string, string> {
  const complaints: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== 'input' || !isRecord(block.element)) continue;
    const blockId = String(block.block_id);
    const typed = state.values[blockId]?.[String(block.element.action_id)];
    const found = typed && complaint(block.element, typed, block.optional === true);
    if (found) complaints[blockId] = found;
  }
  return complaints;
}

function byAction(view: View, blockId: string, typed: TypedValues[string]): Record<string, Typed> {
  if (typed !== null && typeof typed === 'object' && !isList(typed)) return { ...typed };
  return { [String(findElement(view, blockId).action_id)]: typed };
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}

function viewId(): string {
  return `V0${randomBytes(8).toString('hex').toUpperCase()}`;
}
