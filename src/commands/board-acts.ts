import type { BoardNeeds } from '../trello/board-watch.ts';
import type { TrelloClient } from '../trello/client.ts';
import { createBoardSetup, type Inspection, listsOfNewBoard } from '../trello/setup.ts';
import type { Owner } from '../trello/setup-credentials.ts';
import { type Finding, repairsOf } from '../trello/setup-findings.ts';
import { findBoardsNamed, makeBoard, makeRepairs, type Repair } from '../trello/setup-repair.ts';
import type { BoardReport } from './board-report.ts';

/** 0: all is there. 1: something is missing. 3: Trello refuses the credentials. */
export type Outcome = 0 | 1 | 3;

export interface BoardActs {
  check(board: string): Promise<Outcome>;
  fix(board: string): Promise<Outcome>;
  create(name: string): Promise<Outcome>;
}

/**
 * What the command can do. `agree` asks for leave to make changes: `undefined` when there is nobody to ask.
 * Every act throws an AppError when Trello cannot be reached, and can simply be run again.
 */
export function createBoardActs({
  client,
  token,
  needs,
  report,
  agree,
}: {
  client: TrelloClient;
  token: string;
  needs: BoardNeeds;
  report: BoardReport;
  agree: (question: string) => Promise<boolean | undefined>;
}): BoardActs {
  const setup = createBoardSetup({ client, token, needs });

  async function look(address: string): Promise<Inspection & { owner: Owner | undefined }> {
    report.asking();
    const { findings, owner } = await setup.credentials();
    const seen = owner && (await setup.board(address, owner));
    const all = [...findings, ...(seen?.findings ?? [])];
    report.findings(all);
    return { findings: all, owner, board: seen?.board };
  }

  function conclude(findings: readonly Finding[]): Outcome {
    const failed = findings.filter(({ ok }) => !ok);
    report.end(failed.length === 0, summary(findings.length, failed));
    if (failed.some(isOfCredentials)) return 3;
    return failed.length === 0 ? 0 : 1;
  }

  /** Makes the changes, and looks again: what counts is what Trello has, not what was asked of it. */
  async function mend(
    idBoard: string,
    owner: Owner,
    repairs: readonly Repair[],
    before: readonly Finding[],
  ): Promise<Outcome> {
    await makeRepairs(client, idBoard, repairs, report.done);
    report.asking();
    const after = [...before.filter(isOfCredentials), ...(await setup.board(idBoard, owner)).findings];
    report.findings(after);
    return conclude(after);
  }

  async function mayMakeAnother(name: string): Promise<boolean> {
    const [existing] = await findBoardsNamed(client, name);
    if (existing === undefined) return true;
    const problem = `There is a board “${name}” already: ${existing}.`;
    if (await agree(`${problem} Make another one?`)) return true;
    report.end(
      false,
      `${problem} Nothing was made. To use it, set TRELLO_BOARD to it and run: npm run board -- fix. To make another one, add --yes.`,
    );
    return false;
  }

  return {
    check: async (address) => conclude((await look(address)).findings),

    async fix(address) {
      const { board, owner, findings } = await look(address);
      const repairs = repairsOf(findings);
      const mayTry = findings.filter(isOfCredentials).every(({ ok }) => ok);
      if (!board || !owner || !mayTry || repairs.length === 0) return conclude(findings);

      report.planned(repairs);
      const agreed = await agree(`Change the board “${board.name}” like this?`);
      if (agreed) return mend(board.id, owner, repairs, findings);
      report.end(
        false,
        `Nothing was changed.${agreed === undefined ? ' To have this done, add --yes.' : ''}`,
      );
      return 1;
    },

    async create(name) {
      report.asking();
      const { findings, owner } = await setup.credentials();
      report.findings(findings);
      if (!owner || findings.some(({ ok }) => !ok)) return conclude(findings);
      if (!(await mayMakeAnother(name))) return 1;

      const made = await makeBoard(client, name);
      report.made(made);
      const { board, findings: lacking } = await setup.board(made.id, owner);
      const lists = board ? listsOfNewBoard(needs, board) : [];
      const labels = repairsOf(lacking).filter(({ act }) => act === 'add label');
      return mend(made.id, owner, [...lists, ...labels], findings);
    },
  };
}

function isOfCredentials({ what }: Finding): boolean {
  return what === 'key' || what === 'token';
}

function summary(checks: number, failed: readonly Finding[]): string {
  if (failed.length === 0) return 'Ready: everything that the bridge needs of Trello is there.';
  const mendable = failed.filter(({ repair }) => repair).length;
  const hint = mendable > 0 ? ` npm run board -- fix mends ${mendable} of them.` : '';
  return `Not ready: ${failed.length} of ${checks} checks failed.${hint}`;
}
