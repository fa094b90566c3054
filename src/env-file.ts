import { existsSync } from 'node:fs';

/**
 * Loaded by the npm scripts before the program: the settings of `.env` in this folder, which never replace a variable
 * that is there already. Node's own option for it complains on every start without such a file.
 */
if (existsSync('.env')) process.loadEnvFile('.env');
