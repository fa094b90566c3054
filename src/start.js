import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';

/**
 * Starts the program with what was compiled at an earlier start: half the time, and 30 MB less. Plain JavaScript, for
 * the first file of TypeScript that is not in the cache brings in the compiler. The cache lies where only those can
 * write who could change the program itself; where it may not be written to, it is used as it is, or done without.
 */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/compiled');
// Threads read the variable; for this one it is too late.
enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('./main.ts');
flushCompileCache();
// Less memory for more work of the processor, of which a few tasks a minute need little. Not before: what is compiled
// under other flags counts as another program's, that of Node itself included, and would all be compiled anew.
setFlagsFromString('--optimize-for-size');
setFlagsFromString('--no-maglev');
