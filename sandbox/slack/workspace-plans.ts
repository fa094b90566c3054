import type { ChannelPlan, WorkspaceOptions } from './workspace.ts';

type Plan = Pick<WorkspaceOptions, 'team' | 'ids' | 'botId' | 'botUserId' | 'people' | 'channels'>;

/** The app is a member of `#mission-control` and of the archived `#apollo`, not of `#rockets` and the private `#engine-room`. */
const CHANNELS: readonly ChannelPlan[] = [
  { name: 'mission-control', withApp: true },
  { name: 'rockets' },
  { name: 'engine-room', kind: 'private' },
  { name: 'apollo', archived: true, withApp: true },
];

export const FIRST_WORKSPACE: Plan = {
  team: { id: 'T0SPACEX1', name: 'SpaceX', domain: 'spacex-local' },
  ids: 'LOCAL',
  botId: 'B0BRIDGE01',
  botUserId: 'U0BRIDGE01',
  people: ['Ana', 'Bruno', 'Chen'],
  channels: CHANNELS,
};

/** The app is in none of its channels. */
export const SECOND_WORKSPACE: Plan = {
  team: { id: 'T0STARLNK', name: 'Starlink', domain: 'starlink-local' },
  ids: 'OTHER',
  botId: 'B0BRIDGE02',
  botUserId: 'U0BRIDGE02',
  people: ['Dana', 'Emil'],
  channels: [{ name: 'ground-stations' }, { name: 'antennas' }, { name: 'night-shift', kind: 'private' }],
};

/** For tests of isolation: only the team's own id and name tell it from the first workspace. */
export const SECOND_WITH_SAME_IDS: Plan = { ...FIRST_WORKSPACE, team: SECOND_WORKSPACE.team };
