import { AppError } from '../errors.ts';
import type { CardState } from '../flows/card-activity/link.ts';
import { CARD_GONE, type Card, type CardRequest } from '../flows/create-card/job.ts';
import type { ExistingCards } from '../flows/create-card/ports.ts';
import { NO_WORKSPACE } from '../workspaces/variables.ts';
import type { ConnectedBoard } from './boards.ts';
import { madeAt } from './cards.ts';

/** Trello, as far as cards that are there are followed. `boardOf` finds a board of a workspace. */
export function createExistingCards({
  boardOf,
}: {
  boardOf: (team: string, board?: string) => Promise<Pick<ConnectedBoard, 'id' | 'history' | 'editor'>>;
}): ExistingCards {
  const boardFor = ({ origin, board }: Pick<CardRequest, 'origin' | 'board'>) =>
    boardOf(origin.team ?? NO_WORKSPACE, board);

  return {
    async isThere({ team, board }, card) {
      const { id, history } = await boardOf(team, board);
      const found = await history.cards(id, [card]);
      return found.length > 0;
    },

    async prepareComment(request, card, text) {
      const { id, history, editor } = await boardFor(request);
      const [state] = await history.cards(id, [card]);
      if (!state) throw cardGone(card);
      const comment = await editor.prepareComment(card, text);
      return async (mayLeave) => toCard(state, await comment(mayLeave));
    },

    async findComment(request, card, texts, since) {
      const { id, history, editor } = await boardFor(request);
      for (const text of texts) {
        const comment = await editor.findComment(card, text, since);
        const [state] = comment ? await history.cards(id, [card]) : [];
        if (comment && state) return toCard(state, comment);
      }
      return undefined;
    },
  };
}

/** The card as it stood at the comment, which its new thread need not be told of. */
function toCard(state: CardState, { id: comment, date }: { id: string; date?: string | undefined }): Card {
  const { id, board, title, url, list, labels, members, due, finished, closed } = state;
  const standing = closed || list.closed ? 'archived' : finished ? 'finished' : 'onBoard';
  const at = (date === undefined ? madeAt(comment) : Date.parse(date)) + 1;
  const assignees = members.map(({ name }) => name);
  return { id, board, title, url, list: list.name, labels, followed: { at, standing, assignees, due } };
}

function cardGone(card: string): AppError {
  return new AppError({
    code: CARD_GONE,
    retry: 'never',
    userMessage: 'That card was deleted meanwhile.',
    operatorMessage: `404 on ${card}; nothing follows it.`,
  });
}
