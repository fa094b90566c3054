/**
 * Settles as `work` does, or rejects with the error that `timedOut` makes when that takes longer. The work itself goes
 * on; its late result is ignored.
 */
export async function withTimeout<T>(
  milliseconds: number,
  work: Promise<T>,
  timedOut: () => Error,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(timedOut()), milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
