/**
 * The program in a process of its own, as its entry point runs it, but for what is assumed of the other sides
 * (`TIMING`), so that an unknown outcome is in doubt for seconds and not for half a minute. Prints its port, and ends with whoever
 * started it.
 */
import { createApp, type Timing } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

process.stdin.once('end', () => process.exit(1)).resume();
const config = readConfig(process.env);
const log = createLog({ level: config.logLevel, secrets: config.secrets, destination: process.stderr });
const app = await createApp({ config, log, timing: JSON.parse(process.env.TIMING ?? '{}') as Timing });
process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
await app.start();
process.stdout.write(`${app.address().port}\n`);
