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
  /** In the order of their dates, which is not the order of ids. */
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
  checklists: StoredChecklist[];
  comments: number;
  actions: StoredAction[];
  madeAt: number;
  activeAt: number;
}

export interface StoredAttachment {
  id: string;
  name: string;
  /** Of a link. */
  url?: string;
  /** Of an upload. */
  file?: UploadedFile;
  addedAt: number;
  idMember: string;
}

export interface UploadedFile {
  name: string;
  type: string;
  content: Buffer;
}

export interface StoredChecklist {
  id: string;
  name: string;
  pos: number;
  items: StoredCheckItem[];
}

export interface StoredCheckItem {
  id: string;
  name: string;
  state: 'complete' | 'incomplete';
  pos: number;
}

/**
 * The types that Trello leaves out of every list of actions: they come by webhook, or by `GET /actions/{id}`.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/
 */
export const UNLISTED_ACTIONS = [
  'createLabel',
  'updateLabel',
  'deleteLabel',
  'updateComment',
  'deleteComment',
  'addLabelToCard',
  'removeLabelFromCard',
  'deleteAttachmentFromCard',
  'createCheckItem',
  'updateCheckItem',
  'deleteCheckItem',
  'voteOnCard',
] as const;

export type ActionType =
  | (typeof UNLISTED_ACTIONS)[number]
  | 'createBoard'
  | 'updateBoard'
  | 'createList'
  | 'updateList'
  | 'moveListFromBoard'
  | 'moveListToBoard'
  | 'createCard'
  | 'copyCard'
  | 'convertToCardFromCheckItem'
  | 'updateCard'
  | 'moveCardFromBoard'
  | 'moveCardToBoard'
  | 'deleteCard'
  | 'commentCard'
  | 'addMemberToCard'
  | 'removeMemberFromCard'
  | 'addAttachmentToCard'
  | 'addChecklistToCard'
  | 'removeChecklistFromCard'
  | 'updateCheckItemStateOnCard';

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
  /** The app whose key the call had; undefined for what people do on the page. */
  idApp: string | undefined;
  /** From `X-Trello-Client-Identifier`: a caller recognizes its own actions by it. */
  clientIdentifier: string | undefined;
}
