import { asMade, type CardState, type Link } from './flows/card-activity/link.ts';
import { type Card, type CardJob, cardOf, requestOf, type ThreadJob } from './flows/create-card/job.ts';
import type { SlackOrigin } from './tasks/request.ts';
import { madeAt } from './trello/cards.ts';

/** The link of a job's thread to its card; `undefined` for a card of a record that does not say where it is. */
export function linkOf(job: ThreadJob): Link | undefined {
  const { id, state, steps } = job;
  const card = cardOf(job);
  if (!card?.board) return undefined;
  const { origin, reference, kind } = state;
  const { channel, ts, thread = ts, direct, refusal } = steps.root.result;
  const now = Date.now();
  return {
    id: reference,
    board: card.board,
    card: card.id,
    team: origin.team,
    channel,
    ...(origin.source === 'slack' && !direct && { channelName: origin.channelName }),
    root: ts,
    thread,
    ...(origin.source === 'slack' ? { user: origin.user, name: origin.name } : { name: origin.subject }),
    ...(direct && origin.source === 'slack' && { asked: askedOf(origin, refusal) }),
    job: id,
    request: { label: kind.label, ...requestOf(job), title: card.title },
    url: card.url,
    ...(card.drawn && { drawn: { member: card.drawn.id, times: 0 } }),
    createdAt: now,
    since: card.followed?.at ?? madeAt(card.id),
    changedAt: now,
  };
}

/** Where a person asked whose thread is in a direct message. */
function askedOf(
  { channel, channelName, message }: SlackOrigin,
  refusal?: string,
): NonNullable<Link['asked']> {
  return { channel, channelName, refusal, ...(message && { message: { ts: message.ts } }) };
}

/** What is known of a card before it is read. */
export function stateOf(
  { state: { draft } }: CardJob,
  { id, board = '', title, url, ...made }: Card,
): CardState {
  const { list, labels, assignee, followed } = made;
  const card = { card: id, board, url, request: { title } };
  if (followed) {
    const { assignees, due, standing } = followed;
    const known = { list: { id: '', name: list, closed: false }, due, labels };
    const members = assignees.map((name) => ({ id: '', name }));
    const [finished, closed] = [standing === 'finished', standing === 'archived'];
    return { ...asMade(card, { ...known, members }), complete: finished, finished, closed };
  }
  return asMade(card, {
    list: { id: '', name: list, closed: false },
    due: draft.due === undefined ? null : Date.parse(draft.due),
    members: assignee === undefined ? [] : [{ id: '', name: assignee }],
    labels,
  });
}
