import { z } from 'zod';
import { AppError, readingError } from '../errors.ts';
import type { CardChange, CardEditor } from '../flows/edit-card/ports.ts';
import type { BoardReader } from './board.ts';
import { explainRefusal } from './cards.ts';
import type { TrelloClient, TrelloRequest } from './client.ts';
import { lacksRights, namesUnknownThing, type Refusal } from './errors.ts';
import type { Quota } from './rate-limit.ts';
import { boardNotFound, drawableMembers, nobodyAssignable } from './shape.ts';

/** Trello's edge gives up on a request after 30 s (504); until then it may take effect. Milliseconds. */
export const EDIT_SETTLES_WITHIN = 30_000;
/** How far Trello's clock and ours may differ. Milliseconds. */
const CLOCK_SKEW = 60_000;
const COMMENTS_IN_ONE_READ = 100;

const named = z.object({ id: z.string(), name: z.string() });
const anything = z.unknown();
const cardSchema = z.object({
  closed: z.boolean(),
  dueComplete: z.boolean(),
  due: z.string().nullable(),
  list: named.extend({ closed: z.boolean() }),
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

type Query = Record<string, string | number>;

/**
 * Trello, as far as a card is edited from Slack. `ownId`: the id of the app's account. `reader`: of
 * its board, from whose draws `drawExcept` are left out.
 */
export function createCardEditor({
  client,
  quota,
  ownId,
  reader,
  drawExcept,
}: {
  client: TrelloClient;
  quota: Quota;
  ownId: () => Promise<string>;
  reader: Pick<BoardReader, 'known' | 'refresh'>;
  drawExcept?: readonly string[] | undefined;
}): CardEditor {
  async function send<T>(request: TrelloRequest<T>, gone = cardGone): Promise<T> {
    const answer = await client.request(request);
    if (answer.ok) return answer.value;
    throw await toError(request, answer.refusal, gone);
  }
  async function toError(
    { method }: Pick<TrelloRequest<unknown>, 'method'>,
    refusal: Refusal,
    gone = cardGone,
  ): Promise<AppError> {
    const error = await quota.refused(refusal);
    // It was deleted, or went where the app cannot see it.
    const isUnseen = method === 'GET' && lacksRights(refusal);
    if (namesUnknownThing(refusal) || isUnseen) return gone(error);
    const shape = reader.known();
    return shape && error.retry === 'never' ? explainRefusal(refusal, error, shape) : error;
  }
  /** Trello refuses to make so what is so: after a lost answer, or when two people press at once. */
  async function callUnlessSo(request: Omit<TrelloRequest<unknown>, 'schema'>, isSo: RegExp): Promise<void> {
    await quota.take('card');
    const answer = await client.request({ ...request, schema: anything });
    if (!answer.ok && !isSo.test(answer.refusal.text)) throw await toError(request, answer.refusal);
  }
  async function call<T>(request: TrelloRequest<T>, gone = cardGone): Promise<T> {
    await quota.take('card');
    return await send(request, gone);
  }
  const read = <T>(path: string, query: Query, schema: z.ZodType<T>, gone = cardGone) =>
    call({ method: 'GET', path, query, schema }, gone).catch((error: unknown) => {
      throw readingError(error);
    });
  const readOfBoard = <T>(board: string, part: string, query: Query, schema: z.ZodType<T>) =>
    read(`/boards/${board}/${part}`, query, schema, (cause) =>
      boardNotFound(board, cause.operatorMessage, cause),
    );

  return {
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

    boardName(board) {
      const shape = reader.known();
      return shape?.id === board ? shape.name : undefined;
    },

    lists: (board) => readOfBoard(board, 'lists', { filter: 'open', fields: 'name' }, z.array(named)),

    async members(board) {
      const members = await readOfBoard(board, 'members', { fields: 'fullName,username' }, membersSchema);
      return members.map(({ id, fullName, username }) => ({ id, name: fullName, username }));
    },

    async drawable() {
      const shape = await reader.refresh('card');
      const members = drawableMembers(shape, drawExcept);
      if (members.length === 0) throw nobodyAssignable(shape);
      return members.map(({ id, name }) => ({ id, name }));
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
      const schema = z.object({ id: z.string(), date: z.string().optional() });
      return (mayLeave) => send({ method: 'POST', path, body: { text }, mayLeave, schema });
    },

    async findComment(card, text, since, member) {
      const own = await ownId();
      const query = { filter: 'commentCard', limit: COMMENTS_IN_ONE_READ };
      const comments = await read(`/cards/${card}/actions`, query, commentsSchema);
      return comments.find(
        ({ idMemberCreator, date, data }) =>
          (idMemberCreator === own || idMemberCreator === member) &&
          data.text === text &&
          Date.parse(date) > since - CLOCK_SKEW,
      );
    },
  };
}

/** What is not to change is undefined, which JSON leaves out. */
function bodyOf({ list, closed, complete, due, members }: CardChange): Record<string, unknown> {
  return {
    idList: list,
    closed,
    dueComplete: complete,
    idMembers: members,
    due: typeof due === 'number' ? new Date(due).toISOString() : due,
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
