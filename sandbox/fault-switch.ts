import type { Fault, FaultRule, Faults } from './trello/faults.ts';

export const FAULT_MODES = ['none', 'error', 'lost', 'slow', 'limited'] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** The faults of the next requests. Only `slow` lasts until it is switched off. */
const FAULTS: Readonly<Record<Exclude<FaultMode, 'none'>, { fault: Fault; times?: number }>> = {
  error: { fault: { act: 'answer', status: 500 }, times: 1 },
  lost: { fault: { act: 'reset', when: 'after' }, times: 1 },
  limited: { fault: { act: 'answer', status: 429 }, times: 1 },
  slow: { fault: { act: 'delay', when: 'before', ms: 5_000 } },
};

export interface FaultState {
  mode: FaultMode;
  /** The last fault that a request got since the mode was set. */
  met: FaultMode | undefined;
}

export type FaultSwitch = ReturnType<typeof createFaultSwitch>;

/** Faults of Trello on demand, one mode at a time, for requests that create a card. */
export function createFaultSwitch(faults: Faults, onChange: (state: FaultState) => void) {
  let mode: FaultMode = 'none';
  let met: FaultMode | undefined;
  let rule: FaultRule | undefined;
  let counted = 0;

  return {
    state: (): FaultState => ({ mode, met }),
    set(wanted: FaultMode): void {
      rule?.clear();
      rule = undefined;
      counted = 0;
      mode = wanted;
      met = undefined;
      if (wanted !== 'none') {
        const { fault, times } = FAULTS[wanted];
        rule = faults.add('POST /cards', fault, times);
      }
      onChange({ mode, met });
    },
    /** To be called after every request. A fault that happens once switches itself off. */
    update(): void {
      if (!rule || rule.met === counted || mode === 'none') return;
      counted = rule.met;
      met = mode;
      if (FAULTS[mode].times !== undefined) {
        mode = 'none';
        rule = undefined;
      }
      onChange({ mode, met });
    },
  };
}
