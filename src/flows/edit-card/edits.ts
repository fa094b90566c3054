import { AppError } from '../../errors.ts';
import type {
  CardChange,
  CardEditor,
  EditedCard,
  ExpectedNews,
  FollowedCard,
  Named,
  Person,
  Threads,
} from './ports.ts';

/** How a card stands, for the buttons of its root message. */
export type Standing = 'onBoard' | 'finished' | 'archived';

/** A form that an edit needs. */
export interface EditForm {
  title: string;
  submit: string;
  /** Above the field, or in place of one. */
  words?: string;
  field?: {
    /** `list` and `member` are chosen from the board's. */
    input: 'prose' | 'moment' | 'list' | 'member';
    label: string;
    placeholder?: string;
    hint?: string;
    context?: string;
  };
}

/** What an edit does, and to which card. `id` names the press. */
export interface EditCall<Value> {
  id: string;
  followed: FollowedCard;
  value: Value;
  by: Person;
}

/** What the person is told instead of a change, and the edit that they may want now. */
export interface NothingToDo {
  words: string;
  button?: { edit: string; label: string };
}

/** One thing that a person can do to a card from Slack. `Value` is what a form asks for, plain JSON. */
export interface Edit<Value = unknown> {
  /** The button's `action_id`, the menu option's beginning and the form's `callback_id`. */
  name: string;
  label: string;
  /** The button's label for a screen reader, around the card's title. */
  accessible?: (title: string) => string;
  place: 'button' | 'menu' | 'none';
  /** The button is in App Home, too; the menu is there in any case. */
  inHome?: true;
  /** When it is offered. */
  offered: readonly Standing[];
  /** Offered only on a card whose member was drawn. */
  ofDrawn?: true;
  /** The button asks this first; `deny` is the way out. */
  confirm?: { title: string; text: string; deny: string };
  /** Offered only in a muted thread, or only in one that is not. */
  muted?: boolean;
  form?: EditForm;
  /** The form is shown only to a person whose name in Trello is not known; else that is the value. */
  asksWho?: boolean;
  /** Its value without a form. */
  value?: Value;
  /** What the audit calls it; `edited` unless given. */
  act?: string;
  /** What is asked for, after “your change”: `move to Doing`. */
  phrase(value: Value): string;
  /** Why nothing is to be done; `undefined`: something is. */
  isSo?(card: EditedCard, value: Value): NothingToDo | undefined;
  /** Names the edit in place of the press, so that several presses on a card that stands like this are one edit. */
  once?(card: FollowedCard): string;
  /** Its value, where that is read and drawn before anything is changed. Kept, so that whatever is repeated has the same. */
  settle?(call: EditCall<Value>, sides: { editor: CardEditor; chance: () => number }): Promise<Value>;
  /** The news that come of it on the board. */
  news?(call: EditCall<Value>): Omit<ExpectedNews, 'id'> | Omit<ExpectedNews, 'id'>[];
  /** Makes the change; it may be made again without harm. */
  apply?(call: EditCall<Value>, sides: { editor: CardEditor; threads: Threads }): Promise<void>;
  /** What is kept at the end, also when it was refused (`isMade`). May be repeated. */
  conclude?(call: EditCall<Value>, isMade: boolean, threads: Threads): Promise<void>;
  /** The comment that is made, once. */
  comment?(call: EditCall<Value>): string;
}

const EVERYWHERE: readonly Standing[] = ['onBoard', 'finished', 'archived'];
const OPEN: readonly Standing[] = ['onBoard', 'finished'];

const MOVE_FORM: EditForm = {
  title: 'Move card',
  submit: 'Move',
  field: { input: 'list', label: 'List' },
};

function edit<Value>(declared: Edit<Value>): Edit {
  return declared as unknown as Edit;
}

