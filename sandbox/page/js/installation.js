import { act } from './act.js';
import { confirmed } from './confirm.js';
import { el } from './dom.js';
import { state } from './store.js';

/** What a workspace without the app shows in place of the commands. */
export function installInvitation() {
  const { app, team } = state.slack;
  if (!state.installUrl) {
    return el(
      'p',
      {},
      `${app.name} is not installed in ${team.name}: the bridge here has the token of one workspace.`,
    );
  }
  return el(
    'p',
    {},
    `${app.name} is not installed in ${team.name}. `,
    el('a', { href: state.installUrl, target: '_blank' }, 'Install it'),
  );
}

/** What can be done with the app in the workspace that is shown, as entries of a menu. */
export function installationItems() {
  const { app, team, installed } = state.slack;
  if (!state.installUrl) return [];
  return installed
    ? [{ text: `Remove ${app.name} from ${team.name}…`, run: remove }]
    : [{ text: `Install ${app.name} in ${team.name}…`, run: () => open(state.installUrl, '_blank') }];
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
