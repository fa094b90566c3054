import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { Job } from '../../../src/delivery/job.ts';
import type { Claim } from '../../../src/delivery/ports.ts';
import type { Store } from '../../../src/store/store.ts';
import { drivers, type Place } from '../drivers.ts';
import { asDone, asFailed } from '../jobs.ts';

export const finish = async (claim: Claim) => ({
  job: asDone(claim.job),
  verdict: { next: 'finished' as const },
});
export const fail = async (claim: Claim) => ({
  job: asFailed(claim.job),
  verdict: { next: 'finished' as const },
});

/** The store of a test. */
export interface AtHand {
  readonly store: Store;
  /** The store as the next process finds it. */
  reopen(): Promise<void>;
  settledAs(id: string, status: Job['status']): Promise<Job>;
}

/** One contract for every store: `contract` is held against each of them, with a store of its own for each test. */
export function describeEveryStore(contract: (at: AtHand) => void): void {
  describe.each(drivers)('$name', ({ prepare, missing }) => {
    let place: Place;
    let store: Store;

    beforeEach(async ({ skip }) => {
      skip(missing !== undefined, missing);
      place = await prepare();
      store = await place.open();
    });
    afterEach(async () => {
      await store?.close();
      await place?.remove();
    });

    contract({
      get store() {
        return store;
      },
      async reopen() {
        await store.close();
        store = await place.open();
      },
      async settledAs(id, status) {
        const job = await store.jobs.settled(id, 10_000);
        expect(job?.status).toBe(status);
        return job as Job;
      },
    });
  });
}
