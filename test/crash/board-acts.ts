import { setTimeout as delay } from 'node:timers/promises';
import type { StoredCard } from '../../sandbox/trello/model.ts';
import type { Person } from '../../sandbox/trello/person.ts';
import { outcomeOf, type Scene } from '../support/scene.ts';
import type { Instances } from './instances.ts';
import { type Chance, pick } from './requests.ts';
import type { Act } from './subject.ts';

/** Who presses buttons in Slack, and as whom they are known on the board. */
const PRESSERS: Readonly<Record<string, string>> = {
  Ana: 'Yuri Tanaka',
  Bruno: 'Guion Petersen',
  Chen: 'Mae Lindqvist',
};
const DEVELOPERS = ['Sally Okafor', 'Guion Petersen', 'Mae Lindqvist'];
const LABELS = ['Bug', 'Research'];
/** The first due date; each further one is a minute later. */
const FIRST_DUE = Date.parse('2099-01-01T00:00:00.000Z');
/** A person who presses a button gives up after so many tries. */
const PATIENCE = 6;
/** Milliseconds. */
const TRIES_AGAIN_AFTER = 200;
const FORM_OPENS_WITHIN = 2_000;

/** A comment that somebody sent in Slack. */
export interface SentComment {
  tag: string;
  /** Its form closed: it is taken. */
  accepted: boolean;
}

