import { act } from './act.js';
import { confirmed } from './confirm.js';
import { byId, el, renderList } from './dom.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';
import { makeDraggable, makeDropTarget, openMoveMenu } from './move-card.js';
import { showCard } from './pane.js';
import { boardMember, look, play, state } from './store.js';

export function startBoard() {
  byId('board-me').addEventListener('change', ({ target }) => play(target.value));
  const button = byId('boards');
  button.append(icon('chevron'));
  button.addEventListener('click', () => {
    const others = state.boards.filter(({ id }) => id !== state.trello.id);
    const items = others.map(({ id, name }) => ({ text: `Go to ${name}`, run: () => look(id) }));
    const { fullName } = boardMember();
    const end = { text: `Revoke the tokens of ${fullName}…`, run: revoke };
    openMenu(button, { label: 'Boards', items: [...items, end] });
  });
}

export function renderBoard() {
  const { name, members, lists, cards } = state.trello;
  byId('board-name').textContent = name;
  renderList(byId('board-members'), members, {
    key: ({ id }) => id,
    look: (member) => member,
    make: (member) => el('li', {}, memberNode(member)),
  });
  renderList(byId('board-me'), members, {
    key: ({ id }) => id,
    look: (member) => member,
    make: memberOption,
  });
  byId('board-me').value = boardMember()?.id;
  renderList(byId('lists'), lists, { key: ({ id }) => id, look: (list) => list, make: listNode });
  for (const list of lists) {
    const node = byId('lists').querySelector(`[data-key="${CSS.escape(list.id)}"]`);
    const inList = cardsOf(cards, list.id);
    node.querySelector('.list-count').textContent = String(inList.length);
    renderList(node.querySelector('.cards'), inList, {
      key: ({ id }) => id,
      look: (card) => card,
      make: (card, before) => cardNode(card, before === undefined),
    });
  }
  showNewest();
}

/** As on the member's own page in Trello. */
async function revoke() {
  const { id, fullName } = boardMember();
  const text = (words) => ({ type: 'plain_text', text: words });
  const sure = await confirmed({
    title: text('Revoke the tokens?'),
    text: text(`Nobody can act as ${fullName} any more, until ${fullName} connects the account again.`),
    confirm: text('Revoke'),
    deny: text('Keep them'),
    style: 'danger',
  });
  if (sure) await act('trello/revoke', { member: id });
}

/** The bridge's own account can be played, too. */
export function memberOption({ id, fullName }) {
  return el('option', { value: id }, id === state.trello.app ? `${fullName} (the bridge)` : fullName);
}

/** Scrolls the newest card into view, on a phone when its pane is shown. */
export function showNewest() {
  const card = state.newest && byId('lists').querySelector(`[data-key="${CSS.escape(state.newest)}"]`);
  if (!card?.checkVisibility()) return;
  state.newest = undefined;
  card.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

export const cardsOf = (cards, idList) =>
  cards.filter((card) => card.idList === idList && !card.closed).sort((one, other) => one.pos - other.pos);

function listNode({ id, name }) {
  const cards = el('ol', { class: 'cards', 'aria-label': `Cards in ${name}` });
  const node = el(
    'section',
    { class: 'list', 'aria-label': name },
    el('h3', {}, el('span', {}, name), el('span', { class: 'list-count', 'aria-hidden': 'true' })),
    cards,
  );
  makeDropTarget(node, cards, id);
  return node;
}

function cardNode(card, isNew) {
  const fresh = isNew && state.fresh.delete(card.id);
  if (fresh) byId('tab-board').classList.add('has-news');
  const { name, labels, members } = card;
  const more = el(
    'button',
    {
      type: 'button',
      class: 'icon-button card-more',
      'aria-haspopup': 'menu',
      'aria-label': `Move “${name}” to…`,
      data: { focus: 'move' },
    },
    icon('more'),
  );
  more.addEventListener('click', () => openMoveMenu(more, card));
  const node = el(
    'li',
    { class: fresh ? 'card fresh' : 'card' },
    labels.length > 0 && el('p', { class: 'labels' }, labels.map(labelNode)),
    el(
      'h4',
      {},
      el(
        'button',
        {
          type: 'button',
          class: 'card-open',
          data: { focus: 'open' },
          on: { click: () => showCard(card.id) },
        },
        name,
      ),
    ),
    more,
    el(
      'div',
      { class: 'card-foot' },
      card.desc &&
        el('span', { class: 'has-text', title: 'Has a description' }, icon('text', 'Has a description')),
      members.map(memberNode),
    ),
  );
  makeDraggable(node, card.id);
  return node;
}

export function labelNode({ name, color }) {
  return el('span', { class: 'label', data: { color: color ?? 'none' } }, name || color);
}

export function memberNode({ fullName, initials, id }) {
  const place = state.trello.members.findIndex((member) => member.id === id);
  return el(
    'span',
    {
      class: 'member',
      title: fullName,
      role: 'img',
      'aria-label': fullName,
      data: { colour: String(place % 6) },
    },
    initials,
  );
}
