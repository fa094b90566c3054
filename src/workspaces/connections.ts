import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SlackPerson } from './people.ts';
import { createCollection, type Records } from './records.ts';

/** `workspace`: the bridge acts with the account there. `person`: it acts for that person. */
export interface WantedConnection extends SlackPerson {
  purpose: 'workspace' | 'person';
}

/** Why a state is refused. `missing`: there is none. `forged`: none like it was made, or it was long ago. */
export type Refused = 'missing' | 'forged' | 'expired' | 'used' | 'other browser';

/** `wanted` of a refused state: the one that it was made for. */
export type Judgement =
  | { ok: true; wanted: WantedConnection }
  | { ok: false; why: Refused; wanted?: WantedConnection | undefined };

/** Connections of Trello accounts on their way through a browser, in the store, so that any instance can finish them. */
export interface Connections {
  /** Resolves with a state: unguessable, for one use within ten minutes, by one browser. */
  begin(wanted: WantedConnection): Promise<string>;
  /** Binds the state to a browser, known by a secret of its own. The first one stays the only one. */
  open(state: string, browser: string): Promise<Judgement>;
  /** Uses the state up: of all calls with it, one succeeds. */
  take(state: string, browser: string): Promise<Judgement>;
}

const schema = z.object({
  id: z.string(),
  user: z.string(),
  purpose: z.enum(['workspace', 'person']),
  /** Milliseconds since 1970. */
  until: z.number(),
  browser: z.string().optional(),
  used: z.boolean().optional(),
});
type Pending = z.infer<typeof schema>;

const VALID_FOR = 10 * 60_000;
/** For so long after its time, people are told what is wrong with a state. */
const REMEMBERED_FOR = 60 * 60_000;
/** The workspace, and 32 random bytes. */
const STATE = /^([A-Z0-9]{1,40})\.([\w-]{43})$/;

/** The store has the hash alone, so whoever reads it cannot use what is pending. */
const digest = (secret: string) => hash('sha256', secret, 'base64url');

export function createConnections({ records }: { records: Records }): Connections {
  const pending = createCollection(records, 'connection', schema);

  async function forgetOld(team: string): Promise<void> {
    const isOld = ({ until }: Pending) => until + REMEMBERED_FOR < Date.now();
    const old = (await pending.list(team)).filter(isOld);
    await Promise.all(old.map(({ id }) => pending.change(team, id, () => undefined)));
  }

  /** `change`: what becomes of a state that is valid, or why it is not valid after all. */
  async function judge(state: string, change: (before: Pending) => Pending | Refused): Promise<Judgement> {
    if (state === '') return { ok: false, why: 'missing' };
    const [, team = '', secret = ''] = STATE.exec(state) ?? [];
    if (team === '') return { ok: false, why: 'forged' };
    let why: Refused | undefined;
    const after = await pending.change(team, digest(secret), (before) => {
      const next = before === undefined ? 'forged' : (invalidity(before) ?? change(before));
      why = typeof next === 'string' ? next : undefined;
      return typeof next === 'string' ? before : next;
    });
    const wanted = after && { team, user: after.user, purpose: after.purpose };
    return wanted && !why ? { ok: true, wanted } : { ok: false, why: why ?? 'forged', wanted };
  }

  return {
    async begin({ team, user, purpose }) {
      await forgetOld(team);
      const secret = randomBytes(32).toString('base64url');
      const id = digest(secret);
      const until = Date.now() + VALID_FOR;
      await pending.change(team, id, () => ({ id, user, purpose, until }));
      return `${team}.${secret}`;
    },
    open: (state, browser) =>
      judge(state, (before) => {
        if (before.browser === undefined) return { ...before, browser: digest(browser) };
        return before.browser === digest(browser) ? before : 'other browser';
      }),
    take: (state, browser) =>
      judge(state, (before) =>
        before.browser === digest(browser) ? { ...before, used: true } : 'other browser',
      ),
  };
}

function invalidity({ used, until }: Pending): Refused | undefined {
  if (used) return 'used';
  return until <= Date.now() ? 'expired' : undefined;
}