/** Everything that can be done to a card from Slack. A new edit is an entry here. */
export const EDITS: readonly Edit[] = [
  edit<Named>({
    name: 'assign_me',
    label: 'Assign to me',
    accessible: (title) => `Assign the card ${title} to me`,
    place: 'button',
    offered: ['onBoard'],
    asksWho: true,
    form: {
      title: 'Who are you in Trello?',
      submit: 'Assign me',
      field: {
        input: 'member',
        label: 'Your name on the board',
        hint: 'Asked once. Change it with /spacex-task me.',
        context: 'Not in the list? A board admin can add you in Trello.',
      },
    },
    phrase: () => 'assign to me',
    isSo: ({ members }, { id }) =>
      members.some((member) => member.id === id)
        ? { words: 'You’re already assigned.', button: { edit: 'unassign_me', label: 'Unassign me' } }
        : undefined,
    news: ({ value }) => ({ kind: 'member', key: `${value.id} true` }),
    apply: async ({ followed, value, by }, { editor }) => {
      const members = await editor.members(followed.board);
      if (!members.some(({ id }) => id === value.id))
        throw notOnBoard(editor.boardName(followed.board), value, by);
      await editor.assign(followed.card, value.id);
    },
  }),
  edit<Named>({
    name: 'unassign_me',
    label: 'Unassign me',
    place: 'none',
    offered: [],
    asksWho: true,
    phrase: () => 'unassign me',
    isSo: ({ members }, { id }) =>
      members.some((member) => member.id === id) ? undefined : { words: 'You aren’t assigned.' },
    news: ({ value }) => ({ kind: 'member', key: `${value.id} false` }),
    apply: async ({ followed, value }, { editor }) => await editor.unassign(followed.card, value.id),
  }),
  edit<Draw>({
    name: 'draw_again',
    label: 'Draw again',
    accessible: (title) => `Draw another member for the card ${title}`,
    place: 'button',
    offered: ['onBoard'],
    ofDrawn: true,
    confirm: {
      title: 'Draw again?',
      text: 'Another member of the board gets this card in place of the one who was drawn.',
      deny: 'Keep it',
    },
    phrase: () => 'draw again',
    // Each draw has one outcome, whoever presses and how often.
    once: ({ drawn }) => String(drawn?.times),
    async settle({ followed: { card, board, drawn } }, { editor, chance }) {
      const [drawable, { members }] = await Promise.all([editor.drawable(), editor.read(card)]);
      const rest = drawable.filter(({ id }) => !members.some((member) => member.id === id));
      const on = rest[Math.floor(chance() * rest.length)];
      if (!on) throw nobodyElse(editor.boardName(board));
      // Somebody may have handed the card on meanwhile; of several, none is taken off who was not drawn.
      const only = members.length === 1 ? members[0] : undefined;
      return { on, off: members.find(({ id }) => id === drawn?.member) ?? only };
    },
    news: ({ value: { on, off } }) => [
      { kind: 'member', key: `${on.id} true` },
      ...(off ? [{ kind: 'member', key: `${off.id} false` }] : []),
    ],
    async apply({ followed: { card }, value: { on, off } }, { editor }) {
      const { members } = await editor.read(card);
      const others = members.map(({ id }) => id).filter((id) => id !== on.id && id !== off?.id);
      // In one request, so that the card never has both, and none is lost.
      await editor.change(card, { members: [...others, on.id] });
    },
    async conclude({ followed: { id, drawn }, value }, isMade, threads) {
      const { member, times } = drawn ?? { member: '', times: 0 };
      await threads.noteDrawn(id, { member: isMade ? value.on.id : member, times: times + 1 });
    },
  }),
  edit<Named>({
    name: 'move',
    label: 'Move to…',
    accessible: (title) => `Move the card ${title} to another list`,
    place: 'button',
    inHome: true,
    offered: OPEN,
    form: MOVE_FORM,
    phrase: ({ name }) => `move to ${name}`,
    isSo: ({ list }, { id, name }) => (list.id === id ? { words: `It’s already in ${name}.` } : undefined),
    news: ({ value }) => ({ kind: 'list', key: value.id }),
    apply: (call, { editor }) => moveTo(call, editor, {}),
  }),
  edit<string>({
    name: 'comment',
    label: 'Comment…',
    place: 'menu',
    offered: EVERYWHERE,
    form: {
      title: 'Add a comment',
      submit: 'Comment',
      field: {
        input: 'prose',
        label: 'Comment',
        placeholder: 'Write to the people on this card',
        hint: 'Appears on the card with your name. Formatting and mentions stay plain text.',
      },
    },
    phrase: () => 'comment',
    news: (call) => ({ kind: 'comment', key: commentOf(call), text: call.value }),
    comment: commentOf,
  }),
  edit<number | null>({
    name: 'due',
    label: 'Due date…',
    place: 'menu',
    offered: OPEN,
    form: {
      title: 'Due date',
      submit: 'Save',
      field: { input: 'moment', label: 'Due', hint: 'In your time zone.' },
    },
    phrase: (due) => (due === null ? 'remove the due date' : 'set the due date'),
    isSo: ({ due }, value) => {
      if (due !== value) return undefined;
      return { words: value === null ? 'It has no due date.' : 'That is the due date already.' };
    },
    news: ({ value }) => ({ kind: 'due', key: value === null ? '' : String(value) }),
    apply: async ({ followed, value }, { editor }) => await editor.change(followed.card, { due: value }),
  }),
  edit<true>({
    name: 'complete',
    label: 'Mark complete',
    place: 'menu',
    offered: ['onBoard'],
    value: true,
    phrase: () => 'mark complete',
    isSo: ({ complete }) => (complete ? { words: 'It’s already complete.' } : undefined),
    news: () => ({ kind: 'complete', key: 'true' }),
    apply: async ({ followed }, { editor }) => await editor.change(followed.card, { complete: true }),
  }),
  edit<false>({
    name: 'reopen',
    label: 'Reopen',
    place: 'menu',
    offered: ['finished'],
    value: false,
    phrase: () => 'reopen',
    isSo: ({ complete }) =>
      complete
        ? undefined
        : { words: 'It isn’t marked complete. If it’s in the list for finished cards, use Move to….' },
    news: () => ({ kind: 'complete', key: 'false' }),
    apply: async ({ followed }, { editor }) => await editor.change(followed.card, { complete: false }),
  }),
  edit<true>({
    name: 'archive',
    label: 'Archive…',
    place: 'menu',
    offered: OPEN,
    value: true,
    form: {
      title: 'Archive this card?',
      submit: 'Archive',
      words: ' disappears from the board. Nothing is deleted: Send back returns it to its list at any time.',
    },
    phrase: () => 'archive',
    isSo: ({ closed }) => (closed ? { words: 'It’s already archived.' } : undefined),
    news: () => ({ kind: 'closed', key: 'true' }),
    apply: async ({ followed }, { editor }) => await editor.change(followed.card, { closed: true }),
  }),
  edit<false>({
    name: 'send_back',
    label: 'Send back',
    place: 'menu',
    offered: ['archived'],
    value: false,
    phrase: () => 'send back',
    isSo({ closed, list }) {
      // In an archived list it would be as unseen as before.
      if (list.closed) return { words: listGone(list), button: { edit: 'send_back_to', label: 'Move to…' } };
      return closed ? undefined : { words: 'It’s already on the board.' };
    },
    news: () => ({ kind: 'closed', key: 'false' }),
    apply: async ({ followed }, { editor }) => await editor.change(followed.card, { closed: false }),
  }),
  edit<Named>({
    name: 'send_back_to',
    label: 'Move to…',
    place: 'none',
    offered: [],
    form: MOVE_FORM,
    phrase: ({ name }) => `send back to ${name}`,
    isSo: ({ closed, list }, { id, name }) =>
      !closed && list.id === id ? { words: `It’s already in ${name}.` } : undefined,
    news: ({ value }) => [
      { kind: 'list', key: value.id },
      { kind: 'closed', key: 'false' },
    ],
    apply: (call, { editor }) => moveTo(call, editor, { closed: false }),
  }),
  edit<true>({
    name: 'mute',
    label: 'Mute updates',
    place: 'menu',
    offered: EVERYWHERE,
    muted: false,
    value: true,
    act: 'muted',
    phrase: () => 'mute updates',
    apply: async ({ id, followed, by }, { threads }) => await threads.mute(followed.id, true, by, id),
  }),
  edit<false>({
    name: 'unmute',
    label: 'Unmute updates',
    place: 'menu',
    offered: EVERYWHERE,
    muted: true,
    value: false,
    act: 'unmuted',
    phrase: () => 'unmute updates',
    apply: async ({ id, followed, by }, { threads }) => await threads.mute(followed.id, false, by, id),
  }),
];

