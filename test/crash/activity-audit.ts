import type { Message } from '../../sandbox/slack/messages.ts';
import type { StoredCard } from '../../sandbox/trello/model.ts';
import { outcomeOf, type Scene } from '../support/scene.ts';
import { type BoardRecord, type Moment, type Standing, tagIn } from './board-record.ts';
import { type Row, wordsOf } from './subject.ts';
import { createReader, type Told, textOf } from './told.ts';

/** What the threads of the cards say, against what happened on the board. Lists hold sentences, one for each finding. */
export interface ActivityAudit {
  cards: number;
  /** Actions of Trello's history, and messages that tell of them. */
  actions: number;
  messages: number;
  comments: number;
  summaries: number;
  /** The thread says less than what is so. At the end of the history it may still come. */
  lost: string[];
  untold: string[];
  /** The thread says again what it has said, or what was so already. */
  doubled: string[];
  /** Told after something that came later on the board. */
  disordered: string[];
  /** Said by a name that is nobody's, as that of the app's own account, or by somebody else than whose comment it is. */
  misattributed: string[];
  /** Root messages that do not show the card as it is. */
  staleRoots: string[];
  /** Messages that came once too often, word for word. Allowed where the app may not look for them. */
  repeats: number;
  /** Messages of which the mark or the words fit nothing. */
  unreadable: string[];
}

/** `people`: the names in Slack and on the board of all who do something. */
export function auditActivity(
  scene: Pick<Scene, 'slack' | 'trello'>,
  record: BoardRecord,
  people: readonly string[],
): ActivityAudit {
  const { cards, roots } = outcomeOf(scene);
  const lists = [...new Set([...scene.trello.state.lists.values()].map(({ name }) => name))];
  const read = createReader(people, lists);
  const found: ActivityAudit = {
    cards: cards.length,
    actions: 0,
    messages: 0,
    comments: 0,
    summaries: 0,
    lost: [],
    untold: [],
    doubled: [],
    disordered: [],
    misattributed: [],
    staleRoots: [],
    repeats: 0,
    unreadable: [],
  };
  for (const card of cards) {
    const reference = /Reference `(\w+)`$/.exec(card.desc)?.[1];
    const root = roots.find(({ metadata }) => metadata?.event_payload.reference === reference);
    if (!root) {
      found.untold.push(`${card.name} has no thread`);
      continue;
    }
    const moments = record.of(card.id);
    found.actions += moments.length - 1;
    found.comments += moments.at(-1)?.standing.comments.length ?? 0;
    const channel = [...scene.slack.workspace.channels.keys()].find(
      (id) => scene.slack.messages.find(id, root.ts) === root,
    );
    const thread = scene.slack.messages
      .replies(channel ?? '', root.ts)
      .filter(({ metadata }) => metadata?.event_payload.news !== undefined);
    auditThread(card.name, moments, thread, { read, found, record });
    const [wanted, is] = [rootOf(scene, card), textOf(root)];
    if (!is.includes(wanted.line) || !is.startsWith(wanted.icon) || !is.includes(card.name)) {
      found.staleRoots.push(`${card.name} is “${wanted.icon} ${wanted.line}”, and its root says “${is}”`);
    }
  }
  return found;
}

/** Goes through a thread's messages, each of which marks the last action that it tells of. */
function auditThread(
  title: string,
  moments: readonly Moment[],
  thread: readonly Message[],
  { read, found, record }: { read: (message: Message) => Told; found: ActivityAudit; record: BoardRecord },
): void {
  const [first] = moments;
  if (!first) return;
  let told = first.standing;
  let place = 0;
  const texts = new Map<string, string>();
  for (const message of thread) {
    // One action may be several news; that a comment was edited comes by webhook.
    const mark = String(message.metadata?.event_payload.news).replace(/^action-|:.*$/g, '');
    const text = textOf(message);
    const here = `${title}: “${text}”`;
    found.messages += 1;
    const before = texts.get(mark);
    if (before !== undefined) {
      if (unedited(before) === unedited(text)) found.repeats += 1;
      else found.doubled.push(`${here} after “${before}”`);
      continue;
    }
    texts.set(mark, text);
    const next = moments.findIndex(({ action }) => action === mark);
    const moment = moments[next];
    if (!moment) {
      found.unreadable.push(`${here} marks ${mark}`);
      continue;
    }
    if (next <= place) found.disordered.push(here);
    const says = read(message);
    if (text.includes('\n• ')) found.summaries += 1;
    found.misattributed.push(...says.strangers.map((line) => `${title}: “${line}”`));
    for (const { tag, author } of says.comments) {
      const wrote = tag === undefined ? undefined : record.authorOf(tag);
      if (wrote !== author) found.misattributed.push(`${here} is ${wrote}’s`);
    }
    found.doubled.push(...saidAgain(told, says).map((what) => `${here} says again: ${what}`));
    const is = says.isShortened ? undefined : afterwards(told, says);
    const { comments } = moment.standing;
    const tags = comments.slice(told.comments.length, told.comments.length + says.comments.length);
    const isOther = says.comments.some(({ tag }, index) => tag !== undefined && tag !== tags[index]);
    if (isOther || told.comments.length + says.comments.length !== comments.length) {
      const missing = comments.slice(told.comments.length).join(', ');
      (says.comments.length > comments.length - told.comments.length ? found.doubled : found.lost).push(
        `${here} is to tell of the comments ${missing}`,
      );
    }
    const wrong = is ? differing(is, moment.standing) : [];
    if (wrong.length > 0) found.lost.push(`${here} leaves out: ${wrong.join(', ')}`);
    told = moment.standing;
    place = Math.max(place, next);
  }
  const end = moments.at(-1)?.standing ?? told;
  const wrong = differing({ ...told, commentCount: told.comments.length }, end);
  if (wrong.length > 0) found.untold.push(`${title}: ${wrong.join(', ')} since “${thread.at(-1)?.text}”`);
}

