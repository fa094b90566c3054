import { setTimeout as delay } from 'node:timers/promises';
import type { Process } from '../support/child.ts';

/** The program's instances, each of which comes back when it is killed. */
export interface Instances {
  readonly count: number;
  readonly kills: number;
  readonly pauses: number;
  /**
   * The addresses of those that can be used, once there is one.
   * @throws when one has ended by itself at its start
   */
  somebody(): Promise<string[]>;
  isReady(index: number): boolean;
  /** Kills one wherever it is, its start included, and starts it again. */
  kill(index: number): Promise<void>;
  /** Stops one in the middle of whatever it does, and wakes it after so many milliseconds. */
  pause(index: number, milliseconds: number): Promise<void>;
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

/** `spawn` starts a process; `onEnd` gets the log of each that has ended. */
export function createInstances({
  count,
  spawn,
  onEnd,
}: {
  count: number;
  spawn: () => Process;
  onEnd: (log: string) => void;
}): Instances {
  let places: Place[] = [];
  let kills = 0;
  let pauses = 0;
  const failures: unknown[] = [];

  function start(): Place {
    const place: Place = { process: spawn(), isEnding: false };
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
  const startAll = () => {
    places = Array.from({ length: count }, start);
  };
  startAll();

  return {
    count,
    get kills() {
      return kills;
    },
    get pauses() {
      return pauses;
    },
    async somebody() {
      for (;;) {
        if (failures.length > 0) throw failures[0];
        const urls = places.flatMap(({ url }) => url ?? []);
        if (urls.length > 0) return urls;
        await delay(LOOKS_EVERY);
      }
    },
    isReady: (index) => places[index]?.url !== undefined,
    async kill(index) {
      const place = places[index];
      if (!place || place.isEnding) return;
      kills += 1;
      delete place.url;
      place.isEnding = true;
      await place.process.kill();
      onEnd(place.process.log());
      places[index] = start();
    },
    async pause(index, milliseconds) {
      const process = places[index]?.process;
      if (!process) return;
      pauses += 1;
      process.pause();
      await delay(milliseconds);
      process.resume();
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
