import type { BoardNeeds } from './board-watch.ts';
import type { BoardAnswer, SetupBoard } from './setup-board.ts';
import { labelColor } from './setup-colors.ts';
import type { CredentialsAnswer, Owner } from './setup-credentials.ts';
import type { Repair } from './setup-repair.ts';
import { assignableMembers, findByName } from './shape.ts';

/** One thing that the bridge needs, and whether it is there. */
export interface Finding {
  what: 'key' | 'token' | 'board' | 'list' | 'label' | 'members';
  /** Of what kind of thing there may be several: which one. */
  name?: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What a person should do about it; of a passing one, what to take care of. */
  todo?: string;
  /** How it can be mended without a person. */
  repair?: Repair;
}

const KEYS_PAGE = 'https://trello.com/power-ups/admin';

/** What the answer says about key and token. */
export function judgeCredentials(answer: CredentialsAnswer, now: Date): Finding[] {
  if (answer.ok) return [{ what: 'key', ok: true, detail: 'Trello knows it' }, judgeToken(answer.owner, now)];
  if (answer.wrong === 'key') {
    const todo = `Set TRELLO_API_KEY to the API key of your Power-Up: ${KEYS_PAGE}`;
    return [{ what: 'key', ok: false, detail: 'Trello refuses it', todo }];
  }
  const todo = `Make a token with the “Token” link beside the API key and set TRELLO_API_TOKEN to it: ${KEYS_PAGE}`;
  return [
    { what: 'key', ok: true, detail: 'Trello knows it' },
    { what: 'token', ok: false, detail: 'Trello refuses it', todo },
  ];
}

function judgeToken({ fullName, username, token }: Owner, now: Date): Finding {
  const whose = `of ${fullName} (@${username})`;
  if (!token) return { what: 'token', ok: true, detail: whose };
  if (!token.canWrite) {
    const todo = 'Make a token with the scope read,write and set TRELLO_API_TOKEN to it.';
    return { what: 'token', ok: false, detail: `${whose}, may only read`, todo };
  }
  if (token.expires === null) return { what: 'token', ok: true, detail: `${whose}, without an end` };
  const days = Math.floor((Date.parse(token.expires) - now.getTime()) / 86_400_000);
  const detail = `${whose}, ends on ${token.expires.slice(0, 10)} (in ${days} days)`;
  return { what: 'token', ok: true, detail, todo: 'Before that day, make a new one with expiration=never.' };
}

/** What the board's answer says: the board itself and, when it is there, each thing that the kinds need on it. */
export function judgeBoard(answer: BoardAnswer, needs: BoardNeeds, owner: Owner): Finding[] {
  if (!answer.ok) {
    const todo = `Check TRELLO_BOARD, and that ${owner.fullName} is a member of that board. For a new board: npm run board -- create "Mission board"`;
    return [{ what: 'board', ok: false, detail: `“${answer.hidden}” is not to be seen`, todo }];
  }
  const { board } = answer;
  const { name, url } = board;
  const standing = standingOf(board, owner);
  if (board.closed) {
    return [{ what: 'board', name, ok: false, detail: 'closed', todo: `Reopen it: ${url}` }];
  }
  if (standing === 'observer') {
    const detail = `${owner.fullName} is an observer there, and may not add cards`;
    return [{ what: 'board', name, ok: false, detail, todo: `Make that a normal member: ${url}` }];
  }
  const note = `${owner.fullName} is no member there. If Trello refuses cards, invite that member: ${url}`;
  return [
    { what: 'board', name, ok: true, detail: url, ...(standing === undefined && { todo: note }) },
    judgeList(board, needs.list),
    ...judgeLabels(board, needs.labels),
    ...(needs.members ? [judgeMembers(board)] : []),
  ];
}

function standingOf({ memberships }: SetupBoard, { id }: Owner): string | undefined {
  return memberships.find(({ idMember }) => idMember === id)?.memberType;
}

function judgeList({ lists }: SetupBoard, name: string): Finding {
  const open = lists.filter(({ closed }) => !closed);
  const found = findByName(open, name);
  if (found) return { what: 'list', name, ok: true, detail: asSpelled(found.name, name) };
  const archived = findByName(lists, name);
  if (archived) {
    return {
      what: 'list',
      name,
      ok: false,
      detail: 'archived',
      todo: 'npm run board -- fix reopens it, with the cards that are on it.',
      repair: { act: 'reopen list', name: archived.name, id: archived.id },
    };
  }
  return {
    what: 'list',
    name,
    ok: false,
    detail: 'missing',
    todo: 'npm run board -- fix adds it. Or set TRELLO_LIST to a list that the board has.',
    repair: { act: 'add list', name, position: 'top' },
  };
}

function judgeLabels({ labels }: SetupBoard, names: readonly string[]): Finding[] {
  const colors = labels.map(({ color }) => color);
  return names.map((name) => {
    const found = findByName(labels, name);
    if (found) return { what: 'label', name, ok: true, detail: asSpelled(found.name, name) };
    const color = labelColor(name, colors);
    colors.push(color);
    return {
      what: 'label',
      name,
      ok: false,
      detail: 'missing',
      todo: 'npm run board -- fix adds it.',
      repair: { act: 'add label', name, color },
    };
  });
}

function judgeMembers(board: SetupBoard): Finding {
  const members = assignableMembers(board);
  const [first, second, third] = members.map(({ name }) => name);
  if (!first) {
    const todo = `Invite somebody who is not an observer: ${board.url}`;
    return { what: 'members', ok: false, detail: 'nobody can be given work', todo };
  }
  const some = [first, second, third].filter(Boolean).join(', ');
  const more = members.length > 3 ? `, and ${members.length - 3} more` : '';
  return { what: 'members', ok: true, detail: `${members.length} can be given work: ${some}${more}` };
}

function asSpelled(found: string, name: string): string {
  return found === name ? 'there' : `there, spelled “${found}”`;
}

/** The changes that mend what can be mended. Names that differ in case only are one. */
export function repairsOf(findings: readonly Finding[]): Repair[] {
  const repairs = findings.flatMap(({ repair }) => repair ?? []);
  return repairs.filter(
    (repair, place) =>
      findByName(
        repairs.slice(0, place).filter(({ act }) => act === repair.act),
        repair.name,
      ) === undefined,
  );
}
