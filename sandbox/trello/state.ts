import { createIds, type Ids, isId, isShortLink } from './ids.ts';
import type {
  ActionType,
  StoredAction,
  StoredBoard,
  StoredCard,
  StoredLabel,
  StoredList,
  StoredMember,
} from './model.ts';
import { remove } from './ordered.ts';
import { invalidId, modelNotFound, resourceNotFound } from './refusal.ts';

/** Who does something; recorded in the action. */
export interface Actor {
  id: string;
  /** The app of the call's key; none for what people do on the page. */
  idApp?: string | undefined;
  clientIdentifier?: string | undefined;
}

export interface TrelloState {
  readonly ids: Ids;
  readonly now: () => number;
  /** The beginning of the URLs of boards, cards and files. */
  readonly publicUrl: () => string;
  readonly boards: Map<string, StoredBoard>;
  readonly lists: Map<string, StoredList>;
  readonly labels: Map<string, StoredLabel>;
  readonly members: Map<string, StoredMember>;
  readonly cards: Map<string, StoredCard>;
  /** The owner of the tokens that are given at the start. */
  readonly me: StoredMember;
  /** Milliseconds until a new card is in its board's list of cards: Trello's reads may be stale. */
  listedAfter: number;
  /** What Trello allows. May be changed: limits vary by board and plan. */
  readonly allowed: { openCards: number; people: number };
  /** How many people are on a board of the workspace: a free one has a limit of them. */
  people(): number;
  /** The workspace of all boards. */
  readonly idOrganization: string;
  addMember(fullName: string, username?: string): StoredMember;
  /** By id or short link. @throws Refusal */
  board(idOrShortLink: string): StoredBoard;
  /** By id or short link. @throws Refusal */
  card(idOrShortLink: string): StoredCard;
  /** @throws Refusal */
  list(id: string): StoredList;
  /** @throws Refusal */
  label(id: string): StoredLabel;
  keepCard(card: StoredCard): void;
  /** Forgets the card, and its actions: Trello deletes them with the card. */
  dropCard(card: StoredCard): void;
  /** Records an action and calls the subscribers. */
  record(action: NewAction): StoredAction;
  /** Records the second action of one act, so many milliseconds after the first. */
  recordLater(milliseconds: number, make: () => NewAction | undefined): void;
  /** @throws Refusal */
  action(id: string): StoredAction;
  /** Removes an action, as when a comment is deleted. */
  dropAction(action: StoredAction): void;
  subscribe(listener: (action: StoredAction) => void): () => void;
  /** Cancels the actions that are still to come. */
  stop(): void;
}

export interface NewAction {
  type: ActionType;
  board: StoredBoard;
  actor: Actor;
  card?: StoredCard;
  data?: Record<string, unknown>;
  member?: StoredMember;
}

export function createState({
  now = Date.now,
  me = 'Valentina Ruiz',
  publicUrl = () => 'https://trello.com',
}: {
  now?: () => number;
  me?: string;
  publicUrl?: () => string;
} = {}): TrelloState {
  const ids = createIds(now);
  const boards = new Map<string, StoredBoard>();
  const lists = new Map<string, StoredList>();
  const labels = new Map<string, StoredLabel>();
  const members = new Map<string, StoredMember>();
  const cards = new Map<string, StoredCard>();
  const cardsByShortLink = new Map<string, StoredCard>();
  const actions = new Map<string, StoredAction>();
  const listeners = new Set<(action: StoredAction) => void>();
  const timers = new Set<NodeJS.Timeout>();

  function addMember(
    fullName: string,
    username = fullName.toLowerCase().replace(/[^a-z0-9]/g, ''),
  ): StoredMember {
    const initials = fullName
      .split(' ')
      .map((word) => word.charAt(0).toUpperCase())
      .join('');
    const member = { id: ids.id(), username, fullName, initials };
    members.set(member.id, member);
    return member;
  }

  function record({ type, board, actor, card, data, member }: NewAction): StoredAction {
    const action: StoredAction = {
      id: ids.actionId(),
      type,
      at: now(),
      idBoard: board.id,
      idCard: card?.id,
      idMemberCreator: actor.id,
      data: {
        ...(card && { card: reference(card) }),
        board: { id: board.id, name: board.name, shortLink: board.shortLink },
        ...data,
      },
      member,
      idApp: actor.idApp,
      clientIdentifier: actor.clientIdentifier,
    };
    actions.set(action.id, action);
    board.actions.push(action);
    board.activeAt = action.at;
    if (card) {
      card.actions.push(action);
      card.activeAt = action.at;
    }
    for (const listener of listeners) listener(action);
    return action;
  }

  return {
    ids,
    now,
    publicUrl,
    boards,
    lists,
    labels,
    members,
    cards,
    me: addMember(me),
    listedAfter: 0,
    allowed: { openCards: 5000, people: Number.POSITIVE_INFINITY },
    people() {
      const memberships = [...boards.values()].flatMap((board) => board.memberships);
      return new Set(memberships.map(({ idMember }) => idMember)).size;
    },
    idOrganization: ids.id(),
    addMember,

    board(id) {
      if (isId(id)) return boards.get(id.toLowerCase()) ?? fail(resourceNotFound());
      if (!isShortLink(id)) throw invalidId();
      for (const board of boards.values()) if (board.shortLink === id) return board;
      throw resourceNotFound();
    },
    card(id) {
      if (isId(id)) return cards.get(id.toLowerCase()) ?? fail(resourceNotFound());
      if (!isShortLink(id)) throw invalidId();
      return cardsByShortLink.get(id) ?? fail(resourceNotFound());
    },
    list: (id) => byId(lists, id),
    label: (id) => byId(labels, id),

    keepCard(card) {
      cards.set(card.id, card);
      cardsByShortLink.set(card.shortLink, card);
    },
    dropCard(card) {
      cards.delete(card.id);
      cardsByShortLink.delete(card.shortLink);
      for (const action of card.actions) {
        actions.delete(action.id);
        remove(boards.get(action.idBoard)?.actions, action);
      }
    },

    record,
    recordLater(milliseconds, make) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        const action = make();
        if (action) record(action);
      }, milliseconds);
      timers.add(timer);
    },
    action(id) {
      if (!isId(id)) throw invalidId();
      return actions.get(id.toLowerCase()) ?? fail(modelNotFound());
    },
    dropAction(action) {
      actions.delete(action.id);
      remove(boards.get(action.idBoard)?.actions, action);
      if (action.idCard) remove(cards.get(action.idCard)?.actions, action);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function byId<T>(items: Map<string, T>, id: string): T {
  if (!isId(id)) throw invalidId();
  return items.get(id.toLowerCase()) ?? fail(modelNotFound());
}

function fail(error: Error): never {
  throw error;
}

/** A card in an action's data. */
export function reference({ id, name, idShort, shortLink }: StoredCard) {
  return { id, name, idShort, shortLink };
}

/** A list in an action's data. */
export function listReference({ id, name }: StoredList) {
  return { id, name };
}
