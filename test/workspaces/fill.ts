import { asStored, type Records } from '../../src/workspaces/records.ts';
import { createVault } from '../../src/workspaces/vault.ts';
import { aKey } from './a-key.ts';

export const WORKSPACES = 1_000;
export const BOARDS = 3;

/**
 * Connects {@link WORKSPACES} workspaces (T0, T1, …) to an account and {@link BOARDS} boards each. Written as the program writes
 * it, but without the reads before it: there is nothing yet. The tokens are encrypted with the key `old`.
 */
export async function fill(records: Records): Promise<void> {
  const vault = createVault([aKey('old'), aKey('older')]);
  const stamp = { by: 'U1', at: Date.now() };

  async function connect(workspace: string) {
    const boards = Array.from({ length: BOARDS }, (_, place) => {
      const id = `${workspace}-b${place}`;
      return [id, { id, name: id, account: 'm1', list: 'To Do', doneList: 'Done', ...stamp }];
    });
    const routes = { C1: { board: `${workspace}-b1`, ...stamp } };
    const otherwise = { board: `${workspace}-b0`, ...stamp };
    const setup = { boards: Object.fromEntries(boards), routes, otherwise };
    const token = await vault.seal(`account:${workspace}:m1`, `ATTA-${workspace}`);
    const account = { id: 'm1', username: 'chen', fullName: 'Chen', ...stamp, token };
    await records.replace({ workspace, type: 'setup', id: 'setup' }, undefined, asStored(setup));
    await records.replace({ workspace, type: 'account', id: 'm1' }, undefined, asStored(account));
  }

  for (let number = 0; number < WORKSPACES; number += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, place) => connect(`T${number + place}`)));
  }
}
