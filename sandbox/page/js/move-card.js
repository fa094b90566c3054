import { act } from './act.js';
import { announce, byId } from './dom.js';
import { openMenu } from './menu.js';
import { boardMember, state } from './store.js';

const TYPE = 'application/x-card';
let dragged;

export function makeDraggable(node, id) {
  node.draggable = true;
  node.addEventListener('dragstart', (event) => {
    dragged = id;
    event.dataTransfer.setData(TYPE, id);
    event.dataTransfer.effectAllowed = 'move';
    node.classList.add('dragged');
  });
  node.addEventListener('dragend', () => {
    dragged = undefined;
    node.classList.remove('dragged');
    clearMarks();
  });
}

/** Lets a list accept cards at the position where they are dropped. */
export function makeDropTarget(list, cards, idList) {
  list.addEventListener('dragover', (event) => {
    if (dragged === undefined) return;
    event.preventDefault();
    clearMarks();
    list.classList.add('drop-here');
    cardBelow(cards, event.clientY)?.classList.add('drop-before');
  });
  list.addEventListener('dragleave', ({ relatedTarget }) => {
    if (!list.contains(relatedTarget)) clearMarks();
  });
  list.addEventListener('drop', (event) => {
    if (dragged === undefined) return;
    event.preventDefault();
    const below = cardBelow(cards, event.clientY);
    act('trello/move', {
      member: boardMember().id,
      card: dragged,
      list: idList,
      position: positionBefore(cards, below),
    });
    clearMarks();
  });
}

const others = (cards) => [...cards.children].filter(({ dataset }) => dataset.key !== dragged);

function cardBelow(cards, y) {
  return others(cards).find((card) => {
    const { top, height } = card.getBoundingClientRect();
    return y < top + height / 2;
  });
}

/** Halfway between the neighbours, as in Trello. */
function positionBefore(cards, below) {
  if (!below) return 'bottom';
  const all = others(cards);
  const above = all[all.indexOf(below) - 1];
  if (!above) return 'top';
  const pos = ({ dataset }) => state.trello.cards.find(({ id }) => id === dataset.key)?.pos ?? 0;
  return (pos(above) + pos(below)) / 2;
}

function clearMarks() {
  for (const name of ['drop-here', 'drop-before']) {
    for (const marked of document.querySelectorAll(`.${name}`)) marked.classList.remove(name);
  }
}

/** A menu of the other lists, to move a card without a mouse. */
export function openMoveMenu(button, card) {
  openMenu(button, {
    label: `Move “${card.name}” to`,
    title: 'Move to…',
    items: state.trello.lists
      .filter(({ id }) => id !== card.idList)
      .map((list) => ({ text: list.name, run: () => move(card, list) })),
  });
}

async function move(card, list) {
  if (
    !(await act('trello/move', {
      member: boardMember().id,
      card: card.id,
      list: list.id,
      position: 'bottom',
    }))
  )
    return;
  announce(`${card.name} is now in ${list.name}`);
  focusMoved(card, list, Date.now() + 2_000);
}

/** The event that moves the card on the page can arrive after the response, so wait for it. */
function focusMoved(card, list, deadline) {
  const inList = `[data-key="${CSS.escape(list.id)}"] [data-key="${CSS.escape(card.id)}"] .card-more`;
  const button = byId('lists').querySelector(inList);
  if (button) button.focus();
  else if (Date.now() < deadline) requestAnimationFrame(() => focusMoved(card, list, deadline));
}
