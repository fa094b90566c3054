import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readVariables } from '../config.ts';
import { KEY_BYTES } from '../encryption-keys.ts';
import { AppError } from '../errors.ts';
import type { KeyUse, RotationPlace } from '../workspaces/keys.ts';
import { keysMissing } from '../workspaces/vault.ts';
import type { Admin } from './admin.ts';
import { asJson, misuse, oneLine, print, runCommand, unknownWord } from './command.ts';
import { reachAdmin } from './reach-admin.ts';

const USAGE = `Make, change and see the keys that tokens in the store are encrypted with (ENCRYPTION_KEYS).

  npm run keys -- new       print a new key, and how to use it
  npm run keys -- rotate    encrypt every token with the first key, while the bridge runs
  npm run keys -- check     which keys are in use, by how many tokens, and which can go

  --json                    of check: one JSON document instead of text
`;

const HOW_TO = `
Write it into ENCRYPTION_KEYS. Where there is a key already, write the new one in front of it, separated by a comma, and
keep the old one: it decrypts what is stored. Then restart the bridge, and: npm run keys -- rotate
With several instances write it behind the old one first and restart all of them, so that each can decrypt with it; then
put it in front and restart all again.
Keep a copy of the keys apart from the store: without them nobody can use the tokens in it.
`;

type Names = readonly string[];

/** Exit code 1: a key is missing, a token cannot be decrypted, or the store cannot be used. */
async function main(): Promise<0 | 1> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [act = '', further] = positionals;
  if (!['new', 'rotate', 'check'].includes(act)) {
    throw misuse(`${unknownWord(act)}Say what to do: new, rotate or check.`);
  }
  if (further) throw misuse(`${unknownWord(further)}${act} takes no word more.`);
  if (act === 'new') return makeKey();
  const { ENCRYPTION_KEYS: keys } = readVariables('ENCRYPTION_KEYS');
  const names = keys.map(({ name }) => name);
  const admin = await reachAdmin(keys);
  try {
    return act === 'rotate' ? await rotate(admin, names) : await check(admin, names, values.json);
  } finally {
    await admin.close();
  }
}

/** The key alone on standard output, so that it can go straight into a file. */
function makeKey(): 0 {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const name = `k${day}-${randomBytes(2).toString('hex')}`;
  print(`${name}:${randomBytes(KEY_BYTES).toString('base64')}`);
  process.stderr.write(HOW_TO);
  return 0;
}

async function rotate(admin: Admin, names: Names): Promise<0 | 1> {
  const [first] = names;
  if (first === undefined) {
    throw refuse(
      'ENCRYPTION_KEYS is missing: there is no key to encrypt with. Make one with: npm run keys -- new',
    );
  }
  const before = await admin.keyUse();
  if (before.keys[0] !== first) throw refuse(`${otherKeys(before)} Then run this again.`);
  const missing = missingOf(before, names);
  if (missing.length > 0) throw keysMissing(missing);

  let changed = 0;
  const unreadable: string[] = [];
  let next: RotationPlace | undefined;
  do {
    const rotation = await admin.rotateKeys(next);
    changed += rotation.changed;
    unreadable.push(...rotation.unreadable);
    next = rotation.next;
  } while (next);
  print(`${changed === 1 ? '1 token was' : `${changed} tokens were`} encrypted with “${first}”.`);
  for (const record of unreadable) {
    print(`The token of ${oneLine(record)} cannot be decrypted, and stays as it is. Connect it again.`);
  }
  return unreadable.length > 0 ? 1 : 0;
}

async function check(admin: Admin, names: Names, json: boolean): Promise<0 | 1> {
  const use = await admin.keyUse();
  const [first] = names;
  const missing = missingOf(use, names);
  const counts = new Map(use.used.map(({ key, records }) => [key, records]));
  const keys = [...names, ...missing].map((name) => ({
    name,
    tokens: counts.get(name) ?? 0,
    encrypts: name === first,
    isMissing: missing.includes(name),
  }));
  if (json) print(asJson(keys));
  else print(keys.length === 0 ? 'No token is stored, and there is no key.' : keys.map(describe).join('\n'));
  if (!json && use.keys.join() !== names.join()) print(otherKeys(use));
  return missing.length > 0 ? 1 : 0;
}

function describe(key: { name: string; tokens: number; encrypts: boolean; isMissing: boolean }): string {
  const tokens = `${key.tokens} ${key.tokens === 1 ? 'token' : 'tokens'}`;
  return [key.name.padEnd(20), tokens.padEnd(14), whatOf(key)].join('  ');
}

function whatOf({ tokens, encrypts, isMissing }: Parameters<typeof describe>[0]): string {
  if (isMissing) return 'missing: put it back into ENCRYPTION_KEYS';
  if (encrypts) return 'the first one: it encrypts';
  return tokens > 0 ? 'still needed; npm run keys -- rotate changes that' : 'not in use: it can go';
}

function missingOf({ used }: KeyUse, names: Names): string[] {
  return used.map(({ key }) => key).filter((key) => !names.includes(key));
}

/** A running bridge has the keys of its start. */
function otherKeys({ keys }: KeyUse): string {
  const theirs = keys.length === 0 ? 'no key' : keys.map((key) => `“${key}”`).join(', ');
  return `The running bridge has other keys than ENCRYPTION_KEYS has here (${theirs}). Restart it with the same ones.`;
}

function refuse(userMessage: string): AppError {
  return new AppError({ code: 'keys_refused', retry: 'never', userMessage });
}

await runCommand(USAGE, main);
