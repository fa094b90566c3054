import { act } from './act.js';
import { confirmed } from './confirm.js';
import { el } from './dom.js';
import { state } from './store.js';

/** What a workspace without the app shows in place of the commands. */
export function installInvitation() {
  const { app, team } = state.slack;
  const missing = `${app.name} is not installed in ${team.name}`;
  if (!state.installUrl) {
    return [
      el(
        'p',
        {},
        `${missing}: this bridge has the token of one workspace. To install and set it up by clicking, start`,
      ),
      el('p', {}, el('code', {}, 'npm run sandbox -- --oauth')),
    ];
  }
  return [
    el(
      'p',
      {},
      `${missing} yet. Install it, then type ${state.slack.commands[0].command} setup to connect it to a board.`,
    ),
    el(
      'p',
      { class: 'suggested' },
      el(
        'a',
        { class: 'button primary', href: state.installUrl, target: '_blank', on: { click: signIn } },
        `Install ${app.name}`,
      ),
    ),
  ];
}

/** What can be done with the app in the workspace that is shown, as entries of a menu. */
export function installationItems() {
  const { app, team, installed } = state.slack;
  if (!state.installUrl) return [];
  return installed
    ? [{ text: `Remove ${app.name} from ${team.name}…`, run: remove }]
    : [{ text: `Install ${app.name} in ${team.name}…`, run: install }];
}

function install() {
  signIn();
  open(state.installUrl, '_blank');
}

/** The local Slack's page then asks who one is here first. */
function signIn() {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs https.
  document.cookie = `signed-in=${state.slack.team.id}/${state.me}; path=/oauth; SameSite=Lax`;
}

async function remove() {
  const { app, team } = state.slack;
  const text = (words) => ({ type: 'plain_text', text: words });
  const sure = await confirmed({
    title: text(`Remove ${app.name}?`),
    text: text(`It can do nothing in ${team.name} until it is installed again. Its messages stay.`),
    confirm: text('Remove'),
    deny: text('Keep it'),
    style: 'danger',
  });
  if (sure) await act('slack/uninstall', {});
}
