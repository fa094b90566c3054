import type { Fault, FaultRule, Faults } from './trello/faults.ts';

export const FAULT_MODES = ['none', 'error', 'lost', 'slow', 'limited', 'refused'] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** A request to Trello and how it was answered; the status is undefined when it was not. */
export interface TrelloRequest {
  method: string;
  path: string;
  status: number | undefined;
}

const made = ({ method, path }: TrelloRequest) => method === 'POST' && path === '/1/cards';
const lookedFor = ({ method, path }: TrelloRequest) =>
  method === 'GET' && /^\/1\/boards\/[^/]+\/cards$/.test(path);

/**
 * The faults of the next requests. One that happens once has passed when the request that `endsWith` names succeeds;
 * the others last until they are switched off.
 */
const FAULTS: Readonly<
  Record<
    Exclude<FaultMode, 'none'>,
    { fault: Fault; once?: { endsWith: (request: TrelloRequest) => boolean } }
  >
> = {
  error: { fault: { act: 'answer', status: 500 }, once: { endsWith: made } },
  lost: { fault: { act: 'reset', when: 'after' }, once: { endsWith: lookedFor } },
  limited: { fault: { act: 'answer', status: 429 }, once: { endsWith: made } },
  slow: { fault: { act: 'delay', when: 'before', ms: 5_000 } },
  refused: { fault: { act: 'answer', status: 400, body: { message: 'invalid value for name' } } },
};

export interface FaultState {
  mode: FaultMode;
  /** The fault that a request got and that has not passed yet. */
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
        const { fault, once } = FAULTS[wanted];
        rule = faults.add('POST /cards', fault, once && 1);
      }
      onChange({ mode, met });
    },
    /** To be called after every request. A fault that happens once switches itself off. */
    update(request: TrelloRequest): void {
      if (rule && rule.met > counted && mode !== 'none') {
        counted = rule.met;
        met = mode;
        if (FAULTS[mode].once) {
          mode = 'none';
          rule = undefined;
        }
      } else if (met && hasPassed(met, request)) met = undefined;
      else return;
      onChange({ mode, met });
    },
  };
}

function hasPassed(met: FaultMode, request: TrelloRequest): boolean {
  return met !== 'none' && request.status === 200 && FAULTS[met].once?.endsWith(request) === true;
}
