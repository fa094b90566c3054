import { pino } from 'pino';
import { asMade, cardKey, type Link } from '../../src/flows/card-activity/link.ts';
import { boardInbox, readBoardJob } from '../../src/flows/card-activity/read-board.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { createAudit } from '../../src/workspaces/audit.ts';
import { createSetups } from '../../src/workspaces/setups.ts';
import { OWN_ACCOUNT } from '../../src/workspaces/variables.ts';

async function withStore(url: string, use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore({ url, log: pino({ level: 'silent' }), retentionDays: 30 });
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

/** Slack's id of the workspace of links that have no other. */
export const BENCH_TEAM = 'T0BENCH';

/**
 * From its next start on a bridge with this store reads these boards of a workspace, with the token of its settings. No
 * bridge may have the store open.
 */
export async function followBoards(url: string, team: string, boards: readonly string[]): Promise<void> {
  await withStore(url, async ({ queue, records, audit }) => {
    const setups = createSetups({ records, audit: createAudit(audit) });
    for (const id of boards) {
      const board = { id, name: id, account: OWN_ACCOUNT, list: 'To Do', doneList: 'Done' };
      await setups.putBoard(team, board, 'U0BENCH');
      await queue.nudge(readBoardJob({ team, board: id }), Date.now());
    }
  });
}

const ADDED_AT_ONCE = 500;
/** News of a link that were told and whose ids the store still knows. */
const TOLD = 3;
const PEOPLE = 1_000;
const CHANNELS = 400;

/** `link`: its id. The thread is somewhere where that is not given. */
export type FollowedCard = Pick<Link, 'card' | 'board'> &
  Partial<Pick<Link, 'team' | 'channel' | 'root'>> & { link?: string };

/**
 * Adds a link for each of the cards. `recent`: the link was made and its first news were told within the week in which
 * the store knows of it.
 */
export async function followCards(
  url: string,
  cards: readonly FollowedCard[],
  { recent = true } = {},
): Promise<void> {
  await withStore(url, async ({ links, keyv }) => {
    const states = keyv('card');
    /** What was in an inbox once. */
    const remember = async (owner: string, ids: string[]) => {
      await links.put(
        owner,
        ids.map((id) => ({ id })),
      );
      await links.take(owner, ids);
    };
    const follow = async (followed: FollowedCard, place: number) => {
      const { card } = followed;
      const link = linkOf(followed, place);
      await links.add(link);
      await states.set(cardKey(link), asMade(link));
      if (!recent) return;
      const told = Array.from({ length: TOLD }, (_, number) => `${card}-${number}`);
      await remember(link.id, told);
    };
    for (let first = 0; first < cards.length; first += ADDED_AT_ONCE) {
      const batch = cards.slice(first, first + ADDED_AT_ONCE);
      await Promise.all(batch.map((one, place) => follow(one, first + place)));
      if (!recent) continue;
      for (const [board, followed = []] of Object.entries(Object.groupBy(batch, (one) => one.board))) {
        // Each new link tells the board's next read where to begin.
        const ids = followed.map(({ card }) => `link-${card}`);
        await remember(boardInbox({ team: followed[0]?.team ?? BENCH_TEAM, board }), ids);
      }
    }
  });
}

function linkOf(
  { link, card, board, team = BENCH_TEAM, channel, root: given }: FollowedCard,
  place: number,
): Link {
  const at = Date.now();
  const root = given ?? `${1_700_000_000 + place}.000100`;
  return {
    id: link ?? `link${card}`,
    board,
    card,
    team,
    channel: channel ?? `C${place % CHANNELS}`,
    root,
    thread: root,
    user: `U${place % PEOPLE}`,
    name: 'Ana',
    job: `job-${card}`,
    request: {
      phrase: 'asked for something new',
      title: 'Send message',
      description: 'Let pilots send messages to the control tower. '.repeat(5),
    },
    url: 'https://trello.com/c/x8Kd02Qa',
    createdAt: at,
    since: at,
    changedAt: at,
  };
}
