import { z } from 'zod';
import { readingError } from '../errors.ts';
import type { CardState } from '../flows/card-activity/link.ts';
import type { BoardAction } from '../flows/card-activity/news.ts';
import type { History } from '../flows/card-activity/ports.ts';
import type { TrelloClient, TrelloRequest } from './client.ts';
import { lacksRights, namesUnknownThing, type Refusal } from './errors.ts';
import type { Priority, Quota } from './rate-limit.ts';

/** @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/#the-1000-limit */
const ACTIONS_IN_ONE_READ = 1_000;
/** @see https://developer.atlassian.com/cloud/trello/rest/api-group-batch/ */
const CARDS_IN_ONE_BATCH = 10;

const named = z.object({ id: z.string(), name: z.string() });
const actionSchema = z.object({
  id: z.string(),
  type: z.string(),
  date: z.string().transform((date) => Date.parse(date)),
  // Absent for what no member did, as the rules of Trello's automation.
  memberCreator: z.object({ id: z.string(), fullName: z.string().optional() }).nullish(),
  data: z.object({
    card: z
      .object({
        id: z.string(),
        name: z.string().optional(),
        shortLink: z.string().optional(),
        desc: z.string().optional(),
        closed: z.boolean().optional(),
        due: z.string().nullish(),
        dueComplete: z.boolean().optional(),
      })
      .optional()
      .catch(undefined),
    old: z.record(z.string(), z.unknown()).optional().catch(undefined),
    list: named.extend({ closed: z.boolean().optional() }).optional().catch(undefined),
    listBefore: named.optional().catch(undefined),
    listAfter: named.optional().catch(undefined),
    boardTarget: z.object({ id: z.string() }).optional().catch(undefined),
    member: named.optional().catch(undefined),
    attachment: z.object({ name: z.string(), url: z.string().optional() }).optional().catch(undefined),
    text: z.string().optional().catch(undefined),
  }),
});

const cardSchema = z.object({
  id: z.string(),
  idBoard: z.string(),
  name: z.string(),
  shortUrl: z.string(),
  closed: z.boolean(),
  due: z.string().nullable(),
  dueComplete: z.boolean(),
  list: named.extend({ closed: z.boolean() }),
  members: z.array(z.object({ id: z.string(), fullName: z.string() })),
  labels: z.array(z.object({ name: z.string() })),
});
const CARD_QUERY = { members: 'true', member_fields: 'fullName', list: 'true' };

