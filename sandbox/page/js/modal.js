import { act } from './act.js';
import { byId, el } from './dom.js';
import { icon } from './icons.js';
import { blockKey, modalBlock, patchBlock } from './modal-blocks.js';
import { state } from './store.js';

let shown;
/** By the id of a view that is open: the control that had the focus last. */
const left = new Map();

/** Renders the top modal of this person's stack. */
export function renderModal() {
  const dialog = byId('modal');
  const open = state.slack?.views.findLast(({ user, view }) => user === state.me && view.type === 'modal');
  if (!open) {
    shown = undefined;
    left.clear();
    if (dialog.open) dialog.close();
    return;
  }
  const isNew = shown?.view.id !== open.view.id;
  const hadErrors = Object.keys(shown?.errors ?? {}).length > 0;
  const changedErrors = shown?.errors !== open.errors;
  const { focus } = dialog.contains(document.activeElement) ? document.activeElement.dataset : {};
  if (shown && focus) left.set(shown.view.id, focus);
  shown = open;
  if (isNew) build(dialog);
  patch(dialog, open);
  if (!dialog.open) dialog.showModal();
  if (isNew || !dialog.contains(document.activeElement)) enter(dialog, left.get(open.view.id));
  else if (changedErrors && !hadErrors) dialog.querySelector('[aria-invalid="true"]')?.focus();
}

/** Puts the focus on the control that had it in this view before, or on the first one. */
function enter(dialog, focus) {
  const before = focus && dialog.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
  const first = before || dialog.querySelector('.modal-blocks :is(a, button, input, select, textarea)');
  (first || dialog.querySelector('.dialog-foot button')).focus({ preventScroll: true });
}

export function startModal() {
  byId('modal').addEventListener('cancel', (event) => {
    event.preventDefault();
    close();
  });
}

function build(dialog) {
  const form = el(
    'form',
    { novalidate: true, on: { submit } },
    el(
      'header',
      { class: 'dialog-head' },
      el(
        'span',
        { class: 'avatar', 'aria-hidden': 'true', data: { colour: 'app' } },
        state.slack.app.name.charAt(0),
      ),
      el('h2', { id: 'modal-title' }),
      el(
        'button',
        { type: 'button', class: 'icon-button', 'aria-label': 'Close', on: { click: close } },
        icon('close'),
      ),
    ),
    el(
      'div',
      { class: 'dialog-body' },
      el('p', { class: 'trouble', role: 'alert' }),
      el('div', { class: 'modal-blocks' }),
    ),
    el(
      'footer',
      { class: 'dialog-foot' },
      el('button', { type: 'button', class: 'button', on: { click: close } }),
      el('button', { type: 'submit', class: 'button primary' }),
    ),
  );
  dialog.replaceChildren(form);
}

function patch(dialog, open) {
  dialog.querySelector('#modal-title').textContent = open.view.title?.text ?? '';
  const [closes, submits] = dialog.querySelectorAll('.dialog-foot button');
  closes.textContent = open.view.close?.text ?? 'Cancel';
  submits.textContent = open.view.submit?.text ?? '';
  submits.hidden = !open.view.submit;
  dialog.querySelector('.trouble').textContent = open.trouble ?? '';
  const place = dialog.querySelector('.modal-blocks');
  const known = new Map([...place.children].map((node) => [node.dataset.key, node]));
  const nodes = open.view.blocks.map((block) => {
    const key = blockKey(block);
    const node =
      (block.type === 'input' && known.get(key)) || modalBlock(block, open, { onChoice, onAction });
    node.dataset.key = key;
    patchBlock(node, block, open.errors[block.block_id]);
    return node;
  });
  for (const node of known.values()) if (!nodes.includes(node)) node.remove();
  // Move only elements in the wrong place: a moved element loses the focus.
  for (const [index, node] of nodes.entries()) {
    if (place.children[index] !== node) place.insertBefore(node, place.children[index] ?? null);
  }
}

function values() {
  const typed = {};
  for (const node of byId('modal').querySelectorAll('.field')) {
    const { block, action } = node.querySelector('[data-block]').dataset;
    typed[block] = { [action]: node.read() };
  }
  return typed;
}

const target = () => ({ user: state.me, viewId: shown.view.id });

async function submit(event) {
  event.preventDefault();
  const button = event.target.querySelector('[type=submit]');
  if (button.hidden || button.disabled) return;
  button.disabled = true;
  await act('slack/view-submit', { ...target(), values: values() });
  button.disabled = false;
}

function onChoice({ block_id: blockId, element }, value) {
  act('slack/view-action', { ...target(), blockId, actionId: element.action_id, value, values: values() });
}

function onAction(blockId, actionId, value) {
  act('slack/view-action', { ...target(), blockId, actionId, value, values: values() });
}

function close() {
  act('slack/view-close', target());
}
