import { renderBoard, startBoard } from './board.js';
import { renderCardDialog, startCardDialog } from './card-dialog.js';
import { renderConversation, startConversation } from './conversation.js';
import { byId, el } from './dom.js';
import { localTarget } from './links.js';
import { connect } from './live.js';
import { renderModal, startModal } from './modal.js';
import { startPanes } from './pane.js';
import { renderSidebar, startSidebar } from './sidebar.js';
import { onChange, state } from './store.js';
import { renderStrip, startStrip } from './strip.js';

let opened = false;

startStrip();
startPanes();
startConversation();
startSidebar();
startModal();
startBoard();
startCardDialog();
onChange(render);
connect();

function render() {
  document.body.classList.add('ready');
  renderStrip();
  if (state.slack) {
    renderConversation();
    renderSidebar();
    renderModal();
  } else standIn('slack', 'Your own Slack', 'Type /spacex-task in it: the card lands on the board here.');
  if (state.trello) {
    renderBoard();
    renderCardDialog();
  } else
    standIn(
      'board',
      'Your own Trello',
      'What you send from the Slack here lands on the board that TRELLO_BOARD names.',
    );
  openAddress();
}

/** Replaces a side that is not local. */
function standIn(pane, title, text) {
  const place = byId(pane);
  if (place.classList.contains('elsewhere')) return;
  place.classList.add('elsewhere');
  place.replaceChildren(
    el('div', { class: 'stand-in' }, el('h2', { id: `${pane}-name` }, title), el('p', {}, text)),
  );
}

/** Opens the card or message of the page's URL. */
function openAddress() {
  if (opened) return;
  opened = true;
  const target = localTarget(location.href);
  history.replaceState(null, '', '/');
  target?.open();
}
