import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

type Row = [id: string, record: string];

/** How long a lazy write waits for another flush to share, as in the bridge's store. Milliseconds. */
const LAZY = 20;

/**
 * Durable records in a SQLite file: what the bridge's store does, and nothing else. One thread writes; everything that
 * is asked for while it is busy, or within one turn of the event loop, is committed together, with one flush of the disk.
 */
export function openRecords(path: string) {
  const worker = new Worker(import.meta.filename, { workerData: path });
  let rows: Row[] = [];
  let onCommit: (() => void)[] = [];
  let isBusy = false;
  let isScheduled = false;
  let lazyTimer: NodeJS.Timeout | undefined;

  function commit() {
    isScheduled = false;
    clearTimeout(lazyTimer);
    lazyTimer = undefined;
    if (isBusy || rows.length + onCommit.length === 0) return;
    isBusy = true;
    const committed = onCommit;
    worker.postMessage(rows);
    worker.once('message', () => {
      isBusy = false;
      for (const resolve of committed) resolve();
      commitSoon();
    });
    rows = [];
    onCommit = [];
  }

  function commitSoon() {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(commit);
  }

  function flush(): Promise<void> {
    commitSoon();
    return new Promise((resolve) => onCommit.push(resolve));
  }

  return {
    /** Resolves when the record is on disk. */
    write(id: string, record: string): Promise<void> {
      rows.push([id, record]);
      return flush();
    },
    writeLazily(id: string, record: string): void {
      rows.push([id, record]);
      lazyTimer ??= setTimeout(commit, LAZY);
    },
    /** Resolves when everything written so far is on disk. */
    flush,
  };
}

function writeRows(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec('CREATE TABLE records (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT');
  const upsert = db.prepare(
    'INSERT INTO records (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
  );
  parentPort?.on('message', (rows: Row[]) => {
    db.exec('BEGIN');
    for (const row of rows) upsert.run(...row);
    db.exec('COMMIT');
    parentPort?.postMessage('committed');
  });
}

if (!isMainThread) writeRows(String(workerData));
