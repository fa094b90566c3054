import { z } from 'zod';
import { AppError, readingError } from '../errors.ts';
import type { CardChange, CardEditor } from '../flows/edit-card/ports.ts';
import type { TrelloClient, TrelloRequest } from './client.ts';
import { lacksRights, namesUnknownThing, type Refusal } from './errors.ts';
import type { Quota } from './rate-limit.ts';

/** Trello's edge gives up on a request after 30 s (504); until then it may take effect. Milliseconds. */
const SETTLES_WITHIN = 30_000;
/** How far Trello's clock and ours may differ. Milliseconds. */
const CLOCK_SKEW = 60_000;
const COMMENTS_IN_ONE_READ = 100;

const named = z.object({ id: z.string(), name: z.string() });
const anything = z.unknown();
const cardSchema = z.object({
  closed: z.boolean(),
  dueComplete: z.boolean(),
  due: z.string().nullable(),
  list: named,
  members: z.array(z.object({ id: z.string(), fullName: z.string() })),
});
const membersSchema = z.array(z.object({ id: z.string(), fullName: z.string(), username: z.string() }));
const commentsSchema = z.array(
  z.object({
    id: z.string(),
    idMemberCreator: z.string(),
    date: z.string(),
    data: z.object({ text: z.string().optional() }),
  }),
);

/** Trello, as far as a card is edited from Slack. `ownId`: the id of the app's account. */
export function createCardEditor({
  client,
  quota,
  ownId,
  settlesWithin = SETTLES_WITHIN,
}: {
  client: TrelloClient;
  quota: Quota;
  ownId: () => Promise<string>;
  settlesWithin?: number | undefined;
}): CardEditor {
  async function send<T>(request: TrelloRequest<T>): Promise<T> {
    const answer = await client.request(request);
    if (answer.ok) return answer.value;
    throw await toError(answer.refusal);
  }
  async function toError(refusal: Refusal): Promise<AppError> {
    const error = await quota.refused(refusal);
    // The card went where the app cannot see it, or it was deleted.
    return namesUnknownThing(refusal) || lacksRights(refusal) ? cardGone(error) : error;
  }
  /** Trello refuses to make so what is so: after a lost answer, or when two people press at once. */
  async function callUnlessSo(request: Omit<TrelloRequest<unknown>, 'schema'>, isSo: RegExp): Promise<void> {
    await quota.take('card');
    const answer = await client.request({ ...request, schema: anything });
    if (!answer.ok && !isSo.test(answer.refusal.text)) throw await toError(answer.refusal);
  }
  async function call<T>(request: TrelloRequest<T>): Promise<T> {
    await quota.take('card');
    return await send(request);
  }
  const read = <T>(path: string, query: Record<string, string | number>, schema: z.ZodType<T>) =>
    call({ method: 'GET', path, query, schema }).catch((error: unknown) => {
      throw readingError(error);
    });

  return {
    settlesWithin,

    async read(card) {
      const query = {
        fields: 'closed,dueComplete,due',
        list: 'true',
        members: 'true',
        member_fields: 'fullName',
      };
      const { closed, dueComplete, due, list, members } = await read(`/cards/${card}`, query, cardSchema);
      return {
        list,
        closed,
        complete: dueComplete,
        due: due === null ? null : Date.parse(due),
        members: members.map(({ id, fullName }) => ({ id, name: fullName })),
      };
    },

    lists: (board) => read(`/boards/${board}/lists`, { filter: 'open', fields: 'name' }, z.array(named)),

    async members(board) {
      const members = await read(`/boards/${board}/members`, { fields: 'fullName,username' }, membersSchema);
      return members.map(({ id, fullName, username }) => ({ id, name: fullName, username }));
    },

    async change(card, change) {
      await call({ method: 'PUT', path: `/cards/${card}`, body: bodyOf(change), schema: anything });
    },

    async assign(card, member) {
      const path = `/cards/${card}/idMembers`;
      await callUnlessSo({ method: 'POST', path, body: { value: member } }, /already on the card/);
    },

    async unassign(card, member) {
      const path = `/cards/${card}/idMembers/${member}`;
      await callUnlessSo({ method: 'DELETE', path }, /not on the card/);
    },

    async prepareComment(card, text) {
      await quota.take('card');
      const path = `/cards/${card}/actions/comments`;
      const schema = z.object({ id: z.string() });
      return (mayLeave) => send({ method: 'POST', path, body: { text }, mayLeave, schema });
    },

    async findComment(card, text, since) {
      const own = await ownId();
      const query = { filter: 'commentCard', limit: COMMENTS_IN_ONE_READ };
      const comments = await read(`/cards/${card}/actions`, query, commentsSchema);
      return comments.find(
        ({ idMemberCreator, date, data }) =>
          idMemberCreator === own && data.text === text && Date.parse(date) > since - CLOCK_SKEW,
      );
    },
  };
}

function bodyOf({ list, closed, complete, due }: CardChange): Record<string, unknown> {
  return {
    ...(list !== undefined && { idList: list }),
    ...(closed !== undefined && { closed }),
    ...(complete !== undefined && { dueComplete: complete }),
    ...(due !== undefined && { due: due === null ? null : new Date(due).toISOString() }),
  };
}

function cardGone(cause: AppError): AppError {
  return new AppError({
    code: 'card_gone',
    retry: 'never',
    userMessage: 'This card was deleted in Trello, so nothing was changed.',
    operatorMessage: cause.operatorMessage,
    cause,
  });
}
