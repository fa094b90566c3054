import { el } from './dom.js';

/** Opens a menu under a button. `items`: `{ text, run }`; the keyboard moves in it, and Escape returns to the button. */
export function openMenu(button, { label, title, items }) {
  const menu = el(
    'div',
    { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': label },
    title && el('p', { class: 'menu-title', 'aria-hidden': 'true' }, title),
    items.map(({ text, run }) =>
      el(
        'button',
        { type: 'button', role: 'menuitem', tabIndex: -1, on: { click: () => choose(run) } },
        text,
      ),
    ),
  );
  // A modal dialog makes everything outside of it inert.
  (button.closest('dialog') ?? document.body).append(menu);
  menu.addEventListener('toggle', ({ newState }) => {
    if (newState === 'closed') menu.remove();
  });
  menu.addEventListener('keydown', (event) => {
    const entries = [...menu.querySelectorAll('[role=menuitem]')];
    const place = entries.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: entries.length - 1 }[event.key];
    if (step) {
      event.preventDefault();
      entries[(place + step) % entries.length]?.focus();
    } else if (event.key === 'Tab') menu.hidePopover();
    else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      menu.hidePopover();
      button.focus();
    }
  });
  menu.showPopover();
  const { top, bottom, right } = button.getBoundingClientRect();
  const below = bottom + 4 + menu.offsetHeight <= innerHeight;
  menu.style.top = `${below ? bottom + 4 : Math.max(8, top - 4 - menu.offsetHeight)}px`;
  menu.style.left = `${Math.max(8, right - menu.offsetWidth)}px`;
  menu.querySelector('[role=menuitem]')?.focus();

  function choose(run) {
    menu.hidePopover();
    button.focus({ preventScroll: true });
    run();
  }
}
