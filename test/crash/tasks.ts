import { createRandom } from '../../sandbox/random.ts';
import type { Scene } from '../support/scene.ts';
import { type Audit, audit, broken, isUnderWay, rows } from './audit.ts';
import type { Instances } from './instances.ts';
import type { Options } from './options.ts';
import { type Client, personOf, programOf, type Request } from './requests.ts';
import { CHANNELS } from './rounds.ts';
import type { Subject } from './subject.ts';

/** Requests of each way in one round. */
const REQUESTS = 2;

/** People and programs ask for cards: everything that was accepted has to become one. */
export async function createTasks(
  scene: Scene,
  instances: Instances,
  options: Options,
): Promise<Subject<Audit>> {
  const chance = createRandom(options.seed);
  const requests: Request[] = [];

  return {
    chances: { killed: 0.4, killedAtAnEffect: 0.04, paused: 0.05, clockSet: 0.1, redisHeld: 0.1 },
    prepare: async () => {},
    begin(round, send) {
      const ask = (client: Client) => {
        requests.push(client.request);
        send(client.send);
      };
      for (let number = 0; number < REQUESTS; number += 1) {
        const tag = String(REQUESTS * round + number).padStart(5, '0');
        ask(personOf(scene, instances, `s${tag}`, CHANNELS, chance));
        ask(programOf(instances, `a${tag}`, chance));
      }
    },
    find: () => audit(scene, requests),
    isUnderWay,
    broken: (found) => broken(found, options),
    rows: (found) => rows(found, options),
  };
}
