import { announce, el } from './dom.js';

/** Does something as a person; undefined when it could not be done, which the page then says. */
export async function act(what, given) {
  try {
    const response = await fetch(`/sandbox/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(given),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    complain(answer.error);
  } catch {
    complain('The sandbox does not answer. Is it still running?');
  }
  return undefined;
}

function complain(text) {
  announce(text);
  const note = el('p', { class: 'complaint' }, text);
  document.body.append(note);
  setTimeout(() => note.remove(), 6_000);
}
