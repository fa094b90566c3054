/** What the stand-in keeps, as opposed to what it shows (`render.ts`). Times are milliseconds since 1970. */

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
  /** Positions of the first and the last card that the list ever had. */
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

/** Something that happened on a board, in Trello's own words. */
export interface StoredAction {
  id: string;
  type: ActionType;
  at: number;
  idBoard: string;
  idCard: string | undefined;
  idMemberCreator: string;
  data: Record<string, unknown>;
  /** The member that the action is about, where there is one. */
  member: StoredMember | undefined;
  /** From `X-Trello-Client-Identifier`, so that a caller knows its own doing again. */
  clientIdentifier: string | undefined;
}
