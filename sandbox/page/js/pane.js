import { byId } from './dom.js';
import { changed, state } from './store.js';
import { selectTab, startTabs } from './tabs.js';

const PANES = ['slack', 'board'];

/** A phone shows one of the two panes. */
export function showPane(pane) {
  document.body.dataset.pane = pane;
  selectTab(PANES, pane);
  if (pane === 'board') byId('tab-board').classList.remove('has-news');
  changed();
}

/** Opens the dialog of a card. */
export function showCard(id) {
  showPane('board');
  state.card = id;
  changed();
}

export const startPanes = () => startTabs(PANES, showPane);
