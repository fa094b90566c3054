import { describe, expect, it } from 'vitest';
import type { FollowedCard } from '../../src/flows/edit-card/ports.ts';
import { cardToEdit } from '../../src/slack/may-edit.ts';
import type { Workspace } from '../../src/slack/workspace.ts';

const followed: FollowedCard = {
  id: 'ref',
  team: 'T1',
  board: 'board',
  card: 'card',
  title: 'Leak',
  muted: false,
  ended: false,
};

function press(
  user: { id: string; name?: string; team_id?: string },
  changes: { card?: FollowedCard | undefined; name?: string | undefined } = {},
) {
  const { card, name } = { card: followed, name: 'SpaceX', ...changes };
  const parts = {
    threads: { find: async () => card },
    people: {
      find: async ({ user: id }: { user: string }) =>
        id === 'U1' ? { id: 'ana', name: 'Ana Diaz' } : undefined,
      set: async () => true,
    },
    workspaceFor: async () => ({ name }) as Workspace,
  };
  const pressed = { link: 'ref', channel: 'C1', thread: '1.0' };
  return cardToEdit(parts, pressed, { user, team: { id: 'T1' } }, 'move');
}

describe('who presses a button of a card', () => {
  it('may edit it as a member of its workspace, by the name that they have in Trello', async () => {
    expect(await press({ id: 'U1', name: 'ana' })).toEqual({
      followed,
      by: { team: 'T1', user: 'U1', name: 'Ana Diaz', member: 'ana' },
      place: { channel: 'C1', thread: '1.0' },
    });
    expect((await press({ id: 'U2', name: 'bruno' })).by).toMatchObject({ name: 'bruno' });
    expect((await press({ id: 'U3' })).by).toMatchObject({ name: 'Someone' });
  });

  it.each([
    ['SpaceX', 'Only members of SpaceX can change this card from Slack.'],
    [undefined, 'Only members of the workspace of this app can change this card from Slack.'],
  ])('may not as a member of another workspace in a shared channel: of %s', async (name, userMessage) => {
    await expect(press({ id: 'U1', team_id: 'T2' }, { name })).rejects.toMatchObject({
      code: 'other_workspace',
      userMessage,
      operatorMessage: 'U1 of T2 pressed move; refused.',
    });
  });

  it('may not when the thread no longer follows the card, or does not yet', async () => {
    await expect(press({ id: 'U1' }, { card: { ...followed, ended: true } })).rejects.toMatchObject({
      code: 'card_gone',
      userMessage: 'This thread no longer follows its card, so nothing was changed.',
    });
    await expect(press({ id: 'U1' }, { card: undefined })).rejects.toMatchObject({ code: 'link_unknown' });
  });
});
