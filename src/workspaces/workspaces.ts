import { type Accounts, createAccounts } from './accounts.ts';
import { createInstallations, type Installations, type WorkspaceDeps } from './installations.ts';
import { createPeople, type People } from './people.ts';
import { createSetups, type Setups } from './setups.ts';

/** Who is connected to what. Everything is looked up by workspace first, and each look-up is one read. */
export interface Workspaces {
  installations: Installations;
  accounts: Accounts;
  setups: Setups;
  people: People;
}

export function createWorkspaces(deps: WorkspaceDeps): Workspaces {
  return {
    installations: createInstallations(deps),
    accounts: createAccounts(deps),
    setups: createSetups(deps),
    people: createPeople(deps),
  };
}
