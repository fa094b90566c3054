/** What happens to deliveries. Trello promises neither their time nor their order, nor that there is only one. */
export type DeliveryFault =
  | { act: 'late'; ms: number }
  | { act: 'twice' }
  /** Collected for so long, then sent one after the other, the newest first. */
  | { act: 'reversed'; ms: number }
  | { act: 'never' };

export interface Disturbance {
  /** From now on, the next `times` deliveries get the fault; without `times` all of them. It replaces another one. */
  set(fault: DeliveryFault, times?: number): void;
  /** Deliveries are as usual again; those that are held are dropped. */
  clear(): void;
  /** How many deliveries got a fault. */
  readonly met: number;
}

type Send = () => Promise<void>;

export function createDisturbance(): Disturbance & { pass(send: Send): void } {
  const timers = new Set<NodeJS.Timeout>();
  let fault: DeliveryFault | undefined;
  let left = 0;
  let met = 0;
  let held: Send[] = [];

  function after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, milliseconds);
    timers.add(timer);
  }

  async function sendHeld(): Promise<void> {
    const sends = held.reverse();
    held = [];
    for (const send of sends) await send();
  }

  return {
    set(wanted, times = Number.POSITIVE_INFINITY) {
      fault = wanted;
      left = times;
    },
    clear() {
      fault = undefined;
      held = [];
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
    get met() {
      return met;
    },
    pass(send) {
      if (!fault || left <= 0) {
        void send();
        return;
      }
      left -= 1;
      met += 1;
      switch (fault.act) {
        case 'never':
          return;
        case 'twice':
          void send().then(send);
          return;
        case 'late':
          after(fault.ms, send);
          return;
        case 'reversed':
          held.push(send);
          if (held.length === 1) after(fault.ms, sendHeld);
      }
    },
  };
}
