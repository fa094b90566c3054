import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../src/errors.ts';
import { isRecord } from './arguments.ts';

/** An element as it stands in `view.state.values[block_id][action_id]`. */
export type ElementState = { type: string } & Record<string, unknown>;
export type Element = Readonly<Record<string, unknown>>;

/** What a person types or chooses: text, an option's value or label, a day, a user's id; `null` empties the field. */
export type Typed = string | readonly string[] | null;

/** Where an element's state holds its value, and what fills it at first. */
const STATEFUL: Record<string, { key: string; initial: string; many?: true }> = {
  plain_text_input: { key: 'value', initial: 'initial_value' },
  static_select: { key: 'selected_option', initial: 'initial_option' },
  radio_buttons: { key: 'selected_option', initial: 'initial_option' },
  datepicker: { key: 'selected_date', initial: 'initial_date' },
  users_select: { key: 'selected_user', initial: 'initial_user' },
  checkboxes: { key: 'selected_options', initial: 'initial_options', many: true },
  multi_static_select: { key: 'selected_options', initial: 'initial_options', many: true },
};

/** The state of an element nobody has touched; undefined for those without one (buttons). */
export function initialState(element: Element): ElementState | undefined {
  const type = String(element.type);
  const kind = STATEFUL[type];
  return kind && { type, [kind.key]: element[kind.initial] ?? (kind.many ? [] : null) };
}

/** @throws AppError `sandbox_no_such_choice` for an option that is not offered */
export function typedState(element: Element, typed: Typed): ElementState {
  const type = String(element.type);
  const kind = STATEFUL[type];
  if (!kind) throw cannot('sandbox_not_an_input', `Nothing can be typed into a ${type}.`);
  if (typed === null) return { type, [kind.key]: kind.many ? [] : null };
  if (kind.many) return { type, [kind.key]: [typed].flat().map((choice) => optionOf(element, choice)) };
  const [value = ''] = [typed].flat();
  if (kind.key === 'selected_option') return { type, [kind.key]: optionOf(element, value) };
  return { type, [kind.key]: value === '' ? null : value };
}

/** Whether what was typed still fits an element that was changed under it. */
export function fits(element: Element, state: ElementState): boolean {
  if (element.type !== state.type) return false;
  const chosen = [state.selected_option, state.selected_options].flat().filter(isRecord);
  return chosen.every((choice) => offered(element).some((option) => isDeepStrictEqual(option, choice)));
}

/** What Slack itself would not let a person send; undefined when it is fine. */
export function complaint(element: Element, state: ElementState, optional: boolean): string | undefined {
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
    throw cannot('sandbox_no_such_choice', `"${choice}" is not offered in ${String(element.action_id)}.`);
  return found;
}

function offered({ options, option_groups: groups }: Element): Record<string, unknown>[] {
  const grouped = Array.isArray(groups)
    ? groups.flatMap((group) => (isRecord(group) ? group.options : []))
    : [];
  return [...(Array.isArray(options) ? options : []), ...grouped].filter(isRecord);
}

function cannot(code: string, userMessage: string): AppError {
  return new AppError({ code, retry: 'never', userMessage });
}
