import type Keyv from 'keyv';
import type { Flow } from '../../jobs/flow.ts';
import type { NewJob } from '../../jobs/job.ts';
import type { Queue } from '../../jobs/queue.ts';

/** The name of the flow in a job's record. */
export const APP_HOME = 'app-home';

/** Somebody's App Home in one workspace. */
export interface Viewer {
  team: string;
  user: string;
}

/** What somebody has asked to see. Kept for as long as the Home is kept current. */
interface Asked {
  /** Counted from 0. */
  page: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** The last publication. */
interface Published {
  /** When it was begun: it shows nothing newer. Milliseconds since 1970. */
  at: number;
  /** Slack's name for what it shows now. */
  hash?: string | undefined;
}

/** Slack's side of a Home. */
export interface HomePage {
  /**
   * Publishes a page of the Home as things stand. `hash`: of what it has shown so far. Resolves with its new one, or with
   * `gone`: this person has no Home any more. `lookAgainIn`: what it says may have passed by then, in milliseconds.
   * @throws AppError
   */
  publish(
    viewer: Viewer,
    page: number,
    hash: string | undefined,
  ): Promise<{ hash?: string | undefined; lookAgainIn?: number | undefined } | 'gone'>;
}

/** A Home is kept current for so long after it was opened. Milliseconds. */
const LOOKED_AT_FOR = 60 * 60_000;
/** Changes are published at most so often; what the person asks for is at once. Milliseconds. */
const CHANGES_EVERY = 5_000;

/** The standing job that publishes one Home. */
function homeJob({ team, user }: Viewer): NewJob<Viewer> {
  return { id: `home-${team}-${user}`, flow: APP_HOME, state: { team, user } };
}

const keyOf = ({ team, user }: Viewer) => `${team}-${user}`;

/** What makes Homes current. Every method throws AppError `store_unavailable`. */
export type Homes = ReturnType<typeof createHomes>;

export function createHomes({
  queue,
  asked,
  now = Date.now,
}: {
  queue: Pick<Queue, 'nudge'>;
  /** What each person has asked to see. */
  asked: Keyv;
  now?: () => number;
}) {
  return {
    /** The person has opened their Home, or turned to another page. */
    async show(viewer: Viewer, page: number): Promise<void> {
      await asked.set(keyOf(viewer), { page, at: now() } satisfies Asked, LOOKED_AT_FOR);
      await queue.nudge(homeJob(viewer), now());
    },

    /** Something of theirs has changed; costs one read when they do not look. `within`: it may wait, in milliseconds. */
    async changed(viewer: Viewer, within = 0): Promise<void> {
      if (await asked.has(keyOf(viewer))) await queue.nudge(homeJob(viewer), now() + within);
    },
  };
}

interface HomeResults {
  published: true;
}

/** Publishes Homes: one at a time for each person, in all instances. */
export function homeFlow({
  homePage,
  queue,
  asked,
  published,
  now = Date.now,
}: {
  homePage: HomePage;
  queue: Pick<Queue, 'nudge'>;
  asked: Keyv;
  /** The last publication of each Home; written by this flow alone. */
  published: Keyv;
  now?: () => number;
}): Flow<Viewer, HomeResults> {
  async function publish(viewer: Viewer): Promise<void> {
    const key = keyOf(viewer);
    const wanted = await asked.get<Asked>(key);
    if (!wanted) return;
    const last = await published.get<Published>(key);
    const at = now();
    const wait = last && wanted.at <= last.at && last.at <= at ? last.at + CHANGES_EVERY - at : 0;
    if (wait > 0) {
      await queue.nudge(homeJob(viewer), at + wait);
      return;
    }
    const result = await homePage.publish(viewer, wanted.page, last?.hash);
    if (result === 'gone') {
      await asked.delete(key);
      return;
    }
    const { hash, lookAgainIn } = result;
    await published.set(key, { at, hash } satisfies Published, LOOKED_AT_FOR);
    if (lookAgainIn !== undefined) await queue.nudge(homeJob(viewer), at + lookAgainIn);
  }

  return {
    name: APP_HOME,
    standing: true,
    giveUpAfter: Number.POSITIVE_INFINITY,
    steps: [
      {
        name: 'published',
        prepare:
          async ({ state }) =>
          async () => {
            await publish(state);
            return true;
          },
        ifRefused: true,
      },
    ],
  };
}
