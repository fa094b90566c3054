import { announce } from './dom.js';
import { plainText } from './mrkdwn.js';
import { authorOf, changed, channelsOfMine, nameOf, rememberedPerson, seenKey, state } from './store.js';

/** Keeps `state` current by server-sent events: a snapshot, then every change. */
export function connect() {
  const source = new EventSource('/events');
  source.addEventListener('snapshot', ({ data }) => takeAll(JSON.parse(data)));
  source.addEventListener('slack', ({ data }) => takeSlack(JSON.parse(data)));
  source.addEventListener('trello', ({ data }) => takeTrello(JSON.parse(data)));
  source.addEventListener('faults', ({ data }) => take({ faults: JSON.parse(data) }));
  source.addEventListener('running', ({ data }) => take({ running: JSON.parse(data) }));
  source.addEventListener('error', () => document.body.classList.add('offline'));
  source.addEventListener('open', () => document.body.classList.remove('offline'));
}

function take(changes) {
  Object.assign(state, changes);
  changed();
}

const NOTHING = { workspaces: undefined, boards: undefined, faults: undefined, token: undefined };

function takeAll(everything) {
  take({ ...NOTHING, installUrl: undefined, ...everything });
  state.fresh = new Set();
  if (!state.slack) return;
  state.me = rememberedPerson();
  const channel = state.channel ?? sessionStorage.getItem('channel');
  const mine = channelsOfMine();
  state.channel = mine.some(({ id }) => id === channel) ? channel : mine[0]?.id;
  for (const { team, people, messages } of state.workspaces) {
    for (const { id: person } of people) {
      for (const [id, posted] of Object.entries(messages)) {
        const key = seenKey(team.id, person, id);
        if (!state.seen.has(key)) state.seen.set(key, posted.at(-1)?.ts ?? '');
      }
    }
  }
}

function takeSlack(change) {
  const slack = state.workspaces?.find(({ team }) => team.id === change.team);
  if (!slack) return;
  if (change.channel) keep(slack.channels, change.channel);
  switch (change.type) {
    case 'message_posted':
    case 'message_changed':
      slack.messages[change.channel.id] ??= [];
      keep(slack.messages[change.channel.id], change.message, 'ts');
      if (change.type === 'message_posted' && slack === state.slack)
        announceMessage(change.channel, change.message);
      break;
    case 'message_deleted':
      drop(slack.messages[change.channel.id] ?? [], change.message.ts, 'ts');
      break;
    case 'ephemeral_shown':
      slack.ephemerals.push(change.ephemeral);
      if (change.ephemeral.user === state.me && slack === state.slack)
        announce(`Only visible to you: ${plainText(change.ephemeral.message)}`);
      break;
    case 'ephemeral_hidden':
      slack.ephemerals = slack.ephemerals.filter(({ message }) => message.ts !== change.ephemeral.message.ts);
      break;
    case 'view_opened':
    case 'view_changed': {
      const place = slack.views.findIndex(({ view }) => view.id === change.open.view.id);
      if (place >= 0) slack.views[place] = change.open;
      else slack.views.push(change.open);
      break;
    }
    case 'view_closed':
      slack.views = slack.views.filter(({ view }) => view.id !== change.open.view.id);
      break;
    case 'home_published':
      slack.homes[change.user] = change.view;
      break;
    case 'connection':
      slack.connected = change.connected;
      break;
    case 'installation':
      slack.installed = change.installed;
      slack.channels = change.channels;
      announce(
        `${slack.app.name} ${change.installed ? 'was installed in' : 'was removed from'} ${slack.team.name}`,
      );
      break;
  }
  changed();
}

function announceMessage(channel, message) {
  if (!channel.members.includes(state.me) || message.user === state.me) return;
  const place = channel.kind === 'im' ? 'a direct message' : nameOf(channel);
  announce(`${authorOf(message.user).name} in ${place}: ${plainText(message)}`);
}

function takeTrello(change) {
  if (!state.boards) return;
  const board = state.boards.find(({ id }) => id === change.of);
  if (change.type === 'board') keep(state.boards, change.board);
  else if (change.type === 'card_gone') drop(board?.cards ?? [], change.id);
  else if (board) {
    keep(board.cards, change.card);
    if (change.type === 'card_made') {
      state.fresh.add(change.card.id);
      state.newest = change.card.id;
      announce(`New card on ${board.name}: ${change.card.name}`);
    }
  }
  changed();
}

function keep(items, item, key = 'id') {
  const place = items.findIndex((one) => one[key] === item[key]);
  if (place >= 0) items[place] = item;
  else items.push(item);
}

function drop(items, id, key = 'id') {
  const place = items.findIndex((one) => one[key] === id);
  if (place >= 0) items.splice(place, 1);
}
