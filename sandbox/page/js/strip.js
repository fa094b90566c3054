import { act } from './act.js';
import { announce, byId } from './dom.js';
import { state } from './store.js';

const AFTER_FAULT = {
  error: 'Answered 500: making sure there is no card, then again.',
  lost: 'The answer was lost: looking for the card before another try.',
  limited: 'Answered 429: waiting until Trello may be asked again.',
  refused: 'Refused, so there is no other try. Switch back, then retry the request.',
};
const BEFORE_FAULT = {
  error: 'Waits for the next card.',
  lost: 'Waits for the next card.',
  limited: 'Waits for the next card.',
  slow: 'Every card, until you switch back.',
  refused: 'Every card, until you switch back.',
};
const BODY = { type: 'issue', title: 'Send message', description: 'Let pilots send messages to Central' };

export function startStrip() {
  byId('faults').addEventListener('change', ({ target }) => act('trello/faults', { mode: target.value }));
  byId('copy').addEventListener('click', copy);
  // On a phone the open tools would fill the screen.
  if (matchMedia('(max-width: 760px)').matches) byId('tools').open = false;
}

export function renderStrip() {
  const { slack, trello, faults, token } = state;
  if (!slack) byId('about').textContent = 'The real bridge between your own Slack and a local Trello board.';
  if (!trello) byId('about').textContent = 'The real bridge between a local Slack and your own Trello board.';
  byId('curl-tool').hidden = !token;
  if (token && byId('curl').dataset.token !== token) {
    byId('curl').dataset.token = token;
    byId('curl').textContent = curl(token);
  }
  byId('faults-tool').hidden = !faults;
  byId('faults').value = faults?.mode ?? 'none';
  const status = faults ? (AFTER_FAULT[faults.met] ?? BEFORE_FAULT[faults.mode] ?? '') : '';
  if (byId('faults-status').textContent !== status) byId('faults-status').textContent = status;
}

/** One line, quoted for POSIX shells. */
function curl(token) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    'curl -sS',
    quoted(`${location.origin}/tasks`),
    '-H',
    quoted(`Authorization: Bearer ${token}`),
    "-H 'Content-Type: application/json'",
    '-d',
    quoted(JSON.stringify(BODY)),
  ].join(' ');
}

async function copy() {
  const line = byId('curl');
  try {
    await navigator.clipboard.writeText(line.textContent);
  } catch {
    // Without HTTPS the clipboard is not available: select the line instead.
    getSelection().selectAllChildren(line);
    announce('The line is selected.');
    return;
  }
  byId('copy').textContent = 'Copied';
  announce('Copied');
  setTimeout(() => {
    byId('copy').textContent = 'Copy';
  }, 2_000);
}
