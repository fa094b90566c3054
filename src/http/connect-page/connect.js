/** Where the tab remembers, while it is on Trello's page, what it is connecting. */
const STATE = 'trello-connect';
const DENIED =
  'Nothing was connected: Trello was not allowed to. To try again, go back to Slack and press the button again.';
const LOST = 'There is nothing to connect here. Go back to Slack and press the button there.';
const NO_ANSWER =
  'This app isn’t answering. Whether Trello was connected is seen in Slack; if it was not, press the button there again.';

const { authorize } = document.querySelector('main').dataset;
const address = new URL(location.href);
const fragment = new URLSearchParams(address.hash.slice(1));
// Before anything else can fail: the token must not stay in the address or in the history of the tab.
history.replaceState(null, '', address.pathname);

if (authorize) {
  sessionStorage.setItem(STATE, address.searchParams.get('state'));
  location.replace(authorize);
} else {
  const state = sessionStorage.getItem(STATE) ?? '';
  sessionStorage.removeItem(STATE);
  if (fragment.has('token')) say(await send({ state, token: fragment.get('token') }));
  else say(fragment.has('error') ? DENIED : LOST);
}

/** Resolves with the sentence for the person. */
async function send(body) {
  try {
    const response = await fetch(address.pathname, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
    });
    const { sentence, detail } = await response.json();
    return sentence ?? detail;
  } catch {
    return NO_ANSWER;
  }
}

function say(sentence) {
  document.querySelector('[role="status"]').textContent = sentence;
}
