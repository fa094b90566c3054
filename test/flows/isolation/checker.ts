import type { Side, TwoWorkspaces } from './two-workspaces.ts';

/**
 * What of one workspace was seen by the other: in its Slack, or in what its Trello account has asked and written. Knows nothing
 * of the program: it looks for words, addresses and ids that belong to one of them alone.
 */
export function findLeaks({
  sides,
  seen,
  trello,
  tokenOf,
}: Pick<TwoWorkspaces, 'sides' | 'seen' | 'trello' | 'tokenOf'>) {
  const sameBoard = sides[0].board === sides[1].board;
  const cards = [...trello.state.cards.values()];

  /** Whatever belongs to this side alone. A shared board is seen by both, with its cards and who is on it. */
  function own(side: Side): string[] {
    const { team } = side.slack.workspace;
    const { board, lists } = side.board;
    const ofBoard = sameBoard ? [] : [board.id, board.shortLink, ...lists.map(({ id }) => id)];
    const ofCards = cards
      .filter(({ desc }) => desc.includes(side.mark))
      .flatMap(({ id, shortLink }) => [id, shortLink]);
    return [side.mark, team.id, `${team.domain}.slack.com`, tokenOf(side), ...ofBoard, ...ofCards];
  }

  return sides.flatMap((side, place) => {
    const other = sides[1 - place] as Side;
    const foreign = own(other);
    const asked = trello.requests.kept
      .filter(({ token, route }) => token === tokenOf(side) && !(sameBoard && route.startsWith('GET')))
      .map((request) => JSON.stringify(request));
    const found = (where: string, texts: readonly string[]) =>
      texts.flatMap((text) => {
        const word = foreign.find((one) => text.includes(one));
        return word === undefined ? [] : [`${where} of ${side.mark} has ${word}: ${text.slice(0, 2_000)}`];
      });
    return [...found('Slack', seen[place] ?? []), ...found('Trello account', asked)];
  });
}
