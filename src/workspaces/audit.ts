import { randomBytes } from 'node:crypto';
import { z } from 'zod';

/** Something that somebody did to what the program may do, or to a card by it. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  at: number;
  /** Slack's id of the workspace, or `unknown`. */
  team: string;
  /** Slack's id of the person, or a word for who is no person in Slack: `slack`, `operator`, `browser`. */
  who: string;
  /** What was done: a word such as `connected`. */
  act: string;
  /** To what, in a few words. Never a token, and nothing of a card but its id. */
  what: string;
}

/** A year. Milliseconds. */
export const AUDIT_KEPT_FOR = 365 * 24 * 60 * 60_000;

/** An entry as it is stored: ids are in the order of time. */
export interface AuditLine {
  id: string;
  text: string;
}

/** The store of the audit: lines are only added, and go by themselves after {@link AUDIT_KEPT_FOR}. */
export interface AuditLines {
  append(line: AuditLine): Promise<void>;
  /** The next lines whose id is greater, in their order. */
  after(id: string, limit: number): Promise<AuditLine[]>;
}

export interface Audit {
  add(entry: Omit<AuditEntry, 'at'>): Promise<void>;
  /** The next entries after an id, or from {@link auditIdAt} on; the oldest first. */
  after(id: string, limit: number): Promise<(AuditEntry & { id: string })[]>;
}

const entrySchema = z.object({
  at: z.number(),
  team: z.string(),
  who: z.string(),
  act: z.string(),
  what: z.string(),
});

/** Greater than the ids of all entries before that time. Milliseconds since 1970. */
export function auditIdAt(time: number): string {
  return String(Math.max(0, Math.floor(time))).padStart(15, '0');
}

export function createAudit(lines: AuditLines): Audit {
  return {
    async add(entry) {
      const at = Date.now();
      const id = `${auditIdAt(at)}-${randomBytes(8).toString('hex')}`;
      await lines.append({ id, text: JSON.stringify({ at, ...entry }) });
    },
    async after(id, limit) {
      const found = await lines.after(id, limit);
      return found.map((line) => ({ ...entrySchema.parse(JSON.parse(line.text)), id: line.id }));
    },
  };
}
