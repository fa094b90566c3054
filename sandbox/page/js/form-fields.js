import { el } from './dom.js';

/** Inputs of a modal, by their type: how they are made, and what they hold. */
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

export const fieldKind = ({ type }) => FIELDS[type];

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
