import { afterEach, beforeEach, describe, expect } from 'vitest';
import type { Job } from '../../../src/jobs/job.ts';
import type { Claim } from '../../../src/jobs/queue.ts';
import type { Store } from '../../../src/store/store.ts';
import { drivers, type Place } from '../drivers.ts';
import { asDone, asFailed } from '../jobs.ts';

export const finish = async (claim: Claim) => asDone(claim.job);
export const fail = async (claim: Claim) => asFailed(claim.job);

/** A job whose first run fails, and the later ones do not. */
export function failOnce() {
  let runs = 0;
  const handle = (claim: Claim) => (++runs === 1 ? fail(claim) : finish(claim));
  return { handle, runs: () => runs };
}

/** The store of a test. */
export interface AtHand {
  readonly store: Store;
  readonly place: Place;
  /** The store as the next process finds it; `meanwhile` happens in between. */
  reopen(meanwhile?: () => Promise<unknown>): Promise<void>;
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
      get place() {
        return place;
      },
      async reopen(meanwhile) {
        await store.close();
        await meanwhile?.();
        store = await place.open();
      },
      async settledAs(id, status) {
        const job = await store.queue.settled(id, 10_000);
        expect(job?.status).toBe(status);
        return job as Job;
      },
    });
  });
}
