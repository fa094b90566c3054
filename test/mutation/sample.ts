import { hash } from 'node:crypto';

interface Mutant {
  id: string;
  fileName: string;
}

/** Of every hundred changes so many are tried: the same ones each time, whatever is beside them. */
const percent = Number(process.env.MUTATION_SAMPLE ?? 100);
const isTried = ({ id, fileName }: Mutant) =>
  Number.parseInt(hash('sha256', `${fileName.split('/src/').at(-1)} ${id}`).slice(0, 8), 16) % 100 < percent;

/** A checker of Stryker's, which leaves a change out by saying that it does not compile. */
const sample = {
  init: async () => {},
  check: async (mutants: readonly Mutant[]) =>
    Object.fromEntries(
      mutants.map((mutant) => [
        mutant.id,
        isTried(mutant) ? { status: 'passed' } : { status: 'compileError', reason: 'Not in the sample.' },
      ]),
    ),
  group: async (mutants: readonly Mutant[]) => [mutants.map(({ id }) => id)],
};

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', value: sample }];
