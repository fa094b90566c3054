import { byId } from './dom.js';
import { changed, state } from './store.js';

const PANES = ['slack', 'board'];

/** A phone shows one of the two panes. */
export function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const name of PANES) {
    const tab = byId(`tab-${name}`);
    tab.setAttribute('aria-selected', String(name === pane));
    tab.tabIndex = name === pane ? 0 : -1;
  }
  if (pane === 'board') byId('tab-board').classList.remove('has-news');
  changed();
}

/** Opens the dialog of a card. */
export function showCard(id) {
  showPane('board');
  state.card = id;
  changed();
}

export function startPanes() {
  for (const name of PANES) {
    byId(`tab-${name}`).addEventListener('click', () => showPane(name));
    byId(`tab-${name}`).addEventListener('keydown', ({ key }) => {
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
      const other = PANES.find((pane) => pane !== name);
      showPane(other);
      byId(`tab-${other}`).focus();
    });
  }
}
