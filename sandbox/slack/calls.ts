/** One call of the Web API, as it came in and as it was answered. */
export interface RecordedCall {
  method: string;
  /** Without the token. */
  arguments: Readonly<Record<string, unknown>>;
  /** `ok`, Slack's error code, or the fault that was played instead. */
  outcome: string;
}

export type Calls = ReturnType<typeof createCalls>;

const REMEMBERED = 200;

/** Counts the calls of the Web API, and remembers the last few. */
export function createCalls() {
  let counts = new Map<string, number>();
  let last: RecordedCall[] = [];

  return {
    record(call: RecordedCall): void {
      counts.set(call.method, (counts.get(call.method) ?? 0) + 1);
      last.push(call);
      if (last.length > REMEMBERED * 2) last = last.slice(-REMEMBERED);
    },
    count(method: string): number {
      return counts.get(method) ?? 0;
    },
    counts(): Record<string, number> {
      return Object.fromEntries(counts);
    },
    /** The last calls, oldest first, of one method where it is given. */
    last(method?: string): RecordedCall[] {
      return last.slice(-REMEMBERED).filter((call) => method === undefined || call.method === method);
    },
    reset(): void {
      counts = new Map();
      last = [];
    },
  };
}
