import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { LOCAL_KEY, LOCAL_TOKEN } from '../../sandbox/trello/local-trello.ts';
import { seedEmptyBoard, seedMissionBoard } from '../../sandbox/trello/seed.ts';
import { runBoard, useLocalTrello, variables } from './board-command.ts';

const here = useLocalTrello();

/** An address where nobody listens: a port that was free a moment ago. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/1`;
}

describe('board, when something is wrong with Trello or the settings', () => {
  it.each([
    ['TRELLO_API_KEY', 'fail  key'],
    ['TRELLO_API_TOKEN', 'fail  token'],
  ])('exits with 3 for a wrong %s and says which it is', async (name, line) => {
    const { board } = seedMissionBoard(here.trello.state);
    for (const act of [['check'], ['fix', '--yes'], ['create', 'New']]) {
      const wrong = { ...variables(here.trello.url, board.shortLink), [name]: 'wrong-secret-value' };
      const { code, stdout, stderr } = await runBoard(act, wrong);
      expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringContaining(line) });
      expect(stdout).toContain(name);
      expect(stdout + stderr).not.toContain('wrong-secret-value');
    }
    expect(here.trello.state.boards.size).toBe(1);
  });

  it('exits with 3 when nobody answers', async () => {
    const environment = variables(await deadUrl(), 'AbCd1234');
    const text = await runBoard(['check'], environment);
    expect(text).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Trello: ECONNREFUSED on GET /members/me'),
    });
    expect(text.stderr).toContain('TRELLO_API_URL');
    const json = await runBoard(['check', '--json'], environment);
    expect(json).toMatchObject({ code: 3, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code: 'trello_unreachable' } });
  });

  it.each([429, 500, 503])(
    'exits with 3 when Trello answers %i, and the next run finishes',
    async (status) => {
      const { board } = seedEmptyBoard(here.trello.state);
      const environment = variables(here.trello.url, board.shortLink);
      here.trello.faults.add('POST /labels', { act: 'answer', status }, 1);
      expect(await runBoard(['fix', '--yes'], environment)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('Run this again'),
      });
      expect(await runBoard(['fix', '--yes'], environment)).toMatchObject({ code: 0 });
      expect(board.labels).toHaveLength(4);
    },
  );

  it('exits with 3 when the token may not change the board', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    here.trello.faults.add('POST /lists', {
      act: 'answer',
      status: 401,
      body: 'unauthorized permission requested',
    });
    expect(await runBoard(['fix', '--yes'], variables(here.trello.url, board.shortLink))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('scope read,write'),
    });
  });

  it('says why Trello refuses a change', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    here.trello.faults.add('POST /labels', { act: 'answer', status: 400, body: 'too many labels' });
    expect(await runBoard(['fix', '--yes'], variables(here.trello.url, board.shortLink))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('refuses to add the label “Bug” (red) (400 too many labels)'),
    });
  });

  it.each(['unknown1', 'no id at all', 'https://trello.com/b/unknown1/name'])(
    'exits with 1 when TRELLO_BOARD is “%s”, which is not there',
    async (board) => {
      expect(await runBoard(['check'], variables(here.trello.url, board))).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('Check TRELLO_BOARD'),
      });
    },
  );

  it('takes a 401 for the board alone as a board that the owner may not see', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    here.trello.faults.add('GET /boards/:id', {
      act: 'answer',
      status: 401,
      body: 'unauthorized permission requested',
    });
    expect(await runBoard(['check'], variables(here.trello.url, board.shortLink))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is not to be seen'),
    });
  });

  it('fails with a token that may only read, and tries no change with it', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const permissions = [{ modelType: 'Board', idModel: '*', read: true, write: false }];
    here.trello.faults.add('GET /tokens/:token', {
      act: 'answer',
      status: 200,
      body: { id: board.id, dateExpires: null, permissions },
    });
    expect(await runBoard(['fix', '--yes'], variables(here.trello.url, board.shortLink))).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('may only read'),
    });
    expect(board.lists).toEqual([]);
  });

  it('says when a token ends', async () => {
    const { board } = seedMissionBoard(here.trello.state);
    const permissions = [{ modelType: 'Board', idModel: '*', read: true, write: true }];
    const dateExpires = new Date(Date.now() + 5.5 * 86_400_000).toISOString();
    here.trello.faults.add('GET /tokens/:token', {
      act: 'answer',
      status: 200,
      body: { id: board.id, dateExpires, permissions },
    });
    expect(await runBoard(['check'], variables(here.trello.url, board.shortLink))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`ends on ${dateExpires.slice(0, 10)} (in 5 days)`),
    });
  });

  it('lists every missing setting at once, and asks for none of Slack’s', async () => {
    const { code, stderr } = await runBoard(['check'], {});
    expect(code).toBe(1);
    for (const name of ['TRELLO_API_KEY', 'TRELLO_API_TOKEN', 'TRELLO_BOARD']) expect(stderr).toContain(name);
    expect(stderr).not.toContain('SLACK');
  });

  it.each([
    [[]],
    [['mend']],
    [['check', 'AbCd1234']],
    [['create']],
    [['create', ' ']],
    [['create', 'Mission', 'board']],
    [['check', '--force']],
  ])('exits with 2 and tells the usage for %j', async (args) => {
    const { code, stdout, stderr } = await runBoard(args, variables(here.trello.url, 'AbCd1234'));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('npm run board -- check');
    expect(here.trello.requests.total).toBe(0);
  });

  it('tells its usage without any setting', async () => {
    expect(await runBoard(['--help'], {})).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--yes'),
    });
  });

  it('never prints key or token, whatever happens', async () => {
    const { board } = seedEmptyBoard(here.trello.state);
    const good = variables(here.trello.url, board.shortLink);
    const dead = variables(await deadUrl(), board.shortLink);
    const runs = [
      [['check'], good],
      [['fix'], good],
      [['fix', '--yes', '--json'], good],
      [['create', 'New', '--json'], good],
      [['check'], { ...good, TRELLO_API_KEY: 'other' }],
      [['check', '--json'], dead],
      [['nonsense'], good],
    ] as const;
    for (const [args, environment] of runs) {
      const { stdout, stderr } = await runBoard(args, environment);
      expect(stdout + stderr).not.toBe('');
      for (const secret of [LOCAL_KEY, LOCAL_TOKEN]) expect(stdout + stderr).not.toContain(secret);
    }
  });
});
