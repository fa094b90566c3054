import { el } from './dom.js';
import { authorOf, channelsOfMine, goTo, nameOf, state } from './store.js';

export function mention(user) {
  const known = user === state.slack.app.user || state.slack.people.some(({ id }) => id === user);
  const text = known ? `@${authorOf(user).name}` : `@${user}`;
  return el('span', { class: user === state.me ? 'mention mention-me' : 'mention' }, text);
}

export function channelLink(id) {
  const channel = channelsOfMine().find((one) => one.id === id);
  if (!channel) return el('span', { class: 'mention' }, '#private-channel');
  return el(
    'button',
    { type: 'button', class: 'mention mention-channel', on: { click: () => goTo(id) } },
    `#${nameOf(channel)}`,
  );
}
