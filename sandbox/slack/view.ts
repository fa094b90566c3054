import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';
import { elementsOf } from './blocks/validate.ts';
import type { Workspace } from './workspace.ts';

/** The state of an element in `view.state.values[block_id][action_id]`. */
export type ElementState = { type: string } & Record<string, unknown>;
type Element = Readonly<Record<string, unknown>>;

/** What a person types or chooses: text, an option's value or label, a date, a user's id; `null` empties the field. */
export type Typed = string | readonly string[] | null;

type StateValues = Record<string, Record<string, ElementState>>;

/**
 * A view in the shape in which Slack returns it and sends it to the app.
 * @see https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 */
export interface View {
  id: string;
  team_id: string;
  type: 'modal' | 'home';
  blocks: Record<string, unknown>[];
  private_metadata: string;
  callback_id: string;
  state: { values: StateValues };
  hash: string;
  title?: unknown;
  submit?: unknown;
  close?: unknown;
  clear_on_close: boolean;
  notify_on_close: boolean;
  previous_view_id: string | null;
  root_view_id: string;
  app_id: string;
  external_id: string;
  app_installed_team_id: string;
  bot_id: string;
}

let lastHash = 0;

/** Makes a view of a validated definition. `before` is the view that it replaces; values typed into that are kept. */
export function makeView(
  definition: Readonly<Record<string, unknown>>,
  { team, app }: Workspace,
  place: { id: string; previous?: View | undefined },
  before?: View,
): View {
  const blocks = (Array.isArray(definition.blocks) ? definition.blocks : []).filter(isRecord).map(withIds);
  return {
    id: place.id,
    team_id: team.id,
    type: definition.type === 'home' ? 'home' : 'modal',
    blocks,
    private_metadata: text(definition.private_metadata),
    callback_id: text(definition.callback_id),
    state: { values: valuesOf(blocks, before?.state.values ?? {}) },
    hash: nextHash(),
    ...(definition.type === 'modal' && {
      title: definition.title,
      submit: definition.submit ?? null,
      close: definition.close ?? null,
    }),
    clear_on_close: definition.clear_on_close === true,
    notify_on_close: definition.notify_on_close === true,
    previous_view_id: place.previous?.id ?? null,
    root_view_id: place.previous?.root_view_id ?? place.id,
    app_id: app.appId,
    external_id: text(definition.external_id),
    app_installed_team_id: team.id,
    bot_id: app.botId,
  };
}

/** Blocks and elements without an id get a generated one, a different one at every update, as in Slack. */
function withIds(block: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(block);
  copy.block_id ??= generatedId();
  for (const element of elementsOf(copy)) element.action_id ??= generatedId();
  return copy;
}

/** A field keeps its value while `block_id` and `action_id` stay the same; otherwise it gets its initial value. */
export function valuesOf(blocks: readonly Record<string, unknown>[], before: StateValues): StateValues {
  const values: StateValues = {};
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      const [blockId, actionId] = [String(block.block_id), String(element.action_id)];
      const kept = before[blockId]?.[actionId];
      const state = kept && fits(element, kept) ? kept : initialState(element);
      if (!state) continue;
      const inBlock = values[blockId] ?? {};
      inBlock[actionId] = state;
      values[blockId] = inBlock;
    }
  }
  return values;
}

/** Changes with every change of a view; `views.update` and `views.publish` compare it. */
function nextHash(): string {
  lastHash += 1;
  return `${Math.floor(Date.now() / 1000)}.${randomBytes(3).toString('hex')}${lastHash.toString(36)}`;
}

function generatedId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
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

/** The errors that Slack's own form shows before it sends anything, by `block_id`. */
export function validationErrors({ blocks, state }: View): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== 'input' || !isRecord(block.element)) continue;
    const blockId = String(block.block_id);
    const typed = state.values[blockId]?.[String(block.element.action_id)];
    const found = typed && validationError(block.element, typed, block.optional === true);
    if (found) errors[blockId] = found;
  }
  return errors;
}

