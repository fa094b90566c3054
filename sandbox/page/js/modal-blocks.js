import { blockNode } from './blocks.js';
import { el } from './dom.js';
import { state } from './store.js';

/** The identity of a field: after an update, a field with the same key keeps its element and what was typed. */
export function blockKey(block) {
  const { element = {} } = block;
  return `${block.block_id}/${element.action_id ?? ''}/${element.type ?? block.type}/${element.multiline ? 'many' : ''}`;
}

/** A block of a modal: an input with its label, hint and error, or any other block. */
export function modalBlock(block, open, { onChoice, onAction }) {
  if (block.type !== 'input') {
    return el(
      'div',
      { class: 'modal-block' },
      blockNode(block, (actionId, value) => onAction(block, actionId, value)),
    );
  }
  const { element } = block;
  const kind = fieldKind(element);
  const id = `field-${block.block_id}`;
  const typed = open.view.state.values[block.block_id]?.[element.action_id];
  const field = kind.make(element, typed, state.slack.people);
  field.id = id;
  field.dataset.block = block.block_id;
  field.dataset.action = element.action_id;
  if (block.dispatch_action) field.addEventListener('change', () => onChoice(block, kind.read(field)));
  const single = field.tagName !== 'DIV';
  const node = el(
    'div',
    { class: 'modal-block field' },
    el(single ? 'label' : 'p', { class: 'field-label', id: `${id}-label`, ...(single && { htmlFor: id }) }),
    field,
    el('p', { class: 'field-error', id: `${id}-error` }),
    el('p', { class: 'hint', id: `${id}-hint` }),
  );
  if (!single) field.setAttribute('aria-labelledby', `${id}-label`);
  node.read = () => kind.read(field);
  return node;
}

/** Updates label, hint, placeholder and error. */
export function patchBlock(node, block, error) {
  if (block.type !== 'input') return;
  const field = node.querySelector('[data-block]');
  const [label, , errorLine, hint] = node.children;
  label.replaceChildren(
    block.label.text,
    block.optional ? el('span', { class: 'optional' }, ' (optional)') : '',
  );
  hint.textContent = block.hint?.text ?? '';
  errorLine.textContent = error ?? '';
  node.classList.toggle('wrong', error !== undefined);
  field.setAttribute('aria-invalid', String(error !== undefined));
  field.setAttribute('aria-required', String(!block.optional));
  const described = [error && errorLine.id, block.hint && hint.id].filter(Boolean);
  field.setAttribute('aria-describedby', described.join(' '));
  fieldKind(block.element).patch?.(field, block.element);
}

/** The inputs of a modal by type: `make` the element, `read` its value, `patch` what can change. */
const FIELDS = {
  plain_text_input: {
    make: (element, state) =>
      el(element.multiline ? 'textarea' : 'input', {
        ...(element.multiline ? { rows: 5 } : { type: 'text' }),
        value: state?.value ?? '',
        maxLength: element.max_length,
        autocomplete: 'off',
      }),
    patch: (field, element) => {
      field.placeholder = element.placeholder?.text ?? '';
    },
    read: (field) => (field.value === '' ? null : field.value),
  },
  static_select: {
    make: (element, state) =>
      select(optionsOf(element), state?.selected_option?.value, element.placeholder?.text),
    read: (field) => field.value || null,
  },
  users_select: {
    make: (_, state, people) =>
      select(
        people.map(({ id, realName }) => ({ value: id, text: { text: realName } })),
        state?.selected_user,
      ),
    read: (field) => field.value || null,
  },
  datepicker: {
    make: (_, state) => el('input', { type: 'date', value: state?.selected_date ?? '' }),
    read: (field) => field.value || null,
  },
  radio_buttons: {
    make: (element, state) => choices('radio', element, [state?.selected_option].filter(Boolean)),
    read: (field) => field.querySelector('input:checked')?.value ?? null,
  },
  checkboxes: {
    make: (element, state) => choices('checkbox', element, state?.selected_options ?? []),
    read: (field) => [...field.querySelectorAll('input:checked')].map(({ value }) => value),
  },
  multi_static_select: {
    make: (element, state) => choices('checkbox', element, state?.selected_options ?? []),
    read: (field) => [...field.querySelectorAll('input:checked')].map(({ value }) => value),
  },
};

const fieldKind = ({ type }) => FIELDS[type];

function optionsOf({ options, option_groups: groups }) {
  return options ?? groups?.flatMap((group) => group.options) ?? [];
}

function select(options, chosen, placeholder = 'Choose an option') {
  return el(
    'select',
    {},
    !chosen && el('option', { value: '' }, placeholder),
    options.map(({ text, value }) => el('option', { value, selected: value === chosen }, text.text)),
  );
}

function choices(type, element, chosen) {
  return el(
    'div',
    { class: 'choices', role: type === 'radio' ? 'radiogroup' : 'group' },
    optionsOf(element).map(({ text, value, description }) =>
      el(
        'label',
        {},
        el('input', {
          type,
          name: element.action_id,
          value,
          checked: chosen.some((option) => option.value === value),
        }),
        el('span', {}, text.text, description && el('span', { class: 'hint' }, description.text)),
      ),
    ),
  );
}
