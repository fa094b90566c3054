import { AppError } from '../../src/errors.ts';

export interface Person {
  id: string;
  /** The handle, lower case. */
  name: string;
  realName: string;
  timeZone: string;
}

export interface Channel {
  id: string;
  name: string;
  kind: 'public' | 'private' | 'im' | 'mpim';
  archived: boolean;
  /** Ids of people, and of the app's bot user where it is a member. */
  members: Set<string>;
}

/** The app, which is the same in every workspace. */
export interface AppIdentity {
  appId: string;
  appName: string;
  appToken: string;
  signingSecret: string;
  /** The deprecated verification token, which Slack still sends. */
  verificationToken: string;
}

/** The app in one workspace. */
export interface Installation extends AppIdentity {
  botId: string;
  botUserId: string;
  /** Empty while the app is not installed. */
  botToken: string;
  /** Those that were granted. */
  scopes: readonly string[];
}

export interface ChannelPlan {
  name: string;
  kind?: Channel['kind'];
  archived?: boolean;
  /** Whether the app is a member. */
  withApp?: boolean;
}

export interface WorkspaceOptions {
  app: AppIdentity;
  team: Omit<Team, 'url'>;
  /** In the middle of the ids of people and channels: those of two workspaces are the same when this is. */
  ids: string;
  botId: string;
  botUserId: string;
  botToken: string;
  scopes: readonly string[];
  /** First names. Each person is found by this name. */
  people: readonly string[];
  channels: readonly ChannelPlan[];
  /** Interactions carry people's names beside their ids. Slack may leave them out. */
  namesInPayloads: boolean;
}

export interface Team {
  id: string;
  name: string;
  domain: string;
  url: string;
}

export type Workspace = ReturnType<typeof createWorkspace>;

/** The team, the app's installation, people and channels. */
export function createWorkspace({
  app: identity,
  team,
  ids,
  botId,
  botUserId,
  botToken,
  scopes,
  people: names,
  channels: plans,
  namesInPayloads,
}: WorkspaceOptions) {
  const app: Installation = { ...identity, botId, botUserId, botToken, scopes: [...scopes] };
  const people: Person[] = names.map((realName, index) => ({
    id: id('U', ids, index + 1),
    name: realName.toLowerCase().replace(/\s+/g, '.'),
    realName,
    timeZone: 'Europe/Lisbon',
  }));
  const everybody = people.map(({ id }) => id);
  const channels = new Map<string, Channel>();
  let channelNumber = 0;

  for (const { withApp = false, ...plan } of plans) {
    addChannel({ ...plan, members: withApp && botToken !== '' ? [...everybody, app.botUserId] : everybody });
  }
  if (people.length > 1) addChannel({ name: '', kind: 'im', members: everybody.slice(0, 2) });

  return {
    team: { ...team, url: `https://${team.domain}.slack.com/` } satisfies Team,
    app,
    people,
    namesInPayloads,
    channels,
    addChannel,
    findPerson,
    findChannel,
    directMessage,
    /** @throws AppError `sandbox_no_such_person` */
    person(idOrName: string): Person {
      return findPerson(idOrName) ?? missing('person', idOrName);
    },
    /** @throws AppError `sandbox_no_such_channel` */
    channel(idOrName: string): Channel {
      return findChannel(idOrName) ?? missing('channel', idOrName);
    },
    isMember(channel: Channel, user: string = app.botUserId): boolean {
      return channel.members.has(user);
    },
    hasScope(scope: string): boolean {
      return app.scopes.includes(scope);
    },
  };

  function addChannel({
    name,
    kind = 'public',
    archived = false,
    members,
  }: Omit<ChannelPlan, 'withApp'> & { members: readonly string[] }): Channel {
    channelNumber += 1;
    const prefix = kind === 'im' ? 'D' : 'C';
    const channel = { id: id(prefix, ids, channelNumber), name, kind, archived, members: new Set(members) };
    channels.set(channel.id, channel);
    return channel;
  }

  function findPerson(idOrName: string): Person | undefined {
    const wanted = idOrName.replace(/^@/, '').toLowerCase();
    return people.find(({ id, name }) => id === idOrName || name === wanted);
  }

  function findChannel(idOrName: string): Channel | undefined {
    const byId = channels.get(idOrName);
    if (byId) return byId;
    const name = idOrName.replace(/^#/, '');
    if (name === '') return undefined;
    for (const channel of channels.values()) if (channel.name === name) return channel;
    return undefined;
  }

  /** The direct message of exactly these members, one of which may be the app's user. Created at its first use. */
  function directMessage(members: readonly string[]): { channel: Channel; existed: boolean } {
    const wanted = new Set(members);
    for (const channel of channels.values()) {
      const direct = channel.kind === 'im' || channel.kind === 'mpim';
      if (
        direct &&
        channel.members.size === wanted.size &&
        members.every((member) => channel.members.has(member))
      ) {
        return { channel, existed: true };
      }
    }
    const kind = wanted.size > 2 ? 'mpim' : 'im';
    return { channel: addChannel({ name: '', kind, members: [...wanted] }), existed: false };
  }
}

function id(prefix: string, infix: string, number: number): string {
  return `${prefix}0${infix}${number.toString(36).toUpperCase().padStart(4, '0')}`;
}

function missing(what: string, idOrName: string): never {
  throw new AppError({
    code: `sandbox_no_such_${what}`,
    retry: 'never',
    userMessage: `There is no ${what} "${idOrName}" in this workspace.`,
  });
}
