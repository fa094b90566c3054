import { setTimeout as delay } from 'node:timers/promises';
import type { Instances } from './instances.ts';
import type { Chance } from './requests.ts';

/** A step that has not come within this time gives way to the next one. Milliseconds. */
const WAITS_FOR_A_STEP = 3_000;
/** Time for the program to get somewhere. Milliseconds. */
const BETWEEN_KILLS = 1_500;
const LOOKS_EVERY = 50;
/** How far into a step. Milliseconds. */
const INTO_A_SHORT_STEP = 4;
const INTO_A_LONG_STEP = 60;

/**
 * Kills an instance in the middle of the steps with these names, one after the other, as its log at level `debug` tells
 * that it begins them.
 */
export function createStepKills(instances: Instances, steps: readonly string[], chance: Chance) {
  /** The steps that each process has in hand, by job. Those of a process that was killed stay there. */
  const inHand: Map<string, string>[] = [];
  let isOn = false;
  let wanted = 0;
  let turnedAt = 0;

  async function killIn(index: number): Promise<void> {
    isOn = false;
    await delay(chance() * (chance() < 0.5 ? INTO_A_SHORT_STEP : INTO_A_LONG_STEP));
    await instances.kill(index);
    while (!instances.isReady(index)) await delay(LOOKS_EVERY);
    await delay(BETWEEN_KILLS);
    isOn = steps.length > 0;
  }

  return {
    start() {
      isOn = true;
      turnedAt = Date.now();
    },
    stop() {
      isOn = false;
      steps = [];
    },
    /** For the log of a new process. */
    follow(index: number): (line: string) => void {
      const own = new Map<string, string>();
      inHand.push(own);
      return (line) => {
        if (!line.includes('"step ')) return;
        const { msg, job, flow, step } = JSON.parse(line) as Record<string, string>;
        if (msg === 'step ended') own.delete(String(job));
        if (msg !== 'step begun') return;
        own.set(String(job), `${flow}: ${step}`);
        if (!isOn) return;
        const isWanted = step === steps[wanted % steps.length];
        if (!isWanted && Date.now() - turnedAt < WAITS_FOR_A_STEP) return;
        wanted += 1;
        turnedAt = Date.now();
        if (isWanted) void killIn(index);
      };
    },
    /** How often each step was interrupted. */
    interrupted(): Record<string, number> {
      const all = inHand.flatMap((own) => [...own.values()]).sort();
      return Object.fromEntries([...Map.groupBy(all, (step) => step)].map(([step, of]) => [step, of.length]));
    },
  };
}
