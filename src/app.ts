import type { Config } from './config.ts';
import type { Logger } from './log.ts';
import { openStore } from './store/store.ts';
import type { Kind } from './tasks/kind.ts';
import { KINDS } from './tasks/kinds.ts';

export interface App {
  /**
   * Opens every door. Resolves when people can be served; a board or a Slack that cannot be reached yet is watched in
   * the background. @throws AppError when something only a person can mend is in the way.
   */
  start(): Promise<void>;
  /** Takes no more work, finishes the steps in hand and closes everything. */
  stop(): Promise<void>;
  /** Where the HTTP server listens, once started. */
  address(): { host: string; port: number };
}

/** What is assumed of the other sides, in milliseconds: how long a request of theirs may take. */
export interface Timing {
  /** An answer later than this is not waited for. */
  trelloAnswersWithin?: number;
  slackAnswersWithin?: number;
  /** A request may show its effect as late as this, answered or not. */
  trelloLandsWithin?: number;
  slackLandsWithin?: number;
}

export interface AppOptions {
  config: Config;
  log: Logger;
  kinds?: readonly Kind[];
  timing?: Timing;
}

/** The whole program, ready to be started. @throws AppError as {@link openStore} does. */
export async function createApp({ config, log, kinds = KINDS, timing = {} }: AppOptions): Promise<App> {
  // The thread of the store opens the file while the rest of the program, most of it Bolt, is loaded.
  const [store, { compose }] = await Promise.all([
    openStore({ url: config.storeUrl, log, retentionDays: config.retentionDays }),
    import('./compose.ts'),
  ]);
  return compose({ config, log, kinds, timing, store });
}
