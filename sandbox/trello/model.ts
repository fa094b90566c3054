/** The stored data; `render.ts` makes the responses from it. Times are milliseconds since 1970. */

export interface StoredBoard {
  id: string;
  shortLink: string;
  name: string;
  desc: string;
  closed: boolean;
  idMemberCreator: string;
  lists: StoredList[];
  labels: StoredLabel[];
  memberships: StoredMembership[];
  /** In the order of creation, which is the order of ids. */
  cards: StoredCard[];
  actions: StoredAction[];
  lastIdShort: number;
  activeAt: number;
}

export interface StoredList {
  id: string;
  idBoard: string;
  name: string;
  closed: boolean;
  pos: number;
  cards: Set<StoredCard>;
  /** The smallest and largest position that a card of the list ever had. */
  range: PositionRange;
}

export interface PositionRange {
  first: number;
  last: number;
}

export interface StoredLabel {
  id: string;
  idBoard: string;
  name: string;
  color: string | null;
}

export type MemberType = 'admin' | 'normal' | 'observer';

export interface StoredMember {
  id: string;
  username: string;
  fullName: string;
  initials: string;
}

export interface StoredMembership {
  id: string;
  idMember: string;
  memberType: MemberType;
  deactivated: boolean;
  unconfirmed: boolean;
}

export interface StoredCard {
  id: string;
  idShort: number;
  shortLink: string;
  idBoard: string;
  idList: string;
  name: string;
  desc: string;
  closed: boolean;
  due: string | null;
  start: string | null;
  dueComplete: boolean;
  subscribed: boolean;
  pos: number;
  idMembers: string[];
  idLabels: string[];
  attachments: StoredAttachment[];
  comments: number;
  actions: StoredAction[];
  madeAt: number;
  activeAt: number;
}

export interface StoredAttachment {
  id: string;
  name: string;
  url: string;
  addedAt: number;
  idMember: string;
}

export type ActionType =
  | 'createBoard'
  | 'updateBoard'
  | 'createList'
  | 'updateList'
  | 'createLabel'
  | 'updateLabel'
  | 'deleteLabel'
  | 'createCard'
  | 'updateCard'
  | 'deleteCard'
  | 'commentCard'
  | 'updateComment'
  | 'deleteComment'
  | 'addMemberToCard'
  | 'removeMemberFromCard'
  | 'addLabelToCard'
  | 'removeLabelFromCard';

/** An action of a board, as Trello names it. */
export interface StoredAction {
  id: string;
  type: ActionType;
  at: number;
  idBoard: string;
  idCard: string | undefined;
  idMemberCreator: string;
  data: Record<string, unknown>;
  /** The member that was assigned or removed. */
  member: StoredMember | undefined;
  /** From `X-Trello-Client-Identifier`: a caller recognizes its own actions by it. */
  clientIdentifier: string | undefined;
}
