import { el } from './dom.js';
import { textNode } from './text.js';

/** Asks as an element's `confirm` says. Resolves with whether the person confirmed; with true where there is none. */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const dialog = el(
      'dialog',
      { class: 'confirm', 'aria-labelledby': 'confirm-title' },
      el('header', { class: 'dialog-head' }, el('h2', { id: 'confirm-title' }, confirm.title.text)),
      el('div', { class: 'dialog-body' }, textNode(confirm.text)),
      el(
        'footer',
        { class: 'dialog-foot' },
        el(
          'button',
          { type: 'button', class: 'button', on: { click: () => dialog.close() } },
          confirm.deny.text,
        ),
        el(
          'button',
          {
            type: 'button',
            class: `button ${confirm.style ?? 'primary'}`,
            on: { click: () => dialog.close('confirmed') },
          },
          confirm.confirm.text,
        ),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'confirmed');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
