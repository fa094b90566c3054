import { describe, expect, it } from 'vitest';
import { createWorkspaceOf } from '../../src/workspaces/caller.ts';
import type { Installation } from '../../src/workspaces/installations.ts';

const INSTALLED: Record<string, Installation> = {
  T0SPACEX1: { workspace: 'T0SPACEX1', token: async () => 'xoxb-1' },
  T0GONE: { workspace: 'T0GONE', goneSince: 1 },
};
const installations = { find: async (workspace: string) => INSTALLED[workspace] };

describe('the workspace of a program', () => {
  it('is the one of the settings, and no other', async () => {
    const workspaceOf = createWorkspaceOf({ installations, own: () => 'T0OWN' });
    expect([await workspaceOf(undefined), await workspaceOf('T0OWN')]).toEqual(['T0OWN', 'T0OWN']);
    await expect(workspaceOf('T0SPACEX1')).rejects.toMatchObject({ code: 'wrong_workspace', retry: 'never' });
  });

  it('is not known before Slack has told, and no claim is believed till then', async () => {
    const workspaceOf = createWorkspaceOf({ installations, own: () => undefined });
    expect(await workspaceOf(undefined)).toBeUndefined();
    await expect(workspaceOf('T0OWN')).rejects.toMatchObject({ code: 'workspace_unknown', retry: 'later' });
  });

  it('is the one that its token claims where workspaces install the app, as long as it is installed', async () => {
    const workspaceOf = createWorkspaceOf({ installations, own: undefined });
    expect([await workspaceOf(undefined), await workspaceOf('T0SPACEX1')]).toEqual([undefined, 'T0SPACEX1']);
    for (const claim of ['T0GONE', 'T0OTHER', '__proto__']) {
      await expect(workspaceOf(claim)).rejects.toMatchObject({ code: 'wrong_workspace' });
    }
  });
});
