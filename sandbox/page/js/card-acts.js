import { act } from './act.js';
import { memberOption } from './board.js';
import { announce, el } from './dom.js';
import { boardMember, play, state } from './store.js';

/** Unsent comments by card: the dialog is rendered anew whenever its card changes. */
const drafts = new Map();

/** What a member of the board can do with a card. Every control has a `data-focus`, so that the focus can be kept. */
export function cardActs(card) {
  const member = boardMember();
  const isMine = card.members.some(({ id }) => id === member.id);
  return el(
    'section',
    { class: 'card-acts', 'aria-label': 'On the board' },
    memberChoice(member),
    commentForm(card),
    dueForm(card),
    el(
      'p',
      { class: 'card-buttons' },
      button(isMine ? 'Leave' : 'Join', 'join', () => perform('assign', card, { on: !isMine })),
      button(card.dueComplete ? 'Reopen' : 'Mark complete', 'complete', () =>
        perform('complete', card, { on: !card.dueComplete }),
      ),
      button(card.closed ? 'Send to board' : 'Archive', 'archive', () =>
        perform('archive', card, { on: !card.closed }),
      ),
      // As in Trello, only an archived card can be deleted.
      card.closed && button('Delete', 'delete', () => perform('delete', card), 'danger'),
    ),
  );
}

function memberChoice({ id }) {
  const choice = el(
    'select',
    { id: 'card-me', data: { focus: 'me' }, on: { change: ({ target }) => play(target.value) } },
    state.trello.members.map(memberOption),
  );
  choice.value = id;
  return el('p', { class: 'card-line' }, el('label', { for: 'card-me' }, 'As'), choice);
}

function commentForm(card) {
  const field = el('textarea', {
    rows: 2,
    'aria-label': 'Comment',
    placeholder: 'Write a comment',
    maxLength: 16_384,
    value: drafts.get(card.id) ?? '',
    data: { focus: 'comment' },
    on: { input: () => drafts.set(card.id, field.value) },
  });
  const send = async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === '') return;
    drafts.delete(card.id);
    if (!(await perform('comment', card, { text }))) drafts.set(card.id, text);
  };
  return el('form', { class: 'card-line', on: { submit: send } }, field, submit('Comment', 'send-comment'));
}

function dueForm(card) {
  const field = el('input', {
    type: 'date',
    id: 'card-due',
    value: card.due?.slice(0, 10) ?? '',
    data: { focus: 'due' },
  });
  const send = (event) => {
    event.preventDefault();
    void perform('due', card, { due: field.value === '' ? null : `${field.value}T12:00:00.000Z` });
  };
  return el(
    'form',
    { class: 'card-line', on: { submit: send } },
    el('label', { for: 'card-due' }, 'Due'),
    field,
    submit('Set date', 'set-due'),
  );
}

function submit(label, focus) {
  return el('button', { type: 'submit', class: 'button small', data: { focus } }, label);
}

function button(label, focus, click, look = '') {
  return el(
    'button',
    { type: 'button', class: `button small ${look}`, data: { focus }, on: { click } },
    label,
  );
}

async function perform(what, card, given = {}) {
  const done = await act(`trello/${what}`, { member: boardMember().id, card: card.id, ...given });
  if (done) announce(`Done: ${card.name}`);
  return done;
}
