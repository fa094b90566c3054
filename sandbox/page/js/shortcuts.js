import { el } from './dom.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';
import { state } from './store.js';

/** A button that offers the app's shortcuts. `choose` is called with the `callback_id` of the chosen one. */
export function shortcutsButton({ label, sign, shortcuts, choose }) {
  const button = el(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': label,
      'aria-haspopup': 'menu',
      title: label,
      data: { focus: label },
    },
    icon(sign),
  );
  button.addEventListener('click', () =>
    openMenu(button, {
      label,
      title: state.slack.app.name,
      items: shortcuts().map(({ name, callbackId }) => ({ text: name, run: () => choose(callbackId) })),
    }),
  );
  return button;
}
