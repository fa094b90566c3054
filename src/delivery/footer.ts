import type { Job, Thread } from './job.ts';

/** The last line of a card's description: who asked, from where, and the reference. Trello reads it as Markdown. */
export function footer(
  { requester, reference }: Pick<Job, 'requester' | 'reference'>,
  thread: Thread | null,
): string {
  return `Asked by ${asker(requester, thread)} · Reference \`${reference}\``;
}

function asker(requester: Job['requester'], thread: Thread | null): string {
  if (requester.source === 'api') return `${literal(requester.subject)} over the API`;
  return `${literal(requester.name)} ${thread?.link ? `in [Slack](${thread.link})` : 'in Slack'}`;
}

/** A name as it is, whatever it holds: no link, no emphasis, no mention, one line, at most 100 characters. */
function literal(name: string): string {
  return name
    .replace(/\s+/g, ' ')
    .slice(0, 100)
    .replace(/[\\`*_{}[\]()<>#+!|~@]/g, '\\$&');
}
