import type Keyv from 'keyv';
import type { Logger } from 'pino';
import type { FindSimilar, SimilarCard } from '../flows/create-card/ports.ts';
import { type TaskRequest, textsOf } from '../tasks/request.ts';
import { withTimeout } from '../timeout.ts';
import type { FormOf } from './form-request.ts';
import type { TypedValues } from './messages/task-form.ts';

/** A valid request whose person has not said yet whether one of the similar cards is what they want. */
export interface Asked {
  /** Who sent it: Slack's id. */
  user: string;
  /** What was typed. */
  typed: TypedValues;
  /** Trello's id of the board. */
  board: string;
  cards: readonly SimilarCard[];
}

export type Similar = ReturnType<typeof createSimilar>;

/** Slack waits for 3 s, and the store may take 2 s of them. Milliseconds. */
const FOUND_WITHIN = 300;
/** As long as somebody may leave a form open. */
const KEPT_FOR = 24 * 60 * 60_000;
const MOST_SHOWN = 3;

/** Looks for cards like a new one, and keeps the request while its person decides. */
export function createSimilar({
  find,
  asked,
  isKnown,
  log,
}: {
  find: FindSimilar;
  asked: Keyv;
  /** Whether a form was sent and accepted before. */
  isKnown: (form: FormOf) => Promise<boolean>;
  log: Logger;
}) {
  const keyOf = ({ team, root }: FormOf) => `${team}-${root}`;

  async function look(
    form: FormOf,
    request: TaskRequest,
    typed: TypedValues,
    board: string,
  ): Promise<readonly SimilarCard[]> {
    const [compared] = textsOf(request);
    if (compared === undefined) return [];
    const cards = find({ team: form.team, board }, compared, MOST_SHOWN);
    // A form that is sent again may be like its own card.
    if (cards.length === 0 || (await isKnown(form))) return [];
    await asked.set(keyOf(form), { user: form.user, typed, board, cards } satisfies Asked, KEPT_FOR);
    return cards;
  }

  return {
    /** The cards to show instead of making one. Never rejects: a check that fails, or takes too long, is left out. */
    async check(...given: Parameters<typeof look>): Promise<readonly SimilarCard[]> {
      const late = () => new Error('Similar cards were not found in time.');
      return await withTimeout(FOUND_WITHIN, look(...given), late).catch((error: unknown) => {
        log.warn({ err: error }, 'similar cards not looked for');
        return [];
      });
    },

    /** What was asked in a person's own form. */
    async recall(form: FormOf): Promise<Asked | undefined> {
      const found = await asked.get<Asked>(keyOf(form));
      return found?.user === form.user ? found : undefined;
    },
  };
}
