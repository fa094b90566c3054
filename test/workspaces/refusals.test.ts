import { pino } from 'pino';
import { beforeEach, expect, it, vi } from 'vitest';
import type { AuditEntry } from '../../src/workspaces/audit.ts';
import { createNoteRefusal } from '../../src/workspaces/refusals.ts';

const WINDOW = { name: 'install', limit: 2, milliseconds: 60_000 };
const ENTRY = { team: 'T1', who: 'browser', what: 'an installation: its state is unknown' };

let entries: Omit<AuditEntry, 'at'>[];
let lines: string[];
/** What the limiter answers next. */
let waits: (number | Error)[];
let taken: string[];
beforeEach(() => {
  [entries, lines, waits, taken] = [[], [], [], []];
});

const note = () =>
  createNoteRefusal({
    audit: { add: async (entry) => void entries.push(entry) },
    limiter: {
      async take([window]) {
        taken.push(String(window?.name));
        const wait = waits.shift() ?? 0;
        if (wait instanceof Error) throw wait;
        return wait;
      },
    },
    log: pino({}, { write: (line: string) => void lines.push(line) }),
  });

it('a refusal is in the audit', async () => {
  await note()(WINDOW, ENTRY);
  expect(entries).toEqual([{ ...ENTRY, act: 'refused' }]);
});

it('of many the later ones are left out, and the store is not asked again before there is room', async () => {
  vi.useFakeTimers();
  const noteRefusal = note();
  waits = [0, 5_000];
  for (let count = 0; count < 1_000; count += 1) await noteRefusal(WINDOW, ENTRY);
  expect([entries.length, taken.length]).toEqual([1, 2]);
  await noteRefusal({ ...WINDOW, name: 'connect' }, ENTRY);
  expect(entries).toHaveLength(2);
  vi.advanceTimersByTime(5_000);
  await noteRefusal(WINDOW, ENTRY);
  expect(entries).toHaveLength(3);
  vi.useRealTimers();
});

it('a store that is away leaves a line in the log, and the refusal stands', async () => {
  waits = [new Error('away')];
  await note()(WINDOW, ENTRY);
  expect(entries).toEqual([]);
  expect(lines.join()).toContain('a refusal is not in the audit');
});
