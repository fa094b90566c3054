import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onDisk } from '../store/on-disk.ts';
import { STORES } from '../support/scene.ts';
import { findLeaks } from './isolation/checker.ts';
import { makeRequests, REQUESTS } from './isolation/requests.ts';
import { KEY, startTwoWorkspaces, type TwoWorkspaces } from './isolation/two-workspaces.ts';

const RUNS = STORES.flatMap((store) =>
  [false, true].map((sameBoard) => ({
    ...store,
    sameBoard,
    instances: store.name === 'redis' ? 3 : 1,
    boards: sameBoard ? 'the same board' : 'a board each',
  })),
);

/** The ids of views. */
const viewsIn = (texts: readonly string[]) => [
  ...new Set(texts.flatMap((text) => text.match(/V0LOCAL\d+/g) ?? [])),
];

describe.each(RUNS)('two workspaces with the same ids and $boards, on $name', (run) => {
  if (run.missing) return it.skip(run.missing);
  let world: TwoWorkspaces;
  let apiAnswers: string[];

  beforeAll(async () => {
    await run.open();
    world = await startTwoWorkspaces({ ...run, storeUrl: run.fresh() });
    ({ apiAnswers } = await makeRequests(world));
  }, 600_000);
  afterAll(async () => {
    await world?.stop();
    await run.close();
  });

  it(`see nothing of each other in ${REQUESTS} requests`, () => {
    const [views = [], others = []] = world.seen.map(viewsIn);
    expect(views.filter((id) => others.includes(id)).length).toBeGreaterThan(100);
    expect(findLeaks(world)).toEqual([]);
    for (const answer of apiAnswers) {
      expect(answer).toMatch(/^(502 .*"code":"not_set_up"|404 )/);
      expect(answer).not.toMatch(/alphamark|betamark|T0SPACEX1|T0STARLNK/);
    }
    expect(world.log.join('\n')).not.toContain('a request from Slack failed');
  });

  it('leave no token and no key in the store, the log, an answer or a message', async () => {
    const { sides, environment, seen, log, tokenOf } = world;
    const places = {
      store: await onDisk(environment.STORE_URL),
      log: log.join('\n'),
      answers: world.answered().toString('latin1'),
      Slack: seen.flat().join('\n'),
    };
    const secrets = [
      ...sides.flatMap((side) => [side.slack.workspace.app.botToken, tokenOf(side)]),
      environment.SLACK_CLIENT_SECRET,
      sides[0].slack.workspace.app.signingSecret,
      environment.TRELLO_API_SECRET,
      environment.API_JWT_SECRET,
      Buffer.from(KEY.bytes).toString('base64'),
      Buffer.from(KEY.bytes).toString('latin1'),
    ];
    for (const [place, bytes] of Object.entries(places)) {
      // What is no secret is found, so a secret would be.
      for (const { mark, account } of sides)
        expect(bytes, place).toContain(place === 'answers' ? account.fullName : mark);
      for (const secret of secrets) {
        expect(secret.length, place).toBeGreaterThan(15);
        for (const spelling of [secret, Buffer.from(secret).toString('base64').slice(0, 20)]) {
          expect(bytes.includes(spelling), `${place} has ${secret}`).toBe(false);
        }
      }
    }
  });

  // Last, because it leaves one behind.
  it('would be reported if one saw something of the other', () => {
    const [one, other] = world.sides;
    one.slack.say({ user: 'Ana', channel: '#rockets', text: `About ${other.mark}.` });
    expect(findLeaks(world)).toEqual([expect.stringMatching(/^Slack of alphamark has betamark: /)]);
  });
});
