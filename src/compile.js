import './compile-cache.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Compiles the program for the starts to come, for an image whose file system is read-only by then: starts it once,
 * with settings of nobody and where it reaches nobody, and ends it.
 */
const folder = mkdtempSync(join(tmpdir(), 'bridge-'));
Object.assign(process.env, {
  SLACK_BOT_TOKEN: 'xoxb-nobody',
  SLACK_SIGNING_SECRET: 'nobody',
  SLACK_API_URL: 'http://127.0.0.1:9/api/',
  TRELLO_API_KEY: 'nobody',
  TRELLO_API_TOKEN: 'nobody',
  TRELLO_API_URL: 'http://127.0.0.1:9/1',
  TRELLO_BOARD: 'nobody',
  STORE_URL: `sqlite:${join(folder, 'bridge.db')}`,
  HOST: '127.0.0.1',
  PORT: '0',
  LOG_LEVEL: 'fatal',
});
// The other store, which such a start does not come to.
await import('./store/redis/redis-store.ts');
await import('./start.js');
rmSync(folder, { recursive: true });
process.exit();
