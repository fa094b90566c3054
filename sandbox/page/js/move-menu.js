import { act } from './act.js';
import { announce, byId, el } from './dom.js';
import { state } from './store.js';

/** A menu of the other lists, for those who do not drag. */
export function openMoveMenu(button, card) {
  const lists = state.trello.lists.filter(({ id }) => id !== card.idList);
  const menu = el(
    'div',
    { class: 'menu', role: 'menu', popover: 'auto', 'aria-label': `Move “${card.name}” to` },
    el('p', { class: 'menu-title', 'aria-hidden': 'true' }, 'Move to…'),
    lists.map((list) =>
      el(
        'button',
        { type: 'button', role: 'menuitem', tabIndex: -1, on: { click: () => move(card, list, menu) } },
        list.name,
      ),
    ),
  );
  document.body.append(menu);
  menu.addEventListener('toggle', ({ newState }) => {
    if (newState === 'closed') menu.remove();
  });
  menu.addEventListener('keydown', (event) => {
    const items = [...menu.querySelectorAll('[role=menuitem]')];
    const place = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: items.length - 1 }[event.key];
    if (step) {
      event.preventDefault();
      items[(place + step) % items.length]?.focus();
    } else if (event.key === 'Tab') menu.hidePopover();
    else if (event.key === 'Escape') {
      event.preventDefault();
      menu.hidePopover();
      button.focus();
    }
  });
  menu.showPopover();
  const { bottom, right } = button.getBoundingClientRect();
  menu.style.top = `${Math.min(bottom + 4, innerHeight - menu.offsetHeight - 8)}px`;
  menu.style.left = `${Math.max(8, right - menu.offsetWidth)}px`;
  menu.querySelector('[role=menuitem]')?.focus();
}

async function move(card, list, menu) {
  menu.hidePopover();
  if (!(await act('trello/move', { card: card.id, list: list.id, position: 'bottom' }))) return;
  announce(`${card.name} is now in ${list.name}`);
  requestAnimationFrame(() =>
    byId('lists')
      .querySelector(`[data-key="${CSS.escape(card.id)}"] .card-more`)
      ?.focus(),
  );
}
