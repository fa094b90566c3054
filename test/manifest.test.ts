import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BOT_SCOPES, REDIRECT_PATH } from '../src/slack/installer.ts';
import { CREATE_TASK_FROM_MESSAGE } from '../src/slack/listeners/shortcuts/create-task-from-message.ts';
import { NEW_TASK } from '../src/slack/listeners/shortcuts/new-task.ts';
import { COMMAND } from '../src/slack/messages/help.ts';
import { SLACK_PATH } from '../src/slack/receiver.ts';
import { KINDS } from '../src/tasks/kinds.ts';

const ROOT = resolve(import.meta.dirname, '..');

interface Manifest {
  features: {
    slash_commands: { command: string; usage_hint: string; description: string; url?: string }[];
    shortcuts: { name: string; type: string; callback_id: string; description: string }[];
    app_home: { home_tab_enabled: boolean; messages_tab_enabled: boolean };
    bot_user: { display_name: string };
  };
  oauth_config: { scopes: { bot: string[] }; redirect_urls?: string[] };
  settings: {
    interactivity: { is_enabled: boolean; request_url?: string };
    event_subscriptions?: { bot_events: string[]; request_url?: string };
    socket_mode_enabled: boolean;
  };
}
const forSockets = parse(readFileSync(join(ROOT, 'manifest.yml'), 'utf8')) as Manifest;
const forRequests = parse(printed('https://bridge.example.com').stdout) as Manifest;

/** What `npm run manifest` prints. */
function printed(...args: string[]) {
  const command = join(ROOT, 'src/cli/manifest.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

const source = readdirSync(join(ROOT, 'src/slack'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(ROOT, 'src/slack', name), 'utf8'))
  .join('\n');

/**
 * The scope that each Web API method wants. Methods that only read history are optional: they are asked for only where
 * the installation has that scope. @see https://docs.slack.dev/reference/methods
 */
const SCOPE_OF: Readonly<Record<string, string | undefined>> = {
  'auth.test': undefined,
  'chat.postMessage': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'chat.update': 'chat:write',
  'conversations.history': undefined,
  'conversations.open': 'im:write',
  'conversations.replies': undefined,
  'views.open': undefined,
  'views.publish': undefined,
  'views.push': undefined,
  'views.update': undefined,
};

describe.each([
  ['Socket Mode', forSockets],
  ['requests to an address', forRequests],
])('the manifest for %s', (_, manifest) => {
  it('declares the command that the code answers, and no other', () => {
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual([COMMAND]);
    expect([...source.matchAll(/app\.command\(/g)]).toHaveLength(1);
  });

  it('says in a few words what the command does, and which words may follow', () => {
    expect(manifest.features.slash_commands[0]).toMatchObject({
      description: 'Create a card on the developers’ Trello board',
      usage_hint: '[issue | bug | task | me | setup | help] [your words]',
    });
  });

  it('names every kind in the hint of the command', () => {
    for (const { type } of KINDS) expect(manifest.features.slash_commands[0]?.usage_hint).toContain(type);
  });

  it('declares the shortcuts that the code listens to', () => {
    const declared = manifest.features.shortcuts.map(({ name, type, callback_id }) => [
      name,
      type,
      callback_id,
    ]);
    expect(declared).toEqual([
      ['Create a task', 'message', CREATE_TASK_FROM_MESSAGE],
      ['New task', 'global', NEW_TASK],
    ]);
    expect([...source.matchAll(/app\.shortcut\(/g)]).toHaveLength(declared.length);
  });

  it('declares the events that the code listens to', () => {
    const events = [...source.matchAll(/app\.event\('(\w+)'/g)].map(([, name]) => name);
    expect(source).not.toMatch(/app\.message\(/);
    expect(events.toSorted()).toEqual(manifest.settings.event_subscriptions?.bot_events.toSorted());
  });

  it('has the Home that the code publishes, and the messages that people get directly', () => {
    expect(source).toMatch(/views\.publish\(/);
    expect(manifest.features.app_home).toMatchObject({ home_tab_enabled: true, messages_tab_enabled: true });
  });

  it('has interactivity for the form', () => {
    expect(source).toMatch(/app\.view\(/);
    expect(manifest.settings.interactivity.is_enabled).toBe(true);
  });

  it('asks for exactly the scopes that the code uses', () => {
    const called = [
      ...source.matchAll(/client\.((?:auth|chat|conversations|users|views|files|reactions)\.\w+)\(/g),
    ].map(([, method]) => String(method));
    for (const method of called) expect(Object.keys(SCOPE_OF)).toContain(method);
    const used = new Set(called.map((method) => SCOPE_OF[method]).filter((scope) => scope !== undefined));
    // Commands need their scope; posting to a public channel that the app has not joined needs one more.
    expect([...used, 'commands', 'chat:write.public'].sort()).toEqual(
      [...manifest.oauth_config.scopes.bot].sort(),
    );
  });

  it('asks for the same scopes as an installation by OAuth', () => {
    expect(BOT_SCOPES.toSorted()).toEqual(manifest.oauth_config.scopes.bot.toSorted());
  });

  it('keeps within the lengths that Slack allows', () => {
    expect(manifest.features.bot_user.display_name.length).toBeLessThanOrEqual(80);
    for (const { description, usage_hint } of manifest.features.slash_commands) {
      expect(description.length).toBeLessThanOrEqual(2_000);
      expect(usage_hint.length).toBeLessThanOrEqual(1_000);
    }
    for (const { name, description, callback_id } of manifest.features.shortcuts) {
      expect(name.length).toBeLessThanOrEqual(24);
      expect(description.length).toBeLessThanOrEqual(150);
      expect(callback_id.length).toBeLessThanOrEqual(255);
    }
  });
});

describe('the way in which Slack reaches the app', () => {
  it('is a socket in manifest.yml, without an address', () => {
    expect(forSockets.settings.socket_mode_enabled).toBe(true);
    expect(JSON.stringify(forSockets)).not.toContain('url');
  });

  it('is the endpoint of the address in what npm run manifest prints, with the way back of an installation', () => {
    const url = `https://bridge.example.com${SLACK_PATH}`;
    const { features, oauth_config, settings } = forSockets;
    expect(forRequests).toEqual({
      ...forSockets,
      features: { ...features, slash_commands: features.slash_commands.map((one) => ({ ...one, url })) },
      oauth_config: { ...oauth_config, redirect_urls: [`https://bridge.example.com${REDIRECT_PATH}`] },
      settings: {
        ...settings,
        interactivity: { ...settings.interactivity, request_url: url },
        ...(settings.event_subscriptions && {
          event_subscriptions: { ...settings.event_subscriptions, request_url: url },
        }),
        socket_mode_enabled: false,
      },
    });
  });
});

describe('npm run manifest', () => {
  it('takes an address with a port and with a slash at its end', () => {
    const { status, stdout, stderr } = printed('https://bridge.example.com:8443/');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('request_url: https://bridge.example.com:8443/slack/events\n');
  });

  it.each([
    [[], 'one address'],
    [['https://a.example', 'https://b.example'], 'one address'],
    [['bridge.example.com'], '“bridge.example.com” is no address that begins with https://'],
    [['http://bridge.example.com'], 'no address that begins with https://'],
    [
      ['https://bridge.example.com/slack/events'],
      'Leave out what follows the host: https://bridge.example.com',
    ],
  ])('explains itself when it is given %j', (given, words) => {
    const { status, stdout, stderr } = printed(...given);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr).toContain('npm run --silent manifest -- https://bridge.example.com');
  });
});
