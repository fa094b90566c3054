import { el, isWebAddress } from './dom.js';
import { showCard } from './pane.js';
import { goTo, look, messagesIn, state } from './store.js';

/** A link if the URL is http(s), otherwise its text. Cards and messages open on this page. */
export function anchor(url, text) {
  if (!isWebAddress(url)) return el('span', {}, text);
  const local = localTarget(url);
  if (!local) return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, text);
  const open = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    local.open();
  };
  return el('a', { href: local.path, data: { focus: `link ${url}` }, on: { click: open } }, text);
}

/** The card or message of a URL, if it is shown on this page. */
export function localTarget(url) {
  const { origin, pathname } = new URL(url, location.origin);
  const [, kind, first, second] = pathname.split('/');
  const inSlack =
    state.slack &&
    kind === 'archives' &&
    (url.startsWith(state.slack.team.url) || origin === location.origin);
  if (inSlack) return { path: `/archives/${first}/${second}`, open: () => showMessage(first, second) };
  if (kind !== 'c') return undefined;
  for (const board of state.boards ?? []) {
    const card = board.cards.find(({ shortLink }) => shortLink === first);
    if (card) return { path: `/c/${first}`, open: () => openCard(board, card) };
  }
  return undefined;
}

function openCard(board, card) {
  if (board !== state.trello) look(board.id);
  showCard(card.id);
}

/** `p1700000000123456` stands for the `ts` `1700000000.123456`. */
function showMessage(channel, permalink = '') {
  const ts = permalink.replace(/^p(\d+)(\d{6})$/, '$1.$2');
  const message = messagesIn(channel).find((one) => one.ts === ts);
  if (!state.slack.channels.find(({ id }) => id === channel)?.members.includes(state.me)) return;
  document.querySelector('dialog[open]')?.close();
  document.body.dataset.pane = 'slack';
  goTo(channel, message && (message.thread_ts ?? message.ts));
}
