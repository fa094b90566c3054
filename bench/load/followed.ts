import { pino } from 'pino';
import { readBoardJob } from '../../src/flows/card-activity/read-board.ts';
import { openStore, type Store } from '../../src/store/store.ts';

async function withStore(url: string, use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore({ url, log: pino({ level: 'silent' }), retentionDays: 30 });
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

/** From its next start on a bridge with this store reads these boards. No bridge may have the store open. */
export async function followBoards(url: string, boards: readonly string[]): Promise<void> {
  await withStore(url, async ({ queue }) => {
    for (const board of boards) await queue.nudge(readBoardJob(board), Date.now());
  });
}
