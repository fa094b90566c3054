import type { Message } from '../../sandbox/slack/messages.ts';
import { shown } from '../support/shown.ts';
import { type Standing, tagIn } from './board-record.ts';

/** What a message of a thread says of its card. */
export interface Told {
  /** Fields that the message says something of. */
  changes: Partial<Pick<Standing, 'list' | 'closed' | 'complete' | 'due'>>;
  on: string[];
  off: string[];
  /** The oldest first; of a summary only the last has a tag and an author. */
  comments: { tag?: string; author?: string }[];
  attachments: number;
  /** The first words of lines with an author whom nobody knows. */
  strangers: string[];
  /** A summary that leaves something out, as “and 2 more” does: what it does not say is not known. */
  isShortened: boolean;
}

const WHEN = String.raw`\{(\d+)\} at \{\d+\}`;
/** With the seconds since 1970. */
const asSeconds = ({ timestamp }: Record<string, unknown>) => `{${timestamp}}`;

/** The text of a message, with dates as seconds since 1970. */
export const textOf = (message: Message) => shown(message, asSeconds);

/** Reads a message of a thread. `people`: the names of all who may have done something; `lists`: those of the board. */
export function createReader(people: readonly string[], lists: readonly string[]) {
  const name = `(?:${people.join('|')})`;
  const names = `(${name}(?:, ${name})*(?: and (?:${name}|\\d+ others))?)`;
  const list = `(${lists.join('|')})`;
  const pattern = (text: string) => new RegExp(text, 'i');
  const AUTHOR = new RegExp(`^(${name}) `);
  const MOVED = pattern(`moved (?:it (?:back )?|from ${list} )to ${list}`);
  const ASSIGNED = pattern(`(?<!un|longer )assigned:? ${names}(?: instead of ${names})?`);
  const UNASSIGNED = pattern(`(?:unassigned|no longer assigned:) ${names}`);
  const DUE = pattern(`(?:set the due date to|moved the due date from ${WHEN} to|due date:) ${WHEN}`);

  const split = (found: string | undefined) =>
    found?.split(/, | and /).filter((one) => !/^\d+ others$/.test(one)) ?? [];

  function readChanges(line: string): Told['changes'] {
    const moved = MOVED.exec(line)?.[2];
    const due = DUE.exec(line)?.at(-1);
    const isDueRemoved = /removed the due date|due date removed/i.test(line);
    return {
      ...(moved !== undefined && { list: moved }),
      ...(/\barchived it/i.test(line) && { closed: true }),
      ...(/\bsent it back/i.test(line) && { closed: false }),
      ...(/\bmarked it complete/i.test(line) && { complete: true }),
      ...(/\breopened it/i.test(line) && { complete: false }),
      ...((due !== undefined || isDueRemoved) && { due: due === undefined ? undefined : Number(due) }),
    };
  }

  function readAttachments(line: string): number {
    const counted = /^• (\d+) attachments?$/.exec(line);
    if (counted) return Number(counted[1]);
    const files = /\battached (.*)$/.exec(line)?.[1] ?? '';
    const others = /and (\d+) more/.exec(files)?.[1] ?? 0;
    return (files.match(/\bf\d{5}\b/g)?.length ?? 0) + Number(others);
  }

  return (message: Message): Told => {
    const told: Told = {
      changes: {},
      on: [],
      off: [],
      comments: [],
      attachments: 0,
      strangers: [],
      isShortened: false,
    };
    const lines = textOf(message).split('\n');
    const isSummary = lines.some((line) => line.startsWith('• '));
    for (const [place, line] of lines.entries()) {
      const isBullet = line.startsWith('• ');
      if (line === '' || line.startsWith('> ') || line === 'Read all of it in Trello') continue;
      if (isSummary && !isBullet) continue;
      const quote = lines.slice(place).find((one) => one.startsWith('> ')) ?? '';
      const author = AUTHOR.exec(line)?.[1];
      const several = /^• (\d+) comments?(?:, the last)? from (.+):$/.exec(line);
      if (several) {
        const count = Number(several[1]);
        told.comments = Array.from({ length: count }, () => ({}));
        told.comments[count - 1] = { tag: tagIn(quote), author: String(several[2]) };
        continue;
      }
      if (/ others\b/.test(line) || /^• and \d+ more$/.test(line)) told.isShortened = true;
      if (!isBullet && author === undefined) told.strangers.push(line);
      if (/ commented(?: \(edited\))?:$/.test(line)) {
        told.comments.push({ tag: tagIn(quote), author: line.replace(/ commented.*$/, '') });
        continue;
      }
      Object.assign(told.changes, readChanges(line));
      if (author && / is now assigned\b/.test(line)) told.on.push(author);
      if (author && / is no longer assigned\b/.test(line)) told.off.push(author);
      const assigned = ASSIGNED.exec(line);
      told.on.push(...split(assigned?.[1]));
      told.off.push(...split(assigned?.[2]), ...split(UNASSIGNED.exec(line)?.[1]));
      told.attachments += readAttachments(line);
    }
    return told;
  };
}
