import { blockNode } from './blocks.js';
import { el } from './dom.js';
import { FIELDS } from './fields.js';
import { state } from './store.js';

/** The identity of a field: after an update, a field with the same key keeps its element and what was typed. */
export function blockKey(block) {
  const { element = {} } = block;
  return `${block.block_id}/${element.action_id ?? ''}/${element.type ?? block.type}/${element.multiline ? 'many' : ''}`;
}

/** A block of a modal: an input with its label, hint and error, or any other block. */
export function modalBlock(block, open, { onChoice, onAction }) {
  if (block.type !== 'input') {
    return el(
      'div',
      { class: 'modal-block' },
      blockNode(block, {
        onAction,
        typed: (blockId, actionId) => open.view.state.values[blockId]?.[actionId],
      }),
    );
  }
  const { element } = block;
  const kind = fieldKind(element);
  const id = `field-${block.block_id}`;
  const typed = open.view.state.values[block.block_id]?.[element.action_id];
  const field = kind.make(element, typed, state.slack.people);
  field.id = id;
  field.dataset.block = block.block_id;
  field.dataset.action = element.action_id;
  if (block.dispatch_action) field.addEventListener('change', () => onChoice(block, kind.read(field)));
  const single = field.tagName !== 'DIV';
  const node = el(
    'div',
    { class: 'modal-block field' },
    el(single ? 'label' : 'p', { class: 'field-label', id: `${id}-label`, ...(single && { htmlFor: id }) }),
    field,
    el('p', { class: 'field-error', id: `${id}-error` }),
    el('p', { class: 'hint', id: `${id}-hint` }),
  );
  if (!single) field.setAttribute('aria-labelledby', `${id}-label`);
  node.read = () => kind.read(field);
  return node;
}

/** Updates label, hint, placeholder and error. */
export function patchBlock(node, block, error) {
  if (block.type !== 'input') return;
  const field = node.querySelector('[data-block]');
  const [label, , errorLine, hint] = node.children;
  label.replaceChildren(
    block.label.text,
    block.optional ? el('span', { class: 'optional' }, ' (optional)') : '',
  );
  hint.textContent = block.hint?.text ?? '';
  errorLine.textContent = error ?? '';
  node.classList.toggle('wrong', error !== undefined);
  field.setAttribute('aria-invalid', String(error !== undefined));
  field.setAttribute('aria-required', String(!block.optional));
  const described = [error && errorLine.id, block.hint && hint.id].filter(Boolean);
  field.setAttribute('aria-describedby', described.join(' '));
  fieldKind(block.element).patch?.(field, block.element);
}

const fieldKind = ({ type }) => FIELDS[type];
