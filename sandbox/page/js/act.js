import { announce, el } from './dom.js';
import { state } from './store.js';

/** Performs an action as a person, in the workspace that is shown. Resolves with undefined when it failed; the page shows why. */
export async function act(what, given) {
  try {
    const response = await fetch(`/sandbox/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ team: state.slack?.team.id, ...given }),
    });
    const body = await response.json();
    if (response.ok) return body;
    showError(body.error);
  } catch {
    showError('The sandbox does not answer. Is it still running?');
  }
  return undefined;
}

function showError(text) {
  announce(text);
  const note = el('p', { class: 'error-note' }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 6_000);
}
