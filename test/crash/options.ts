import { parseArgs } from 'node:util';

export const USAGE = `npm run test:crash -- [options]

The real program between a local Slack and a local Trello, both full of faults, while its instances are killed at
random, their clocks are set by up to a day, the connections to Redis are held, and Slack is away for a minute. At the
end everything that was accepted has to be there, and once.

  --what NAME     tasks: what is asked for becomes cards (default); activity: what happens to cards is told in Slack
  --rounds N      how long: a round is about a second, with four requests or changes of cards (default 50)
  --store NAME    sqlite or redis (default sqlite)
  --instances M   how many instances share the store; one on sqlite (default 1)
  --history       the app may read channels, so that no message comes twice
  --seed S        the same seed draws the same requests, faults and kills; when they meet is left to the machine
  --log FILE      where the logs of the instances go
`;

export interface Options {
  what: 'tasks' | 'activity';
  rounds: number;
  store: 'sqlite' | 'redis';
  instances: number;
  history: boolean;
  seed: number;
  log?: string | undefined;
}

/** @throws Error whose message says which option is wrong. */
export function readOptions(words: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      what: { type: 'string', default: 'tasks' },
      rounds: { type: 'string', default: '50' },
      store: { type: 'string', default: 'sqlite' },
      instances: { type: 'string', default: '1' },
      history: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      log: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { what, store, history, log } = values;
  if (what !== 'tasks' && what !== 'activity') throw new Error('--what is tasks or activity.');
  if (store !== 'sqlite' && store !== 'redis') throw new Error('--store is sqlite or redis.');
  const instances = wholeNumber('--instances', values.instances, 1, 10);
  if (store === 'sqlite' && instances > 1) throw new Error('A store on sqlite has one instance.');
  return {
    what,
    rounds: wholeNumber('--rounds', values.rounds, 1, 100_000),
    store,
    instances,
    history,
    seed: wholeNumber('--seed', values.seed, 0, 2 ** 31),
    log,
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`${name} is a whole number from ${least} to ${most}.`);
}
