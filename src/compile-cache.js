import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

/**
 * Keeps what is compiled for the next start: half the time, and 30 MB less. Plain JavaScript, for the first file of
 * TypeScript that is not in the cache brings in the compiler. The cache lies where only those can write who could
 * change the program itself; where it may not be written to, it is used as it is, or done without.
 */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/compiled');
// Threads read the variable; for this one it is too late.
enableCompileCache(process.env.NODE_COMPILE_CACHE);
