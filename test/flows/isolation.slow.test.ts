import { afterAll, beforeAll, expect, it } from 'vitest';
import { onDisk } from '../store/on-disk.ts';
import { describeStores } from '../support/scene.ts';
import { findLeaks } from './isolation/checker.ts';
import { makeRequests, REQUESTS } from './isolation/requests.ts';
import { KEY, startTwoWorkspaces, type TwoWorkspaces } from './isolation/two-workspaces.ts';

/** One instance and a board each; three instances, and both workspaces on the same board. */
const RUNS = {
  sqlite: { instances: 1, sameBoard: false },
  redis: { instances: 3, sameBoard: true },
};

/** The ids of views. */
const viewsIn = (texts: readonly string[]) => [
  ...new Set(texts.flatMap((text) => text.match(/V0LOCAL\d+/g) ?? [])),
];

describeStores('two workspaces with the same ids on', ({ name, fresh }) => {
  let world: TwoWorkspaces;
  let apiAnswers: string[];

  beforeAll(async () => {
    world = await startTwoWorkspaces({ ...RUNS[name], storeUrl: fresh() });
    ({ apiAnswers } = await makeRequests(world));
  }, 600_000);
  afterAll(() => world?.stop());

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
