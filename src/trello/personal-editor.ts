import type { Logger } from 'pino';
import { isAppError } from '../errors.ts';
import type { CardEditor, EditorFor, Presser } from '../flows/edit-card/ports.ts';
import type { People } from '../workspaces/people.ts';
import type { Boards } from './boards.ts';

const REVOKED =
  'Your Trello connection no longer works, so this was done by the app’s account. Connect again with `/spacex-task me`.';

/** Trello for the edits of people: in their own name where they have connected an account. */
export function createEditorFor({
  boards,
  people,
  presser,
  log,
}: {
  boards: Pick<Boards, 'of' | 'editorOf'>;
  people: Pick<People, 'account' | 'disconnect'>;
  presser: Presser;
  log: Logger;
}): EditorFor {
  return async ({ team, board }, by, place) => {
    const connected = await boards.of(team, board);
    const account = place && (await people.account(by));
    if (!account) return connected.editor;
    return createPersonalEditor({
      own: await boards.editorOf(by, account, connected.reader),
      shared: connected.editor,
      async refused() {
        try {
          // Once: another edit may have found out at the same time.
          if (!(await people.disconnect(by, { connectedAt: account.at }))) return;
          log.info({ team, user: by.user, code: 'person_revoked' }, 'token refused and deleted');
          await presser.tell(place, by, REVOKED);
        } catch (error) {
          // The change is made all the same.
          log.warn({ err: error, team, user: by.user }, 'a refused token may still be there');
        }
      },
    });
  };
}

/**
 * Changes are made with the account of a person. What Trello refuses to that one is tried with the app's account, which reads
 * for both: the person may not be on the board. `refused`: Trello refuses the person's token; never rejects.
 */
function createPersonalEditor({
  own,
  shared,
  refused,
}: {
  own: CardEditor;
  shared: CardEditor;
  refused: () => Promise<void>;
}): CardEditor {
  async function orShared<T>(attempt: Promise<T>, instead: () => Promise<T>): Promise<T> {
    try {
      return await attempt;
    } catch (error) {
      if (!isAppError(error) || error.retry !== 'never') throw error;
      const result = await instead();
      // Only now: where the app's own sign-in is refused too, the fault is not the person's token.
      if (error.code === 'trello_not_authorized') await refused();
      return result;
    }
  }

  return {
    ...shared,
    change: (...given) => orShared(own.change(...given), () => shared.change(...given)),
    assign: (...given) => orShared(own.assign(...given), () => shared.assign(...given)),
    unassign: (...given) => orShared(own.unassign(...given), () => shared.unassign(...given)),
    async prepareComment(...given) {
      const comment = await own.prepareComment(...given);
      return (mayLeave) =>
        orShared(comment(mayLeave), async () => (await shared.prepareComment(...given))(mayLeave));
    },
  };
}
