import { el } from './dom.js';

/** Suggestions of slash commands for a message box. */
export function createSuggestions(field, id, commands) {
  const list = el('ul', {
    class: 'suggestions',
    id,
    role: 'listbox',
    'aria-label': 'Commands',
    hidden: true,
  });
  let chosen = 0;
  let fitting = [];
  field.setAttribute('role', 'combobox');
  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-controls', id);

  function render() {
    const [, word, rest] = /^(\/\S*)(\s[\s\S]*)?$/.exec(field.value) ?? [];
    fitting =
      word === undefined
        ? []
        : commands().filter(({ command }) =>
            rest === undefined ? command.startsWith(word) : command === word,
          );
    if (rest?.trim()) fitting = [];
    chosen = Math.min(chosen, Math.max(0, fitting.length - 1));
    list.hidden = fitting.length === 0;
    field.setAttribute('aria-expanded', String(!list.hidden));
    list.replaceChildren(...fitting.map(option));
    if (list.hidden) field.removeAttribute('aria-activedescendant');
    else field.setAttribute('aria-activedescendant', `${id}-${chosen}`);
  }

  function option({ command, hint, summary }, place) {
    return el(
      'li',
      {
        id: `${id}-${place}`,
        role: 'option',
        'aria-selected': String(place === chosen),
        // Keep the focus in the field.
        on: { mousedown: (event) => event.preventDefault(), click: () => complete(place) },
      },
      el('span', {}, el('strong', {}, command), ' ', el('span', { class: 'hint' }, hint)),
      el('span', { class: 'suggestion-summary' }, summary),
    );
  }

  function complete(place = chosen) {
    const { command } = fitting[place] ?? {};
    if (command === undefined) return;
    field.value = `${command} `;
    render();
    field.focus();
  }

  return {
    list,
    render,
    close() {
      list.hidden = true;
      field.setAttribute('aria-expanded', 'false');
    },
    /** Returns true when the list has handled the key. */
    handleKey({ key }) {
      if (list.hidden) return false;
      if (key === 'ArrowDown' || key === 'ArrowUp') {
        chosen = (chosen + (key === 'ArrowDown' ? 1 : fitting.length - 1)) % fitting.length;
        render();
        return true;
      }
      const written = field.value.trim();
      const whole = fitting.some(({ command }) => command === written);
      if (key === 'Escape') this.close();
      else if ((key === 'Tab' || key === 'Enter') && !whole) complete();
      else return false;
      return true;
    },
  };
}
