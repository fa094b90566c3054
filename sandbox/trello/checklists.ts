import { addCard } from './cards.ts';
import type { StoredCard, StoredCheckItem, StoredChecklist } from './model.ts';
import { remove } from './ordered.ts';
import { place, rangeOf } from './position.ts';
import { modelNotFound } from './refusal.ts';
import type { Actor, TrelloState } from './state.ts';

export function addChecklist(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  name: string,
): StoredChecklist {
  const pos = place(rangeOf(card.checklists), 'bottom');
  const checklist: StoredChecklist = { id: state.ids.id(), name, pos, items: [] };
  card.checklists.push(checklist);
  record(state, 'addChecklistToCard', actor, card, checklist);
  return checklist;
}

export function dropChecklist(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  checklist: StoredChecklist,
): void {
  remove(card.checklists, checklist);
  record(state, 'removeChecklistFromCard', actor, card, checklist);
}

export function addCheckItem(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  checklist: StoredChecklist,
  name: string,
): StoredCheckItem {
  const pos = place(rangeOf(checklist.items), 'bottom');
  const item: StoredCheckItem = { id: state.ids.id(), name, state: 'incomplete', pos };
  checklist.items.push(item);
  record(state, 'createCheckItem', actor, card, checklist, { checkItem: itemReference(item) });
  return item;
}

export function editCheckItem(
  state: TrelloState,
  actor: Actor,
  card: StoredCard,
  id: string,
  changes: { name?: string | undefined; state?: StoredCheckItem['state'] | undefined },
): StoredCheckItem {
  const { checklist, item } = checkItemAt(card, id);
  if (changes.name !== undefined && changes.name !== item.name) {
    const old = { name: item.name };
    item.name = changes.name;
    record(state, 'updateCheckItem', actor, card, checklist, { checkItem: itemReference(item), old });
  }
  if (changes.state !== undefined && changes.state !== item.state) {
    item.state = changes.state;
    record(state, 'updateCheckItemStateOnCard', actor, card, checklist, { checkItem: itemReference(item) });
  }
  return item;
}

export function dropCheckItem(state: TrelloState, actor: Actor, card: StoredCard, id: string): void {
  const { checklist, item } = checkItemAt(card, id);
  remove(checklist.items, item);
  record(state, 'deleteCheckItem', actor, card, checklist, { checkItem: itemReference(item) });
}

/** Makes a card of the item, on the card's list, and removes the item. */
export function convertToCard(state: TrelloState, actor: Actor, card: StoredCard, id: string): StoredCard {
  const { checklist, item } = checkItemAt(card, id);
  remove(checklist.items, item);
  const source = { type: 'convertToCardFromCheckItem', card } as const;
  return addCard(state, actor, state.list(card.idList), { name: item.name }, source);
}

/** @throws Refusal */
export function checkItemAt(card: StoredCard, id: string) {
  for (const checklist of card.checklists) {
    const item = checklist.items.find((one) => one.id === id);
    if (item) return { checklist, item };
  }
  throw modelNotFound();
}

function record(
  state: TrelloState,
  type:
    | 'addChecklistToCard'
    | 'removeChecklistFromCard'
    | 'createCheckItem'
    | 'updateCheckItem'
    | 'deleteCheckItem'
    | 'updateCheckItemStateOnCard',
  actor: Actor,
  card: StoredCard,
  { id, name }: StoredChecklist,
  data: Record<string, unknown> = {},
): void {
  const board = state.board(card.idBoard);
  state.record({ type, board, actor, card, data: { checklist: { id, name }, ...data } });
}

function itemReference({ id, name, state }: StoredCheckItem) {
  return { id, name, state, textData: { emoji: {} } };
}
