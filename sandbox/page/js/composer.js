import { act } from './act.js';
import { el } from './dom.js';
import { icon } from './icons.js';
import { shortcutsButton } from './shortcuts.js';
import { shortcutsOf, state } from './store.js';
import { createSuggestions } from './suggestions.js';

/** A message box. `threadTs()` returns the thread to reply in; `onSend()` is called before a message is sent. */
export function createComposer(parent, id, { onSend, threadTs = () => undefined }) {
  const field = el('textarea', {
    id: `${id}-text`,
    rows: 1,
    'aria-label': 'Message',
    autocomplete: 'off',
    spellcheck: false,
  });
  const send = el('button', { type: 'submit', class: 'send', 'aria-label': 'Send' }, icon('send'));
  const shortcuts = shortcutsButton({
    label: 'Shortcuts',
    sign: 'shortcuts',
    shortcuts: () => shortcutsOf('global'),
    choose: (callbackId) => act('slack/shortcut', { user: state.me, callbackId }),
  });
  const form = el('form', { class: 'composer' }, field, shortcuts, send);
  const suggestions = createSuggestions(field, `${id}-suggestions`, () => (threadTs() ? [] : commandsHere()));
  parent.append(el('div', { class: 'composer-frame' }, suggestions.list, form));

  const grow = () => {
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight, 140)}px`;
    suggestions.render();
  };
  field.addEventListener('input', grow);
  field.addEventListener('blur', () => suggestions.close());
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (suggestions.handleKey(event)) {
      event.preventDefault();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === '') return;
    field.value = '';
    grow();
    field.focus();
    onSend();
    // Keep the text if it could not be sent.
    if (!(await sendText(text, threadTs())) && field.value === '') {
      field.value = text;
      grow();
    }
  });

  return {
    /** `placeholder` is short enough for a narrow pane; `label` says all of it. */
    describe(placeholder, label) {
      shortcuts.hidden = shortcutsOf('global').length === 0;
      field.placeholder = placeholder;
      field.setAttribute('aria-label', label);
    },
    fill(text) {
      field.value = text;
      field.focus();
      grow();
    },
  };
}

function sendText(text, threadTs) {
  const at = { user: state.me, channel: state.channel };
  const [, command, rest] = /^(\/[^\s/]+)\s*([\s\S]*)$/.exec(text) ?? [];
  if (command === undefined) return act('slack/say', { ...at, text, threadTs });
  if (!commandsHere().some((known) => known.command === command)) {
    return act('slack/unknown-command', { ...at, command, threadTs });
  }
  if (command === '/invite' && threadTs === undefined) return act('slack/invite', at);
  return act('slack/command', { ...at, command, text: rest, threadTs });
}

/** A workspace without the app does not know its commands. */
function commandsHere() {
  return state.slack?.installed ? state.slack.commands : [];
}