/** What people do to cards, on the board and from Slack. Every text has a tag of its own, every due date is another. */
export function createBoardActs(scene: Scene, instances: Instances, chance: Chance) {
  const { trello, slack } = scene;
  const sent: SentComment[] = [];
  /** Pressers whose name on the board is known. */
  const known = new Set<string>();
  let count = 0;
  const tag = (letter: string) => `${letter}${String(++count).padStart(5, '0')}`;
  const due = () => new Date(FIRST_DUE + ++count * 60_000).toISOString();
  const otherList = (card: StoredCard) =>
    pick(
      [...trello.state.lists.values()].filter(
        ({ id, idBoard }) => idBoard === card.idBoard && id !== card.idList,
      ),
      chance,
    );

  /** What a developer may do to a card, the frequent things several times. */
  const onBoard: readonly ((person: Person, card: StoredCard) => void)[] = [
    ...Array.from({ length: 4 }, () => (person: Person, { id }: StoredCard) => {
      person.comment(id, `${tag('c')} says *${person.member.fullName}*`);
    }),
    ...Array.from({ length: 3 }, () => (person: Person, card: StoredCard) => {
      person.move(card.id, otherList(card), 'top');
    }),
    ...Array.from({ length: 2 }, () => (person: Person, { id, idMembers }: StoredCard) => {
      const member = trello.person(pick(DEVELOPERS, chance)).member.id;
      if (idMembers.includes(member)) person.unassign(id, member);
      else person.assign(id, member);
    }),
    (person, { actions }) => {
      const own = actions.findLast(
        ({ type, idApp, idMemberCreator }) =>
          type === 'commentCard' && !idApp && idMemberCreator === person.member.id,
      );
      if (own) person.editComment(own.id, `${own.data.text} again`);
    },
    (person, { id, due: before }) => person.setDue(id, before !== null && chance() < 0.3 ? null : due()),
    (person, { id, dueComplete }) => person.complete(id, !dueComplete),
    (person, { id, closed }) => (closed ? person.sendBack(id) : person.archive(id)),
    (person, { id }) => person.attachLink(id, 'https://example.com/valve.png', tag('f')),
    (person, { id }) => person.rename(id, `Leak ${tag('n')}`),
    (person, { id, idLabels }) => {
      const label = pick(LABELS, chance);
      const has = idLabels.some((one) => trello.state.label(one).name === label);
      person.setLabel(id, label, !has);
    },
  ];

  /** The root message of a card, as it is now. */
  function rootOf(card: StoredCard) {
    const reference = /Reference `(\w+)`$/.exec(card.desc)?.[1];
    const root = outcomeOf(scene).roots.find(
      ({ metadata }) => metadata?.event_payload.reference === reference,
    );
    const channel = [...slack.workspace.channels.keys()].find(
      (id) => root && slack.messages.find(id, root.ts),
    );
    return root && channel ? { ts: root.ts, channel, link: String(reference) } : undefined;
  }

  /** Presses until the app acknowledges it. `undefined`: it did not, or the message has no such button now. */
  async function press(user: string, card: StoredCard, actionId: string, option?: string) {
    for (let tries = 0; tries < PATIENCE; tries += 1) {
      await instances.somebody();
      const root = rootOf(card);
      if (!root) return undefined;
      const value = option && `${option}:${root.link}`;
      const { ts: messageTs, channel } = root;
      const given = { user, channel, messageTs, actionId, ...(value && { value }) };
      const pressed = await slack.messageAction(given).catch(() => undefined);
      if (pressed?.acknowledged) return pressed;
      await delay(TRIES_AGAIN_AFTER);
    }
    return undefined;
  }

  /** Presses, fills in the form that opens, and sends it until it closes. Resolves with whether it did. */
  async function fillIn(
    [user, card]: readonly [string, StoredCard],
    [actionId, option]: readonly [string, string?],
    value?: string,
  ): Promise<boolean> {
    const pressed = await press(user, card, actionId, option);
    if (!pressed) return false;
    const form = () => slack.openViews(user).find(({ triggerId }) => triggerId === pressed.triggerId);
    const open = await slack.until(form, FORM_OPENS_WITHIN).catch(() => undefined);
    if (!open) return false;
    for (let tries = 0; tries < PATIENCE; tries += 1) {
      await instances.somebody();
      const values = value === undefined ? {} : { value };
      const answer = await slack.viewSubmit({ user, viewId: open.view.id, values }).catch(() => undefined);
      if (answer?.acknowledged && !form()) return true;
      await delay(TRIES_AGAIN_AFTER);
    }
    return false;
  }

  const inSlack: readonly ((user: string, card: StoredCard) => Promise<void>)[] = [
    async (user, card) => {
      const comment: SentComment = { tag: tag('c'), accepted: false };
      sent.push(comment);
      comment.accepted = await fillIn([user, card], ['more', 'comment'], `${comment.tag}, *any* news?`);
    },
    async (user, card) => void (await fillIn([user, card], ['move'], otherList(card).id)),
    async (user, card) => {
      if (known.has(user)) return void (await press(user, card, 'assign_me'));
      const member = trello.person(PRESSERS[user] ?? '').member.id;
      if (await fillIn([user, card], ['assign_me'], member)) known.add(user);
    },
    async (user, card) => {
      const seconds = String(Date.parse(due()) / 1000);
      await fillIn([user, card], ['more', 'due'], seconds);
    },
    async (user, card) => void (await press(user, card, 'more', card.dueComplete ? 'reopen' : 'complete')),
    async (user, card) => {
      if (card.closed) await press(user, card, 'more', 'send_back');
      else await fillIn([user, card], ['more', 'archive']);
    },
  ];

  return {
    /** The comments that people sent in Slack. */
    sent,
    /** The names of all who do something, as lines may name them. */
    names: [
      ...Object.keys(PRESSERS).map((name) => name.toLowerCase()),
      ...new Set([...Object.values(PRESSERS), ...DEVELOPERS]),
    ],
    /** A developer does something to a card. */
    actOnBoard(card: StoredCard): void {
      const person = trello.person(pick(DEVELOPERS, chance));
      pick(onBoard, chance)(person, card);
    },
    /** A developer does what no thread tells. */
    describe: ({ id, desc }: StoredCard) =>
      trello.person(pick(DEVELOPERS, chance)).describe(id, `It is known.\n\n${desc}`),
    /** Somebody in Slack presses a button of a card. */
    pressInSlack(card: StoredCard): Act {
      const user = pick(Object.keys(PRESSERS), chance);
      const act = pick(inSlack, chance);
      return () => act(user, card);
    },
  };
}