/** Only the last message of several of the same mark is edited when a comment is. */
function unedited(text: string): string {
  return text.replaceAll(' (edited)', '').replace(/^> .*$/gm, tagIn);
}

type Known = Omit<Standing, 'comments'> & { commentCount: number };

/** The card as the thread shows it after a message. */
function afterwards(before: Standing, { changes, on, off, comments, attachments }: Told): Known {
  return {
    ...before,
    ...changes,
    members: [...before.members.filter((member) => !off.includes(member)), ...on].sort(),
    commentCount: before.comments.length + comments.length,
    attachments: before.attachments + attachments,
  };
}

function differing(told: Known, is: Standing): string[] {
  const pairs: Record<string, [unknown, unknown]> = {
    list: [told.list, is.list],
    closed: [told.closed, is.closed],
    complete: [told.complete, is.complete],
    due: [told.due, is.due],
    members: [told.members.join(), is.members.join()],
    comments: [told.commentCount, is.comments.length],
    attachments: [told.attachments, is.attachments],
  };
  return Object.entries(pairs).flatMap(([field, [said, so]]) =>
    said === so ? [] : [`${field} (told ${said}, is ${so})`],
  );
}

/** What a message says that was so already. */
function saidAgain(before: Standing, { changes, on, off }: Told): string[] {
  return [
    ...Object.entries(changes).flatMap(([field, value]) =>
      before[field as keyof Told['changes']] === value ? [`${field} ${value}`] : [],
    ),
    ...on.filter((member) => before.members.includes(member)).map((member) => `${member} assigned`),
    ...off.filter((member) => !before.members.includes(member)).map((member) => `${member} taken off`),
  ];
}

/** What the root message is to show of a card. */
function rootOf({ trello: { state } }: Pick<Scene, 'trello'>, card: StoredCard) {
  const list = state.list(card.idList).name;
  const names = card.idMembers.map((id) => state.members.get(id)?.fullName ?? '');
  const shownNames = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} other`] : names;
  const listed = [shownNames.slice(0, -1).join(', '), ...shownNames.slice(-1)].filter((one) => one !== '');
  const assigned = names.length === 0 ? 'nobody assigned yet' : `assigned to ${listed.join(' and ')}`;
  if (card.closed) return { icon: ':file_cabinet:', line: `Archived · was in ${list} · ${assigned}` };
  const labels = card.idLabels.map((id) => state.label(id).name);
  const many = labels.length === 0 ? '' : ` · ${labels.length > 1 ? 'labels' : 'label'} ${labels.join(', ')}`;
  if (card.dueComplete || list === 'Done') {
    return { icon: ':white_check_mark:', line: `Finished · ${list} · ${assigned}${many}` };
  }
  const due = card.due === null ? '' : ` · due {${Date.parse(card.due) / 1000}}`;
  return { icon: ':pushpin:', line: `${list} · ${assigned}${due}${many}` };
}

/** Something is missing that may still come. */
export function isActivityUnderWay({ untold, staleRoots }: ActivityAudit): boolean {
  return untold.length + staleRoots.length > 0;
}

const BROKEN = {
  lost: 'messages that leave something out',
  untold: 'cards with news that were never told',
  doubled: 'messages that say something again',
  disordered: 'messages behind what came later on the board',
  misattributed: 'lines with the wrong author',
  staleRoots: 'root messages that do not show the card as it is',
  unreadable: 'messages that fit nothing on the board',
} as const satisfies Partial<Record<keyof ActivityAudit, string>>;

/** The guarantees that do not hold, in words; none when all is well. */
export function brokenActivity(found: ActivityAudit, { history }: { history: boolean }): string[] {
  return wordsOf([
    ...Object.entries(BROKEN).map(([what, words]): [string, number] => [
      words,
      found[what as keyof typeof BROKEN].length,
    ]),
    ['messages that came twice, with a history scope', history ? found.repeats : 0],
  ]);
}

export function activityRows(found: ActivityAudit, { history }: { history: boolean }): Row[] {
  return [
    ['cards', found.cards, ''],
    ['actions in their history', found.actions, ''],
    ['comments', found.comments, ''],
    ['messages that tell of them', found.messages, ''],
    ['  of which summaries', found.summaries, ''],
    ...Object.entries(BROKEN).map(
      ([what, words]): Row => [words, found[what as keyof typeof BROKEN].length, 'must be 0'],
    ),
    ['messages that came twice', found.repeats, history ? 'must be 0' : 'may happen without a history scope'],
  ];
}
