import { act } from './act.js';
import { state } from './store.js';

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

/** A list takes cards at the place where they are dropped. */
export function makeDropPlace(list, cards, idList) {
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
    act('trello/move', { card: dragged, list: idList, position: positionBefore(cards, below) });
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

/** Halfway between the neighbours, as Trello counts. */
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
