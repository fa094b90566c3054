import { el } from './dom.js';

/** What one can press or choose on a message. */
export function elementNode(element, onAction) {
  const focus = `action ${element.action_id}`;
  switch (element.type) {
    case 'button': {
      const style = element.style ? ` ${element.style}` : '';
      const press = () => onAction(element.action_id);
      return el(
        'button',
        {
          type: 'button',
          class: `button${style}`,
          data: { focus },
          'aria-label': element.accessibility_label,
          on: { click: press },
        },
        element.text.text,
      );
    }
    case 'static_select': {
      const options = (element.options ?? []).map(({ text, value }) =>
        el('option', { value, selected: value === element.initial_option?.value }, text.text),
      );
      const placeholder = element.placeholder?.text ?? 'Choose…';
      return el(
        'select',
        {
          data: { focus },
          'aria-label': placeholder,
          on: { change: ({ target }) => target.value && onAction(element.action_id, target.value) },
        },
        el('option', { value: '' }, placeholder),
        options,
      );
    }
    case 'overflow':
      return el(
        'select',
        {
          data: { focus },
          'aria-label': 'More actions',
          on: { change: ({ target }) => target.value && onAction(element.action_id, target.value) },
        },
        el('option', { value: '' }, '…'),
        element.options.map(({ text, value }) => el('option', { value }, text.text)),
      );
    case 'image':
      return el('span', { class: 'image-stand-in' }, `[${element.alt_text}]`);
    default:
      return el('span', {}, `[${element.type}]`);
  }
}
