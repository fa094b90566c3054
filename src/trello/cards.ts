import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AppError, readingError } from '../errors.ts';
import type { Card, CardRequest } from '../flows/create-card/job.ts';
import type { Tracker } from '../flows/create-card/ports.ts';
import type { SettledDraft } from '../tasks/kind.ts';
import type { BoardReader } from './board.ts';
import type { TrelloClient } from './client.ts';
import { describeRefusal, lacksRights, namesUnknownThing, type Refusal } from './errors.ts';
import { describeOwner } from './owner.ts';
import type { Quota } from './rate-limit.ts';
import {
  assignableMembers,
  type BoardShape,
  boardFull,
  drawableMembers,
  forbidden,
  judgeRoom,
  type ResolvedDraft,
  resolveDraft,
  viewOnly,
} from './shape.ts';

/** A board that cards go to, the list on it, and Trello for it. */
export interface Board {
  reader: BoardReader;
  list: string;
  /** Who is never drawn: ids and usernames. */
  drawExcept?: readonly string[] | undefined;
  client: TrelloClient;
  quota: Quota;
}

/**
 * Trello's edge gives up on a request after 30 s (504); until then it may take effect. An answered 5xx shortens nothing:
 * behind it the request may go on, and a card that exists may be missing from a read for a while.
 */
const SETTLES_WITHIN = 30_000;
/** Clocks differ, and are set: a card is looked for among those made this long before the intent, too. Milliseconds. */
const CLOCK_SKEW = 25 * 60 * 60_000;
/** @see https://developer.atlassian.com/cloud/trello/guides/rest-api/rate-limits/#the-1000-limit */
const CARDS_IN_ONE_READ = 300;

const cardSchema = z.object({ id: z.string(), name: z.string(), shortUrl: z.string() });
const listedCardsSchema = z.array(
  z.object({
    ...cardSchema.shape,
    desc: z.string(),
    idList: z.string(),
    idMembers: z.array(z.string()),
    labels: z.array(z.object({ name: z.string() })),
  }),
);
type ListedCard = z.infer<typeof listedCardsSchema>[number];

/** Trello as the developers' side. `boardFor` finds the board of a request. */
export function createTracker({
  boardFor,
  settlesWithin = SETTLES_WITHIN,
}: {
  boardFor: (request: Pick<CardRequest, 'origin' | 'board'>) => Promise<Board>;
  settlesWithin?: number | undefined;
}): Tracker {
  /** Resolves the draft, and once more on a fresh shape: somebody may have just added what was missing. */
  async function resolve(board: Board, draft: SettledDraft): Promise<ResolvedDraft> {
    const shape = await board.reader.shape();
    try {
      return resolveDraft(draft, shape, board);
    } catch {
      return resolveDraft(draft, await board.reader.refresh('card'), board);
    }
  }

  return {
    settlesWithin,

    async prepareCard(request, draft, footer) {
      const board = await boardFor(request);
      const { client, quota } = board;
      const resolved = await resolve(board, draft);
      await quota.take('card');

      return async (mayLeave) => {
        const answer = await client.request({
          method: 'POST',
          path: '/cards',
          body: cardBody(draft, resolved, footer),
          mayLeave,
          schema: cardSchema,
        });
        if (answer.ok) return toCard(answer.value, resolved);
        const { refusal } = answer;
        const { owner } = await board.reader.shape();
        const error = await quota.refused(refusal, owner && describeOwner(owner));
        if (error.retry !== 'never' || error.code === 'trello_not_authorized') throw error;

        // The board as it is now says more than Trello's words do.
        const shape = await board.reader.refresh('card');
        if (namesUnknownThing(refusal) && !isDeepStrictEqual(resolveDraft(draft, shape, board), resolved)) {
          throw new AppError({
            code: 'board_changed',
            retry: 'later',
            retryAfter: 0,
            userMessage: 'The board has just been changed.',
            operatorMessage: `${refusal.status} ${describeRefusal(refusal.text)} for ${refusal.call}; the board ${shape.name} has changed since it was read.`,
          });
        }
        const [obstacle] = judgeRoom(shape, board.list).obstacles;
        throw explainRefusal(refusal, error, shape, obstacle);
      };
    },

    unconfirmed: (reference, since) => ({
      code: 'trello_unconfirmed',
      userMessage: 'Trello didn’t confirm the card, so this app checks the board before it tries again.',
      operatorMessage: `Create call of ${reference} ended without an answer; looking for the reference from ${new Date(since).toISOString()}.`,
    }),

    async findCard(request, reference, since) {
      const { reader, client, quota, drawExcept } = await boardFor(request);
      const shape = await reader.shape();
      const from = since - CLOCK_SKEW;
      let before: string | undefined;
      for (;;) {
        await quota.take('card');
        const answer = await client.request({
          method: 'GET',
          path: `/boards/${shape.id}/cards`,
          query: {
            filter: 'all',
            fields: 'name,desc,shortUrl,idList,idMembers,labels',
            limit: CARDS_IN_ONE_READ,
            // Without it the cards come in their order on the board.
            sort: '-id',
            since: new Date(from).toISOString(),
            ...(before && { before }),
          },
          schema: listedCardsSchema,
        });
        if (!answer.ok) throw readingError(await quota.refused(answer.refusal));
        const found = answer.value.find((card) => card.desc.includes(reference));
        if (found) return listedToCard(found, request.draft, shape, drawExcept);
        const last = answer.value.reduce((id, card) => (card.id < id ? card.id : id), before ?? 'g');
        if (answer.value.length < CARDS_IN_ONE_READ || last < cardIdAt(from) || last === before)
          return undefined;
        before = last;
      }
    },
  };
}

