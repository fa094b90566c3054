import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { misuse, print, runCommand } from './command.ts';

const USAGE = `Print the manifest of a Slack app that sends its requests to the bridge's public address:

  npm run --silent manifest -- https://bridge.example.com

It also lets several workspaces install the app, at the address's /slack/install.

Only the address, without a path. Paste the output at api.slack.com/apps, “Create New App”, “From a manifest”, YAML.
An app in Socket Mode needs no address: paste manifest.yml as it is.
`;

/** The manifest for Socket Mode. */
const MANIFEST = new URL('../../manifest.yml', import.meta.url);
const SLACK_PATH = '/slack/events';
const REDIRECT_PATH = '/slack/oauth_redirect';

async function main(): Promise<0> {
  const { positionals } = parseArgs({ allowPositionals: true });
  print(manifestFor(addressOf(positionals)));
  return 0;
}

function addressOf(given: readonly string[]): string {
  const [text = ''] = given;
  if (given.length !== 1) throw misuse('Say where Slack reaches the bridge: one address.');
  const url = URL.parse(text);
  if (url?.protocol !== 'https:') throw misuse(`“${text}” is no address that begins with https://.`);
  if (url.href !== `${url.origin}/`) throw misuse(`Leave out what follows the host: ${url.origin}`);
  return url.origin;
}

/** As text, so that comments stay and no YAML library is needed at runtime. */
function manifestFor(address: string): string {
  const endpoint = `${address}${SLACK_PATH}`;
  return readFileSync(MANIFEST, 'utf8')
    .replace('socket_mode_enabled: true', 'socket_mode_enabled: false')
    .replace(/^oauth_config:$/m, `$&\n  redirect_urls:\n    - ${address}${REDIRECT_PATH}`)
    .replace(/^( *)- command: .*$/gm, (line, indent) => `${line}\n${indent}  url: ${endpoint}`)
    .replace(
      /^( *)(?:interactivity|event_subscriptions):$/gm,
      (line, indent) => `${line}\n${indent}  request_url: ${endpoint}`,
    );
}

await runCommand(USAGE, main);
