import { attachmentUrl } from './card-parts.ts';
import { displayOf } from './display.ts';
import type {
  StoredAction,
  StoredAttachment,
  StoredBoard,
  StoredCard,
  StoredCheckItem,
  StoredChecklist,
  StoredLabel,
  StoredList,
  StoredMember,
} from './model.ts';
import type { TrelloState } from './state.ts';

/** Responses in the shapes of Trello's API reference. Every function returns all fields. */
export type Render = ReturnType<typeof createRender>;

export const BOARD_FIELDS =
  'name,desc,descData,closed,idOrganization,idEnterprise,pinned,url,shortUrl,prefs,labelNames'.split(',');
export const MEMBER_FIELDS = ['fullName', 'username'];
export const NESTED_MEMBER_FIELDS = ['avatarHash', 'avatarUrl', 'fullName', 'initials', 'username'];
/** Of the members in an action, unless the request says which. */
export const ACTION_MEMBER_FIELDS =
  'activityBlocked,avatarHash,avatarUrl,fullName,idMemberReferrer,initials,nonPublic,nonPublicAvailable,username'.split(
    ',',
  );

/** The requested fields, and always the id. */
export function pick(
  whole: Record<string, unknown>,
  fields: readonly string[] | undefined,
): Record<string, unknown> {
  if (!fields || fields.includes('all')) return whole;
  const picked: Record<string, unknown> = { id: whole.id };
  for (const field of fields) if (field in whole) picked[field] = whole[field];
  return picked;
}