/** Who gets a card by a draw, and in whose place. */
interface Draw {
  on: Named;
  off?: Named | undefined;
}

function nobodyElse(board: string | undefined): AppError {
  const where = board === undefined ? 'the board' : `“${board}”`;
  return new AppError({
    code: 'nobody_else',
    retry: 'never',
    userMessage: `Nobody else on ${where} can be drawn. A board admin can add a member who isn’t an observer.`,
    operatorMessage: `Everybody on ${where} who can be drawn is on the card.`,
  });
}

/** What stands on the card: who wrote it, then their words. Trello reads it as Markdown, in which nothing of it is any. */
function commentOf({ value, by }: EditCall<string>): string {
  return `${literal(by.name)} in Slack:\n\n${literal(value)}`;
}

/** Text as it is for a reader of Markdown: no formatting, no link of another name, and no mention that notifies. */
function literal(text: string): string {
  return text
    .replace(/[\\`*_{}[\]()<>#+!|~]/g, '\\$&')
    .replace(/^(\s*)([-=])/gm, '$1\\$2')
    .replace(/^(\s*\d+)\./gm, '$1\\.')
    .replaceAll('@', '@\u200b');
}

async function moveTo(
  { followed, value }: EditCall<Named>,
  editor: CardEditor,
  change: CardChange,
): Promise<void> {
  const lists = await editor.lists(followed.board);
  if (!lists.some(({ id }) => id === value.id)) {
    throw new AppError({
      code: 'list_gone',
      retry: 'never',
      userMessage: listGone(value),
      operatorMessage: `The list ${value.id} is closed, or on another board.`,
    });
  }
  await editor.change(followed.card, { ...change, list: value.id });
}

function listGone({ name }: Named): string {
  return `The list “${name}” is no longer on the board. Press Move to… for the current lists.`;
}

function notOnBoard(board: string | undefined, { name }: Named, { user }: Person): AppError {
  const where = board === undefined ? 'the board' : `“${board}”`;
  return new AppError({
    code: 'not_on_board',
    retry: 'never',
    userMessage: `You aren’t a member of ${where} in Trello. A board admin can add you; then press Assign to me again.`,
    operatorMessage: `${name}, who is ${user} in Slack, is not on ${where}.`,
  });
}
