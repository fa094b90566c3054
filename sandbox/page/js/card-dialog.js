import { labelNode, memberNode } from './board.js';
import { cardActs } from './card-acts.js';
import { byId, el } from './dom.js';
import { icon } from './icons.js';
import { markdown } from './markdown.js';
import { boardMember, changed, state } from './store.js';

export function startCardDialog() {
  const dialog = byId('card');
  dialog.addEventListener('close', () => {
    state.card = undefined;
    changed();
  });
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
}

export function renderCardDialog() {
  const dialog = byId('card');
  const card = state.trello?.cards.find(({ id }) => id === state.card);
  if (!card) {
    if (dialog.open) dialog.close();
    return;
  }
  const list = state.trello.lists.find(({ id }) => id === card.idList);
  const looks = JSON.stringify([card, list, boardMember()]);
  if (dialog.looks !== looks) {
    const focused = dialog.contains(document.activeElement) && document.activeElement.dataset.focus;
    dialog.replaceChildren(...contents(dialog, card, list));
    if (focused) dialog.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }
  dialog.looks = looks;
  if (!dialog.open) dialog.showModal();
}

function contents(dialog, card, list) {
  const { name, labels, members, desc, idShort } = card;
  return [
    el(
      'header',
      { class: 'dialog-head' },
      el('h2', { id: 'card-title' }, name),
      el(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': 'Close', on: { click: () => dialog.close() } },
        icon('close'),
      ),
    ),
    el(
      'div',
      { class: 'dialog-body' },
      el(
        'dl',
        { class: 'facts' },
        fact('List', card.closed || !list ? 'archived' : list.name),
        labels.length > 0 && fact('Labels', labels.map(labelNode)),
        members.length > 0 &&
          fact(
            'Members',
            members.map((member) =>
              el('span', { class: 'member-name' }, memberNode(member), member.fullName),
            ),
          ),
        card.due && fact('Due', card.due.slice(0, 10)),
        card.dueComplete && fact('State', 'complete'),
        card.attachments.length > 0 &&
          fact(
            'Attachments',
            card.attachments.map((attachment) => anchor(attachment.url, attachment.name)),
          ),
        fact('Card', `#${idShort}`),
      ),
      el('h3', {}, 'Description'),
      el('div', { class: 'description' }, desc ? markdown(desc) : el('span', { class: 'hint' }, 'None')),
      card.comments.length > 0 && el('h3', { class: 'comments-head' }, 'Comments'),
      el(
        'ul',
        { class: 'comments' },
        card.comments.map(({ author, text }) =>
          el('li', {}, el('strong', {}, author), el('div', { class: 'description' }, markdown(text))),
        ),
      ),
      cardActs(card),
    ),
  ];
}

function fact(name, value) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}
