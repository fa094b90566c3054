import { el } from './dom.js';
import { textNodes } from './text.js';

/** The inputs of Slack by type: `make` the element, `read` its value, `patch` what can change. */
export const FIELDS = {
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
    make: (element, state, people) =>
      select(people.map(personOption), state?.selected_user, element.placeholder?.text),
    read: (field) => field.value || null,
  },
  multi_users_select: {
    make: (_, state, people) => choices('checkbox', people.map(personOption), state?.selected_users ?? []),
    read: checkedValues,
  },
  datepicker: {
    make: (_, state) => el('input', { type: 'date', value: state?.selected_date ?? '' }),
    read: (field) => field.value || null,
  },
  timepicker: {
    make: (_, state) => el('input', { type: 'time', value: state?.selected_time ?? '' }),
    read: (field) => field.value || null,
  },
  /** Shown in the reader's zone, sent as seconds. */
  datetimepicker: {
    make: (_, state) =>
      el('input', { type: 'datetime-local', value: localMinute(state?.selected_date_time) }),
    read: (field) => (field.value === '' ? null : String(Math.floor(new Date(field.value).getTime() / 1000))),
  },
  radio_buttons: {
    make: (element, state) =>
      choices('radio', optionsOf(element), [state?.selected_option?.value].filter(Boolean)),
    read: (field) => field.querySelector('input:checked')?.value ?? null,
  },
  checkboxes: { make: manyOf, read: checkedValues },
  multi_static_select: { make: manyOf, read: checkedValues },
};

function manyOf(element, state) {
  return choices(
    'checkbox',
    optionsOf(element),
    (state?.selected_options ?? []).map(({ value }) => value),
  );
}

function checkedValues(field) {
  return [...field.querySelectorAll('input:checked')].map(({ value }) => value);
}

const personOption = ({ id, realName }) => ({ value: id, text: { type: 'plain_text', text: realName } });

function optionsOf({ options, option_groups: groups }) {
  return options ?? groups?.flatMap((group) => group.options) ?? [];
}

function localMinute(seconds) {
  if (seconds === undefined || seconds === null) return '';
  const moment = new Date(seconds * 1000);
  return new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function select(options, chosen, placeholder = 'Choose an option') {
  return el(
    'select',
    {},
    !chosen && el('option', { value: '' }, placeholder),
    options.map(({ text, value, description }) =>
      el(
        'option',
        { value, selected: value === chosen },
        description ? `${text.text} – ${description.text}` : text.text,
      ),
    ),
  );
}

/** Radio buttons belong together by their name, which no other group has. */
let groups = 0;

function choices(type, options, chosen) {
  groups += 1;
  const name = `choices-${groups}`;
  return el(
    'div',
    { class: 'choices', role: type === 'radio' ? 'radiogroup' : 'group' },
    options.map(({ text, value, description }) =>
      el(
        'label',
        {},
        el('input', { type, name, value, checked: chosen.includes(value) }),
        el('span', {}, textNodes(text), description && el('span', { class: 'hint' }, textNodes(description))),
      ),
    ),
  );
}
