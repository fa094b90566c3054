import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Process } from '../support/child.ts';

/** The program's instances, each of which comes back when it is killed. */
export interface Instances {
  readonly count: number;
  readonly kills: number;
  readonly pauses: number;
  readonly clockJumps: number;
  /**
   * The addresses of those that can be used, once there is one.
   * @throws when one has ended by itself at its start
   */
  somebody(): Promise<string[]>;
  isReady(index: number): boolean;
  /** The addresses of those that can be used now. */
  addresses(): string[];
  /** Kills one wherever it is, its start included, and starts it again. */
  kill(index: number): Promise<void>;
  /** Stops one in the middle of whatever it does, and wakes it after so many milliseconds. */
  pause(index: number, milliseconds: number): Promise<void>;
  /** Sets the clock of one, by so many milliseconds from the real time. It keeps it when it is started again. */
  setClock(index: number, shift: number): void;
  /** Resolves when every instance can be used. */
  allReady(): Promise<void>;
  /** Ends all of them as an operator does. */
  end(): Promise<void>;
  startAll(): void;
}

interface Place {
  process: Process;
  url?: string;
  isEnding: boolean;
}

const LOOKS_EVERY = 20;

/** None is there yet. `spawn` starts the process of a place; its clock is in `clockFile`. `onEnd` gets the log of each that has ended. */
export function createInstances({
  count,
  spawn,
  clockFile,
  onEnd,
}: {
  count: number;
  spawn: (index: number) => Process;
  clockFile: (index: number) => string;
  onEnd: (log: string) => void;
}): Instances {
  let places: Place[] = [];
  let kills = 0;
  let pauses = 0;
  let clockJumps = 0;
  const failures: unknown[] = [];

  function start(index: number): Place {
    const place: Place = { process: spawn(index), isEnding: false };
    place.process.ready.then(
      (url) => {
        place.url = url;
      },
      (error: unknown) => {
        if (!place.isEnding) failures.push(error);
      },
    );
    return place;
  }
  const addresses = () => places.flatMap(({ url }) => url ?? []);
  const startAll = () => {
    places = Array.from({ length: count }, (_, index) => start(index));
  };

  return {
    count,
    get kills() {
      return kills;
    },
    get pauses() {
      return pauses;
    },
    get clockJumps() {
      return clockJumps;
    },
    async somebody() {
      for (;;) {
        if (failures.length > 0) throw failures[0];
        const urls = addresses();
        if (urls.length > 0) return urls;
        await delay(LOOKS_EVERY);
      }
    },
    addresses,
    isReady: (index) => places[index]?.url !== undefined,
    async kill(index) {
      const place = places[index];
      if (!place || place.isEnding) return;
      kills += 1;
      delete place.url;
      place.isEnding = true;
      await place.process.kill();
      onEnd(place.process.log());
      places[index] = start(index);
    },
    async pause(index, milliseconds) {
      const process = places[index]?.process;
      if (!process) return;
      pauses += 1;
      process.pause();
      await delay(milliseconds);
      process.resume();
    },
    setClock(index, shift) {
      clockJumps += 1;
      writeFileSync(clockFile(index), String(shift));
    },
    async allReady() {
      while (places.some(({ url }) => !url)) {
        await Promise.all(places.map(({ process }) => process.ready));
        await delay(LOOKS_EVERY);
      }
    },
    startAll,
    async end() {
      const ending = places;
      places = [];
      for (const place of ending) place.isEnding = true;
      await Promise.all(ending.map(({ process }) => process.end()));
      for (const { process } of ending) onEnd(process.log());
    },
  };
}