/**
 * Why Trello refuses a change on a board that lacks nothing. Its words for a full or view-only board are not documented.
 * `obstacle`: what the board itself says.
 */
export function explainRefusal(
  refusal: Refusal,
  error: AppError,
  shape: BoardShape,
  obstacle?: AppError,
): AppError {
  const words = describeRefusal(refusal.text);
  if (/view[- ]?only|read[- ]?only/i.test(words)) {
    return viewOnly(shape, `Trello refused a write on ${shape.name}: ${words}.`, error);
  }
  if (/TOO_MANY_(OPEN_)?CARDS\b|too many (open )?cards/i.test(words)) {
    return boardFull(
      shape,
      `Trello: ${words}; open cards ${shape.limits?.cards.openPerBoard.count ?? 'not known'}.`,
      error,
    );
  }
  if (obstacle) return obstacle;
  return lacksRights(refusal) ? forbidden(shape, `${refusal.status} ${words}`, error) : error;
}

/** One request makes the card with its list, labels and member; as a body, because a long URL is refused. */
function cardBody(draft: SettledDraft, { list, labels, drawn }: ResolvedDraft, footer: string) {
  return {
    idList: list.id,
    name: draft.title,
    desc: draft.description === '' ? footer : `${draft.description}\n\n${footer}`,
    ...(labels.length > 0 && { idLabels: labels.map(({ id }) => id) }),
    ...(drawn && { idMembers: [drawn.member.id] }),
    ...(draft.due && { due: draft.due }),
  };
}

function toCard(
  { id, name, shortUrl }: z.infer<typeof cardSchema>,
  { board, list, labels, drawn }: ResolvedDraft,
): Card {
  return {
    id,
    board,
    title: name,
    url: shortUrl,
    list: list.name,
    labels: labels.map((label) => label.name),
    ...(drawn && {
      assignee: drawn.member.name,
      drawn: { id: drawn.member.id, from: drawn.from },
    }),
  };
}

/** A card that a call of ours has made. Who could be drawn then is nearly always who can be now. */
function listedToCard(
  card: ListedCard,
  { assign }: SettledDraft,
  shape: BoardShape,
  drawExcept: Board['drawExcept'],
): Card {
  const assignee = assignableMembers(shape).find(({ id }) => card.idMembers.includes(id));
  return {
    id: card.id,
    board: shape.id,
    title: card.name,
    url: card.shortUrl,
    list: shape.lists.find(({ id }) => id === card.idList)?.name ?? 'an archived list',
    labels: card.labels.map(({ name }) => name),
    assignee: assignee?.name,
    ...(assignee &&
      assign !== 'nobody' && { drawn: { id: assignee.id, from: drawableMembers(shape, drawExcept).length } }),
  };
}

/** Trello's ids begin with the time of creation, in seconds, as 8 hexadecimal digits. */
function cardIdAt(milliseconds: number): string {
  return Math.max(0, Math.floor(milliseconds / 1000))
    .toString(16)
    .padStart(8, '0');
}

/**
 * When a card was made, by Trello's clock and to the second: its id begins with the time. Milliseconds since 1970.
 * @see https://support.atlassian.com/trello/docs/getting-the-time-a-card-or-board-was-created/
 */
export function madeAt(card: string): number {
  return Number.parseInt(card.slice(0, 8), 16) * 1000;
}
