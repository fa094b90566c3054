import { setTimeout as delay } from 'node:timers/promises';
import type { Process } from '../support/child.ts';

/** The program's instances, each of which comes back when it is killed. */
export interface Instances {
  readonly count: number;
  readonly kills: number;
  /** The addresses of those that can be used at the moment. */
  urls(): string[];
  isReady(index: number): boolean;
  /** Kills one wherever it is, its start included, and starts it again. */
  kill(index: number): Promise<void>;
  /** Resolves when every instance can be used. */
  allReady(): Promise<void>;
  /** Ends all of them as an operator does. */
  end(): Promise<void>;
  startAll(): void;
}

interface Place {
  process: Process;
  url?: string;
}

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

  function start(): Place {
    const place: Place = { process: spawn() };
    place.process.ready.then(
      (url) => {
        place.url = url;
      },
      () => {},
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
    urls: () => places.flatMap(({ url }) => url ?? []),
    isReady: (index) => places[index]?.url !== undefined,
    async kill(index) {
      const place = places[index];
      if (!place) return;
      kills += 1;
      delete place.url;
      await place.process.kill();
      onEnd(place.process.log());
      // Somebody else may have killed it in the meantime, and started the next one.
      if (places[index] === place) places[index] = start();
    },
    async allReady() {
      while (places.some(({ url }) => !url)) {
        await Promise.all(places.map(({ process }) => process.ready));
        await delay(20);
      }
    },
    startAll,
    async end() {
      const ending = places;
      places = [];
      await Promise.all(ending.map(({ process }) => process.end()));
      for (const { process } of ending) onEnd(process.log());
    },
  };
}
