import './compile-cache.js';
import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

/** Starts the program. */
await import('./main.ts');
flushCompileCache();
// Less memory for more work of the processor, of which a few tasks a minute need little. Not before: what is compiled
// under other flags counts as another program's, that of Node itself included, and would all be compiled anew.
setFlagsFromString('--optimize-for-size');
setFlagsFromString('--no-maglev');
