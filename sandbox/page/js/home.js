import { act } from './act.js';
import { blockNode } from './blocks.js';
import { byId, el, renderList } from './dom.js';
import { changed, state } from './store.js';
import { selectTab, startTabs } from './tabs.js';

const TABS = ['home', 'messages'];
const OPENING = { type: 'section', text: { type: 'plain_text', text: 'Opening…' } };

/** Whose Home is on the screen, by whether the bridge is connected: Slack tells the app each time that somebody opens theirs. */
let opened;

export function startHome() {
  startTabs(TABS, (tab) => {
    state.appTab = tab;
    changed();
  });
}

/** In the conversation with the app, the tabs over it; and the person's Home, when that is chosen. */
export function renderHome({ kind, members }) {
  const { app, installed, connected, team, homes } = state.slack;
  const isApp = installed && kind === 'im' && members.includes(app.user);
  const isHome = isApp && state.appTab === 'home';
  byId('app-tabs').hidden = !isApp;
  byId('home').hidden = !isHome;
  for (const id of ['messages-scroller', 'composer']) byId(id).hidden = isHome;
  selectTab(TABS, isHome ? 'home' : 'messages');
  const whose = isHome ? `${team.id} ${state.me} ${connected}` : undefined;
  if (whose !== undefined && whose !== opened) act('slack/open-home', { user: state.me });
  opened = whose;
  if (isHome) renderBlocks(homes[state.me]?.blocks ?? [OPENING]);
}

/** Blocks keep their places while the Home is published again, except for buttons, which belong to their tasks. */
function renderBlocks(blocks) {
  const shown = blocks.map((block, place) => ({ block, place }));
  renderList(byId('home-blocks'), shown, {
    key: ({ block, place }) => (block.type === 'actions' ? block.block_id : String(place)),
    look: ({ block }) => [block.type === 'actions' ? block : { ...block, block_id: '' }, state.me],
    make: ({ block }) => el('div', { class: 'home-block' }, blockNode(block, { onAction })),
  });
}

function onAction(blockId, actionId, value) {
  act('slack/home-action', { user: state.me, blockId, actionId, value });
}