export function createRender(state: TrelloState) {
  const { publicUrl } = state;
  const iso = (time: number) => new Date(time).toISOString();
  const urlOf = (kind: 'b' | 'c', shortLink: string) => `${publicUrl()}/${kind}/${shortLink}`;

  /** Near the limit from 90 % on. @see https://developer.atlassian.com/cloud/trello/guides/rest-api/limits/ */
  function limit(count: number, disableAt: number) {
    if (!Number.isFinite(disableAt)) return { status: 'ok', disableAt: 10, warnAt: 9, count: 0 };
    const warnAt = Math.floor(disableAt * 0.9);
    const status =
      count > disableAt ? 'maxExceeded' : count === disableAt ? 'disabled' : count >= warnAt ? 'warn' : 'ok';
    return { status, disableAt, warnAt, count };
  }

  /** The workspace of all boards. */
  function organization() {
    const limits = { orgs: { usersPerFreeOrg: limit(state.people(), state.allowed.people) } };
    return { id: state.idOrganization, displayName: 'Mission', limits };
  }

  function label({ id, idBoard, name, color }: StoredLabel) {
    return { id, idBoard, name, color, uses: 0 };
  }

  function member({ id, username, fullName, initials }: StoredMember) {
    const avatarHash = id.padStart(32, '0');
    return {
      id,
      activityBlocked: false,
      avatarHash,
      avatarUrl: `${publicUrl()}/avatars/${id}/${avatarHash}`,
      bio: '',
      bioData: null,
      confirmed: true,
      fullName,
      idEnterprise: null,
      idMemberReferrer: null,
      initials,
      memberType: 'normal',
      nonPublic: {},
      nonPublicAvailable: false,
      products: [],
      url: `${publicUrl()}/u/${username}`,
      username,
      status: 'disconnected',
    };
  }

  function card(stored: StoredCard) {
    const { id, idShort, shortLink, name, desc, due, start, dueComplete } = stored;
    const shortUrl = urlOf('c', shortLink);
    const items = stored.checklists.flatMap((checklist) => checklist.items);
    return {
      id,
      address: null,
      badges: {
        attachmentsByType: { trello: { board: 0, card: 0 } },
        location: false,
        votes: 0,
        viewingMemberVoted: false,
        subscribed: stored.subscribed,
        fogbugz: '',
        checkItems: items.length,
        checkItemsChecked: items.filter((item) => item.state === 'complete').length,
        comments: stored.comments,
        attachments: stored.attachments.length,
        description: desc !== '',
        due,
        start,
        dueComplete,
      },
      cardRole: null,
      checkItemStates: [],
      closed: stored.closed,
      coordinates: null,
      cover: {
        idAttachment: null,
        color: null,
        idUploadedBackground: null,
        size: 'normal',
        brightness: 'dark',
      },
      creationMethod: null,
      dateLastActivity: iso(stored.activeAt),
      desc,
      descData: { emoji: {} },
      due,
      dueComplete,
      dueReminder: null,
      email: null,
      idAttachmentCover: null,
      idBoard: stored.idBoard,
      idChecklists: stored.checklists.map((checklist) => checklist.id),
      idLabels: stored.idLabels,
      idList: stored.idList,
      idMembers: stored.idMembers,
      idMembersVoted: [],
      idShort,
      isTemplate: false,
      labels: stored.idLabels.map((idLabel) => label(state.labels.get(idLabel) as StoredLabel)),
      limits: { attachments: { perCard: { status: 'ok', disableAt: 1000, warnAt: 900 } } },
      locationName: null,
      manualCoverAttachment: false,
      mirrorSourceId: null,
      name,
      pinned: false,
      pos: stored.pos,
      shortLink,
      shortUrl,
      start,
      subscribed: stored.subscribed,
      url: `${shortUrl}/${idShort}-${slug(name)}`,
    };
  }

  function list({ id, idBoard, name, closed, pos, cards }: StoredList) {
    const open = [...cards].filter((one) => !one.closed).length;
    return {
      id,
      name,
      closed,
      color: null,
      idBoard,
      limits: { cards: { openPerList: limit(open, state.allowed.openCards) } },
      pos,
      softLimit: null,
      subscribed: false,
      type: null,
    };
  }

  function memberships({ memberships: all }: StoredBoard) {
    return all.map(({ id, idMember, memberType, unconfirmed, deactivated }) => ({
      id,
      idMember,
      memberType,
      unconfirmed,
      deactivated,
    }));
  }

  function board(stored: StoredBoard) {
    const { id, name, desc, closed, shortLink, idMemberCreator, labels } = stored;
    const shortUrl = urlOf('b', shortLink);
    const openCards = stored.cards.filter((one) => !one.closed).length;
    const colored = labels.filter(({ color }) => color !== null);
    return {
      id,
      name,
      desc,
      descData: null,
      closed,
      dateLastActivity: iso(stored.activeAt),
      idEnterprise: null,
      idMemberCreator,
      idOrganization: state.idOrganization,
      pinned: false,
      starred: false,
      subscribed: false,
      enterpriseOwned: false,
      shortLink,
      shortUrl,
      url: `${shortUrl}/${slug(name)}`,
      prefs: BOARD_PREFERENCES,
      labelNames: Object.fromEntries(colored.map((one) => [one.color, one.name]).reverse()),
      limits: {
        attachments: { perBoard: { status: 'ok', disableAt: 36_000, warnAt: 32_400 } },
        cards: { openPerBoard: limit(openCards, state.allowed.openCards) },
      },
      memberships: memberships(stored),
    };
  }

  function attachment(stored: StoredAttachment, card: StoredCard) {
    const { id, name, file, addedAt, idMember } = stored;
    return {
      id,
      bytes: file?.content.length ?? null,
      date: iso(addedAt),
      edgeColor: null,
      fileName: file?.name ?? null,
      idMember,
      isUpload: file !== undefined,
      mimeType: file?.type ?? '',
      name,
      pos: 0,
      previews: [],
      url: attachmentUrl(state, card, stored),
    };
  }

  function checkItem({ id, name, state, pos }: StoredCheckItem, idChecklist: string) {
    return { id, name, nameData: { emoji: {} }, pos, state, due: null, idMember: null, idChecklist };
  }

  function checklist({ id, name, pos, items }: StoredChecklist, { id: idCard, idBoard }: StoredCard) {
    return { id, name, idBoard, idCard, pos, checkItems: items.map((item) => checkItem(item, id)) };
  }

  function action(stored: StoredAction) {
    const { id, type, at, data, idMemberCreator, idApp, member: about } = stored;
    const creator = state.members.get(idMemberCreator);
    return {
      id,
      idMemberCreator,
      data,
      type,
      date: iso(at),
      appCreator: idApp === undefined ? null : { id: idApp },
      limits: type === 'commentCard' ? COMMENT_LIMITS : null,
      display: displayOf(state, stored),
      ...(about && { member: pick(member(about), ACTION_MEMBER_FIELDS) }),
      ...(creator && { memberCreator: pick(member(creator), ACTION_MEMBER_FIELDS) }),
    };
  }

  return {
    label,
    member,
    card,
    list,
    memberships,
    board,
    organization,
    attachment,
    checklist,
    checkItem,
    action,
  };
}

const COMMENT_LIMITS = {
  reactions: {
    perAction: { status: 'ok', disableAt: 900, warnAt: 720 },
    uniquePerAction: { status: 'ok', disableAt: 17, warnAt: 14 },
  },
};

/** The readable end of a URL: `Clean the Rocket!` gives `clean-the-rocket`. */
function slug(name: string): string {
  const words = name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[\s!-/:-@[-`{-~]+/g, '-')
    .replace(/^-|-$/g, '')
    .toWellFormed();
  return encodeURIComponent(words);
}

/** The preferences of a new board on Trello. They cannot be changed here. */
const BOARD_PREFERENCES = {
  permissionLevel: 'private',
  hideVotes: false,
  voting: 'disabled',
  comments: 'members',
  invitations: 'members',
  selfJoin: true,
  cardCovers: true,
  isTemplate: false,
  cardAging: 'regular',
  calendarFeedEnabled: false,
  background: 'blue',
  backgroundColor: '#0079BF',
  backgroundImage: null,
  backgroundImageScaled: null,
  backgroundTile: false,
  backgroundBrightness: 'dark',
  backgroundBottomColor: '#0079BF',
  backgroundTopColor: '#0079BF',
  canBePublic: true,
  canBeEnterprise: true,
  canBeOrg: true,
  canBePrivate: true,
  canInvite: true,
};
