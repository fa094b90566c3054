import type { Message } from '../../sandbox/slack/messages.ts';
import type { StoredCard } from '../../sandbox/trello/model.ts';
import { outcomeOf, type Scene } from '../support/scene.ts';
import type { Request } from './requests.ts';
import { type Row, wordsOf } from './subject.ts';

/** What became of the requests. Lists hold tags, or references where there is no tag. */
export interface Audit {
  accepted: number;
  /** Nobody was told that they are taken. Some were all the same: that is no fault. */
  notAccepted: { all: number; done: number };
  cards: number;
  /** Accepted, and there is no card. */
  lost: string[];
  /** More than one card. */
  doubled: string[];
  /** Asked for in Slack: a card, and no answer in the thread. */
  unanswered: string[];
  /** Asked for in Slack: a card, and no root message that says so. */
  unfinished: string[];
  /** A root message for which there is no card. */
  withoutCard: string[];
  /** Messages that came once too often. Allowed where the app may not look for them. */
  repeatedReplies: number;
  repeatedRoots: number;
}

/** The icon of a root message whose card is on the board. */
const FINAL = '"name":"pushpin"';

export function audit(scene: Scene, requests: readonly Request[]): Audit {
  const { cards, roots, replies } = outcomeOf(scene);
  const cardsOf = grouped(cards, tagOf);
  const rootsOf = grouped(roots, referenceOf);
  const repliesOf = grouped(replies, referenceOf);
  const inSlack = requests
    .filter(({ way }) => way === 'slack')
    .flatMap(({ tag }) => (cardsOf.get(tag) ?? []).map((card) => ({ tag, reference: referenceIn(card) })));
  const known = new Set(cards.map(referenceIn));
  const tags = (found: { tag: string }[]) => found.map(({ tag }) => tag);
  const notAccepted = requests.filter(({ accepted }) => !accepted);

  return {
    accepted: requests.length - notAccepted.length,
    notAccepted: {
      all: notAccepted.length,
      done: notAccepted.filter(({ tag }) => cardsOf.has(tag)).length,
    },
    cards: cards.length,
    lost: tags(requests.filter(({ tag, accepted }) => accepted && !cardsOf.has(tag))),
    doubled: [...cardsOf].filter(([, made]) => made.length > 1).map(([tag]) => tag),
    unanswered: tags(inSlack.filter(({ reference }) => !repliesOf.has(reference))),
    unfinished: tags(inSlack.filter(({ reference }) => !rootsOf.get(reference)?.some(isFinal))),
    withoutCard: [...rootsOf.keys()].filter((reference) => !known.has(reference)),
    repeatedReplies: replies.length - repliesOf.size,
    repeatedRoots: roots.length - rootsOf.size,
  };
}

/** Something is missing that may still come. */
export function isUnderWay({ lost, unanswered, unfinished, withoutCard }: Audit): boolean {
  return lost.length + unanswered.length + unfinished.length + withoutCard.length > 0;
}

/** The guarantees that do not hold, in words; none when all is well. */
export function broken(found: Audit, { history }: { history: boolean }): string[] {
  return wordsOf([
    ['accepted requests without a card', found.lost.length],
    ['requests with two cards', found.doubled.length],
    ['cards without an answer in Slack', found.unanswered.length],
    ['cards without a root message that says so', found.unfinished.length],
    ['root messages without a card', found.withoutCard.length],
    ['answers that came twice, with a history scope', history ? found.repeatedReplies : 0],
    ['root messages that came twice, with a history scope', history ? found.repeatedRoots : 0],
  ]);
}

export function rows(audit: Audit, { history }: { history: boolean }): Row[] {
  const zero = 'must be 0';
  const repeats = history ? zero : 'may happen without a history scope';
  return [
    ['accepted requests', audit.accepted, ''],
    ['requests that nobody was told are accepted', audit.notAccepted.all, ''],
    ['  of which done all the same', audit.notAccepted.done, 'never twice'],
    ['cards', audit.cards, ''],
    ['accepted requests without a card', audit.lost.length, zero],
    ['requests with two cards', audit.doubled.length, zero],
    ['cards without an answer in Slack', audit.unanswered.length, zero],
    ['cards without a root message that says so', audit.unfinished.length, zero],
    ['root messages without a card', audit.withoutCard.length, zero],
    ['answers that came twice', audit.repeatedReplies, repeats],
    ['root messages that came twice', audit.repeatedRoots, repeats],
  ];
}

function isFinal({ blocks }: Message): boolean {
  return JSON.stringify(blocks).includes(FINAL);
}

function tagOf({ name, desc }: StoredCard): string {
  return /\b[sa]\d{5}\b/.exec(`${name}\n${desc}`)?.[0] ?? `${name} without a tag`;
}

function referenceIn({ desc }: StoredCard): string {
  return /Reference `(\w+)`$/.exec(desc)?.[1] ?? '';
}

function referenceOf({ metadata }: Message): string {
  return String(metadata?.event_payload.reference);
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, key);
}
