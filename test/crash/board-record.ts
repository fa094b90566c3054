import type { StoredCard } from '../../sandbox/trello/model.ts';
import type { RunningTrello } from '../../sandbox/trello/server.ts';

/** A card as it stands, as far as its thread tells of it. */
export interface Standing {
  list: string;
  closed: boolean;
  complete: boolean;
  /** Seconds since 1970. */
  due: number | undefined;
  /** Names, in alphabetical order. */
  members: readonly string[];
  /** The tags of all comments, the oldest first. */
  comments: readonly string[];
  attachments: number;
}

/** A card right after an action. */
export interface Moment {
  action: string;
  standing: Standing;
}

/** What happened to the cards of a local Trello, as it happened. */
export type BoardRecord = ReturnType<typeof recordBoard>;

/** Begins to record. A tag is the first word of that form in a comment. */
export function recordBoard({ state, subscribe }: RunningTrello) {
  const momentsOf = new Map<string, Moment[]>();
  const authors = new Map<string, string>();
  const nameOf = (member: string) => state.members.get(member)?.fullName ?? '';

  function standingOf(card: StoredCard): Standing {
    return {
      list: state.list(card.idList).name,
      closed: card.closed,
      complete: card.dueComplete,
      due: card.due === null ? undefined : Date.parse(card.due) / 1000,
      members: card.idMembers.map(nameOf).sort(),
      comments: card.actions.flatMap(({ type, data }) =>
        type === 'commentCard' ? tagIn(String(data.text)) : [],
      ),
      attachments: card.attachments.length,
    };
  }

  subscribe(({ id, type, idCard, idMemberCreator, idApp, data }) => {
    const card = state.cards.get(idCard ?? '');
    if (!card) return;
    if (type === 'commentCard') {
      const [name = ''] = String(data.text).split(' in Slack:');
      authors.set(tagIn(String(data.text)), idApp ? name : nameOf(idMemberCreator));
    }
    const moments = momentsOf.get(card.id) ?? [];
    momentsOf.set(card.id, [...moments, { action: id, standing: standingOf(card) }]);
  });

  return {
    /** The first moment is the making of the card. */
    of: (card: string): readonly Moment[] => momentsOf.get(card) ?? [],
    /** Who wrote the comment with that tag: on the board, or in Slack. */
    authorOf: (tag: string) => authors.get(tag),
  };
}

/** `c00017`. */
export function tagIn(text: string): string {
  return /\bc\d{5}\b/.exec(text)?.[0] ?? 'no tag';
}