/** Trello as the source of news. `isDoneList`: whether a card in that list counts as finished. */
export function createHistory({
  client,
  quota,
  ownId,
  isDoneList,
  noteActions = () => {},
}: {
  client: TrelloClient;
  quota: Quota;
  /** The id of the account's member. */
  ownId: () => Promise<string>;
  isDoneList: (board: string, list: string) => boolean;
  /** Called with what a read of the history has found. */
  noteActions?: (actions: readonly BoardAction[]) => void;
}): History {
  /** One read. @throws AppError; a call that only reads had no effect, so nothing is ambiguous. */
  async function read<T>(
    request: Omit<TrelloRequest<T>, 'method'>,
    priority: Priority = 'activity',
  ): Promise<T | { gone: Refusal }> {
    await quota.take(priority);
    const answer = await client
      .request({ ...request, method: 'GET' })
      .catch((error: unknown) => Promise.reject(readingError(error)));
    if (answer.ok) return answer.value;
    // What the app may not see is gone for it: a card on a board that it is not on.
    if (namesUnknownThing(answer.refusal) || lacksRights(answer.refusal)) return { gone: answer.refusal };
    throw readingError(await quota.refused(answer.refusal));
  }
  const orRefused = async <T>(answer: T | { gone: Refusal }): Promise<T> => {
    if (isGone(answer)) throw await quota.refused(answer.gone);
    return answer;
  };

  function toState(card: z.infer<typeof cardSchema>): CardState {
    const { id, name, list } = card;
    return {
      id,
      board: card.idBoard,
      title: name,
      url: card.shortUrl,
      list,
      closed: card.closed,
      complete: card.dueComplete,
      finished: card.dueComplete || isDoneList(card.idBoard, list.name),
      due: card.due === null ? null : Date.parse(card.due),
      members: card.members.map((member) => ({ id: member.id, name: member.fullName })),
      labels: card.labels.flatMap((label) => label.name || []),
    };
  }

  async function readCard(id: string, priority?: Priority): Promise<CardState | undefined> {
    const card = await read({ path: `/cards/${id}`, query: CARD_QUERY, schema: cardSchema }, priority);
    return isGone(card) ? undefined : toState(card);
  }

  async function readCards(ids: readonly string[]): Promise<CardState[]> {
    const [id] = ids;
    if (id !== undefined && ids.length === 1) return [(await readCard(id)) ?? []].flat();
    // A batch counts as many requests as it holds.
    for (const _ of ids.slice(1)) await quota.take('activity');
    const query = new URLSearchParams(CARD_QUERY);
    const answers = await orRefused(
      await read({
        path: '/batch',
        query: { urls: ids.map((card) => `/cards/${card}?${query}`).join(',') },
        schema: z.array(z.record(z.string(), z.unknown())),
      }),
    );
    return answers.flatMap((answer) => {
      const { data } = z.object({ 200: cardSchema }).safeParse(answer);
      return data ? [toState(data[200])] : [];
    });
  }

  return {
    async actions(board, since) {
      const found: BoardAction[] = [];
      let before: string | undefined;
      for (;;) {
        const page = await orRefused(
          await read({
            path: `/boards/${board}/actions`,
            query: {
              since: new Date(Math.max(0, since)).toISOString(),
              limit: ACTIONS_IN_ONE_READ,
              memberCreator_fields: 'fullName',
              ...(before && { before }),
            },
            // One that cannot be read must not hide the others.
            schema: z.array(z.unknown()),
          }),
        );
        const actions = page.flatMap((one) => actionSchema.safeParse(one).data ?? []);
        for (const { id, type, date, memberCreator, data } of actions) {
          const by = { ...(memberCreator && { id: memberCreator.id }), name: memberCreator?.fullName ?? '' };
          found.push({ id, type, at: date, by, data: withoutUndefined(data) });
        }
        const last = actions.at(-1)?.id;
        if (page.length < ACTIONS_IN_ONE_READ || !last || last === before) break;
        before = last;
      }
      // Trello lists the newest first.
      found.reverse().sort((one, other) => one.at - other.at);
      noteActions(found);
      return found;
    },

    async cards(_, ids) {
      const states: CardState[] = [];
      for (let place = 0; place < ids.length; place += CARDS_IN_ONE_BATCH) {
        states.push(...(await readCards(ids.slice(place, place + CARDS_IN_ONE_BATCH))));
      }
      return states;
    },

    card: (id) => readCard(id, 'background'),

    async cardsIn(list) {
      const path = `/lists/${list}/cards`;
      const cards = await read({
        path,
        query: { fields: 'id' },
        schema: z.array(z.object({ id: z.string() })),
      });
      return isGone(cards) ? [] : cards.map(({ id }) => id);
    },

    async comment(id) {
      const schema = z.object({ data: z.object({ text: z.string() }) });
      const action = await read({ path: `/actions/${id}`, query: { fields: 'data' }, schema });
      return isGone(action) ? undefined : action.data.text;
    },

    ownId,
  };
}

function isGone(answer: unknown): answer is { gone: Refusal } {
  return typeof answer === 'object' && answer !== null && 'gone' in answer;
}

/** JSON has no `undefined`. */
function withoutUndefined<T extends object>(data: T): BoardAction['data'] {
  return JSON.parse(JSON.stringify(data)) as BoardAction['data'];
}
