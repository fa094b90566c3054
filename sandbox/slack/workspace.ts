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

/** The app's installation in this workspace. */
export interface Installation {
  appId: string;
  appName: string;
  botId: string;
  botUserId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  /** The deprecated verification token, which Slack still sends. */
  verificationToken: string;
  scopes: readonly string[];
}

export interface WorkspaceOptions {
  botToken?: string | undefined;
  appToken?: string | undefined;
  signingSecret?: string | undefined;
  scopes?: readonly string[] | undefined;
  appName?: string | undefined;
  /** First names. Each person is found by this name. */
  people?: readonly string[] | undefined;
  /** Interactions carry people's names beside their ids. Slack may leave them out. */
  namesInPayloads?: boolean | undefined;
}

export type Workspace = ReturnType<typeof createWorkspace>;

const TEAM = {
  id: 'T0SPACEX1',
  name: 'SpaceX',
  domain: 'spacex-local',
  url: 'https://spacex-local.slack.com/',
};

/** The scopes that the app asks for when it is installed. */
const DEFAULT_SCOPES = ['commands', 'chat:write', 'chat:write.public', 'im:write'];

/**
 * The team, the app, people and channels. The app is a member of `#mission-control` and of the archived `#apollo`, not
 * of the public `#rockets` and the private `#engine-room`.
 */
export function createWorkspace({
  botToken = 'xoxb-local-bot-token',
  appToken = 'xapp-1-local-app-token',
  signingSecret = 'local-signing-secret-0123456789abcdef',
  scopes = DEFAULT_SCOPES,
  appName = 'SpaceX Tasks',
  people: names = ['Ana', 'Bruno', 'Chen'],
  namesInPayloads = true,
}: WorkspaceOptions) {
  const app: Installation = {
    appId: 'A0BRIDGE01',
    appName,
    botId: 'B0BRIDGE01',
    botUserId: 'U0BRIDGE01',
    botToken,
    appToken,
    signingSecret,
    verificationToken: 'local-verification-token',
    scopes: [...scopes],
  };
  const people: Person[] = names.map((realName, index) => ({
    id: id('U', index + 1),
    name: realName.toLowerCase().replace(/\s+/g, '.'),
    realName,
    timeZone: 'Europe/Lisbon',
  }));
  const everybody = people.map(({ id }) => id);
  const channels = new Map<string, Channel>();
  let channelNumber = 0;

  addChannel({ name: 'mission-control', members: [...everybody, app.botUserId] });
  addChannel({ name: 'rockets', members: everybody });
  addChannel({ name: 'engine-room', kind: 'private', members: everybody });
  addChannel({ name: 'apollo', archived: true, members: [...everybody, app.botUserId] });
  if (people.length > 1) addChannel({ name: '', kind: 'im', members: everybody.slice(0, 2) });

  return {
    team: TEAM,
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
  }: {
    name: string;
    kind?: Channel['kind'];
    archived?: boolean;
    members: readonly string[];
  }): Channel {
    channelNumber += 1;
    const prefix = kind === 'im' ? 'D' : 'C';
    const channel = { id: id(prefix, channelNumber), name, kind, archived, members: new Set(members) };
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

function id(prefix: string, number: number): string {
  return `${prefix}0LOCAL${number.toString(36).toUpperCase().padStart(4, '0')}`;
}

function missing(what: string, idOrName: string): never {
  throw new AppError({
    code: `sandbox_no_such_${what}`,
    retry: 'never',
    userMessage: `There is no ${what} "${idOrName}" in this workspace.`,
  });
}
