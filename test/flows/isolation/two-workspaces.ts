import type { LocalWorkspace } from '../../../sandbox/slack/local-workspace.ts';
import { startLocalSlack } from '../../../sandbox/slack/server.ts';
import { LOCAL_SECRET } from '../../../sandbox/trello/local-trello.ts';
import type { StoredMember } from '../../../sandbox/trello/model.ts';
import { type SeededBoard, seedBoard } from '../../../sandbox/trello/seed.ts';
import { startLocalTrello } from '../../../sandbox/trello/server.ts';
import { KINDS } from '../../../src/tasks/kinds.ts';
import { environmentFor } from '../../support/bridge.ts';
import { spawnChild } from '../../support/child.ts';
import { connectWorkspace } from '../../support/connecting.ts';
import { beginInstallation, CLIENT, finishInstallation } from '../../support/installing.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { aKey, asSetting } from '../../workspaces/a-key.ts';

const TIMING = { trelloSettlesWithin: 500, slackSettlesWithin: 500 };
const PEOPLE = ['Ana', 'Bruno', 'Chen'];
export const KEY = aKey('one');

/** A workspace with its Trello account, and the word that stands in everything of its own. */
export interface Side {
  mark: string;
  slack: LocalWorkspace;
  account: StoredMember;
  board: SeededBoard;
  /** Who Ana, Bruno and Chen are in Trello. */
  members: StoredMember[];
}

export type TwoWorkspaces = Awaited<ReturnType<typeof startTwoWorkspaces>>;

/**
 * Two workspaces whose channels, people, views and messages have the same ids, with instances of the program, each a process,
 * behind one address. Both have installed the app and connected an account of their own, to a board of their own or to the
 * same one.
 */
export async function startTwoWorkspaces(options: {
  storeUrl: string;
  instances: number;
  sameBoard: boolean;
}) {
  const trello = await startLocalTrello({ keepRequests: true });
  const answers: Buffer[] = [];
  const ports: number[] = [];
  let connections = 0;
  const front = await startTcpProxy(
    () => ports[connections++ % ports.length],
    (chunk) => answers.push(chunk),
  );
  const url = `http://127.0.0.1:${front.port}`;
  trello.allowedOrigins.push(url);
  const slack = await startLocalSlack({
    botToken: '',
    second: { sameIds: true },
    limitMessages: false,
    // How fast it is on a busy machine is not the question here.
    triggerLifetime: 60_000,
    acknowledgeWithin: 60_000,
    oauth: { ...CLIENT, redirectUris: [`${url}/slack/oauth_redirect`] },
  });
  const environment = {
    ...environmentFor(slack, trello.url, 'http'),
    SLACK_BOT_TOKEN: '',
    TRELLO_API_TOKEN: '',
    SLACK_CLIENT_ID: CLIENT.clientId,
    SLACK_CLIENT_SECRET: CLIENT.clientSecret,
    TRELLO_API_SECRET: LOCAL_SECRET,
    TRELLO_TOKEN_LIMIT: '0',
    TRELLO_POLL_SECONDS: '2',
    PUBLIC_URL: url,
    ENCRYPTION_KEYS: asSetting(KEY),
    STORE_URL: options.storeUrl,
  };
  const log: string[] = [];
  const children = Array.from({ length: options.instances }, () =>
    spawnChild(environment, TIMING, (line) => log.push(line)),
  );
  for (const child of children) ports.push(Number(new URL(await child.ready).port));
  slack.deliverTo(`${url}/slack/events`);

  const marks = ['alphamark', 'betamark'] as const;
  const nameOf = (mark: string, place: number) => (options.sameBoard ? `Bridge ${place}` : `Bridge ${mark}`);
  const accounts = marks.map((mark, place) => trello.state.addMember(nameOf(mark, place))) as [
    StoredMember,
    StoredMember,
  ];
  const seed = (owner: StoredMember, names: string[]) =>
    seedBoard(trello.state, {
      name: 'Mission Control',
      owner,
      lists: ['To Do', 'Doing', 'Done'],
      labels: [...new Set(KINDS.flatMap(({ labels }) => labels))].map((name) => ({ name, color: 'red' })),
      members: names.map((fullName) => ({ fullName })),
    });
  const shared = options.sameBoard ? seed(accounts[0], [...PEOPLE, accounts[1].fullName]) : undefined;
  const sideOf = (place: 0 | 1): Side => {
    const mark = marks[place];
    const account = accounts[place];
    const board =
      shared ??
      seed(
        account,
        PEOPLE.map((name) => `${name} ${mark}`),
      );
    const members = board.members.filter(({ fullName }) => PEOPLE.some((name) => fullName.startsWith(name)));
    return { mark, slack: slack.workspaces[place], account, board, members };
  };
  const sides = [sideOf(0), sideOf(1)] as const;

  /** All that people see in each workspace, from the first moment on. */
  const seen = sides.map((side) => {
    const texts: string[] = [];
    side.slack.subscribe((change) => texts.push(JSON.stringify(change)));
    return texts;
  }) as [string[], string[]];

  for (const side of sides) {
    const { page, cookie } = await beginInstallation(url);
    const back = slack.decide(page, { team: side.slack.workspace.team.id, user: 'Bruno' });
    await finishInstallation(back, cookie);
    await connectWorkspace(side.slack, trello, side.account);
  }

  return {
    url,
    slack,
    trello,
    sides,
    seen,
    log,
    environment,
    /** Every byte that the program has answered to any request. */
    answered: () => Buffer.concat(answers),
    /** The token of a workspace's account. */
    tokenOf: ({ account }: Side) => trello.grantsOf(account)[0]?.token ?? '',
    async stop() {
      for (const child of children) await child.end();
      await front.close();
      await slack.close();
      await trello.close();
    },
  };
}
