import { randomBytes } from 'node:crypto';
import type Keyv from 'keyv';
import { AppError } from '../errors.ts';

/** Milliseconds. */
export const STATE_LIFETIME = 10 * 60_000;
/** When it was made, and 24 random bytes. */
const FORM = /^([0-9a-z]{8,9})\.[\w-]{32}$/;

/**
 * What an installation is recognised by when Slack sends the browser back: random, good for ten minutes and once. It is
 * kept in the store, so that any instance can finish what another has begun.
 */
export function createInstallStates(kept: Keyv) {
  const usedKey = (state: string) => `used-${state}`;

  return {
    async issue(): Promise<string> {
      const state = `${Date.now().toString(36)}.${randomBytes(24).toString('base64url')}`;
      await kept.set(state, true, STATE_LIFETIME);
      return state;
    },
    /**
     * Uses a state up; of several at the same time one succeeds.
     * @throws AppError `install_forged`, `install_expired` or `install_replayed`
     */
    async use(state: string): Promise<void> {
      const [, madeAt] = FORM.exec(state) ?? [];
      if (madeAt === undefined) throw refused('install_forged');
      if (Number.parseInt(madeAt, 36) < Date.now() - STATE_LIFETIME) throw refused('install_expired');
      if (await kept.get(state)) {
        // Before the deletion, which only one of several sees succeed: the others find this.
        await kept.set(usedKey(state), true, STATE_LIFETIME);
        if (await kept.delete(state)) return;
      }
      throw refused((await kept.get(usedKey(state))) ? 'install_replayed' : 'install_forged');
    },
  };
}

const WORDS = {
  install_forged: 'This app didn’t begin this installation.',
  install_expired: 'This installation took longer than 10 minutes.',
  install_replayed: 'This installation was finished before. Each one can be finished once.',
};

function refused(code: keyof typeof WORDS): AppError {
  return new AppError({ code, retry: 'never', userMessage: WORDS[code] });
}