/** The key of an element's state that holds the value, and the property with the initial value. */
const STATEFUL: Record<string, { key: string; initial: string; many?: true; number?: true }> = {
  plain_text_input: { key: 'value', initial: 'initial_value' },
  static_select: { key: 'selected_option', initial: 'initial_option' },
  radio_buttons: { key: 'selected_option', initial: 'initial_option' },
  datepicker: { key: 'selected_date', initial: 'initial_date' },
  timepicker: { key: 'selected_time', initial: 'initial_time' },
  datetimepicker: { key: 'selected_date_time', initial: 'initial_date_time', number: true },
  users_select: { key: 'selected_user', initial: 'initial_user' },
  multi_users_select: { key: 'selected_users', initial: 'initial_users', many: true },
  checkboxes: { key: 'selected_options', initial: 'initial_options', many: true },
  multi_static_select: { key: 'selected_options', initial: 'initial_options', many: true },
};

/** The state before anybody has used the element; undefined for an element without state (a button). */
function initialState(element: Element): ElementState | undefined {
  const type = String(element.type);
  const kind = STATEFUL[type];
  return kind && { type, [kind.key]: element[kind.initial] ?? (kind.many ? [] : null) };
}

/**
 * What an action says of its element: the new state of an input, the chosen option of a menu, nothing of a button.
 * @throws AppError `sandbox_no_such_choice` for an option that is not offered
 */
export function actionState(element: Element, typed: Typed | undefined): Record<string, unknown> {
  if (typed === undefined || element.type === 'button') return {};
  if (element.type !== 'overflow') return typedState(element, typed);
  return { selected_option: optionOf(element, [typed ?? ''].flat()[0] ?? '') };
}

/** @throws AppError `sandbox_no_such_choice` for an option that is not offered */
export function typedState(element: Element, typed: Typed): ElementState {
  const type = String(element.type);
  const kind = STATEFUL[type];
  if (!kind) throw impossible('sandbox_not_an_input', `Nothing can be typed into a ${type}.`);
  if (typed === null) return { type, [kind.key]: kind.many ? [] : null };
  if (kind.key === 'selected_users') return { type, [kind.key]: [typed].flat() };
  if (kind.many) return { type, [kind.key]: [typed].flat().map((choice) => optionOf(element, choice)) };
  const [value = ''] = [typed].flat();
  if (kind.key === 'selected_option') return { type, [kind.key]: optionOf(element, value) };
  if (value === '') return { type, [kind.key]: null };
  return { type, [kind.key]: kind.number ? Number(value) : value };
}

/** Whether a value still fits an element that an update may have changed. */
function fits(element: Element, state: ElementState): boolean {
  if (element.type !== state.type) return false;
  const chosen = [state.selected_option, state.selected_options].flat().filter(isRecord);
  return chosen.every((choice) => offered(element).some((option) => isDeepStrictEqual(option, choice)));
}

/** Why Slack's own form would not send the value; undefined when it would. */
function validationError(element: Element, state: ElementState, optional: boolean): string | undefined {
  const value = state[STATEFUL[state.type]?.key ?? ''];
  const empty = value === null || (Array.isArray(value) && value.length === 0);
  if (empty) return optional ? undefined : 'Please complete this required field.';
  if (typeof value !== 'string' || state.type !== 'plain_text_input') return undefined;
  const { min_length: shortest = 0, max_length: longest = 3000 } = element;
  if (value.length > Number(longest)) return `Must be at most ${String(longest)} characters.`;
  return value.length < Number(shortest) ? `Must be at least ${String(shortest)} characters.` : undefined;
}

function optionOf(element: Element, choice: string): Record<string, unknown> {
  const options = offered(element);
  const found =
    options.find(({ value }) => value === choice) ??
    options.find(({ text }) => isRecord(text) && text.text === choice);
  if (!found)
    throw impossible('sandbox_no_such_choice', `"${choice}" is not offered in ${String(element.action_id)}.`);
  return found;
}

function offered({ options, option_groups: groups }: Element): Record<string, unknown>[] {
  const grouped = Array.isArray(groups)
    ? groups.flatMap((group) => (isRecord(group) ? group.options : []))
    : [];
  return [...(Array.isArray(options) ? options : []), ...grouped].filter(isRecord);
}

function impossible(code: string, userMessage: string): AppError {
  return new AppError({ code, retry: 'never', userMessage });
}
