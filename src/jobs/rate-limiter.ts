/** At most `limit` units in any stretch of `milliseconds`, counted over all instances and across a restart. */
export interface RateWindow {
  name: string;
  limit: number;
  milliseconds: number;
  /** Units that this caller leaves for others: background work gives way to what a person waits for. */
  reserve?: number;
}

/** Shared counters in sliding windows. Rejects with AppError `store_unavailable` when the store does not answer. */
export interface RateLimiter {
  /** Takes one unit of every window, or none of any. Resolves with 0 when taken, else with the milliseconds to wait. */
  take(windows: readonly RateWindow[]): Promise<number>;
  /** Stops the window for that long: the other side has asked for a pause. */
  pause(name: string, milliseconds: number): Promise<void>;
  /** Units left at the moment. */
  left(window: RateWindow): Promise<number>;
}
