import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Prints the manifest as JSON, which the Slack CLI wants; `manifest.yml` is its one place. */
const manifest: unknown = parse(readFileSync(new URL('../manifest.yml', import.meta.url), 'utf8'));

process.stdout.write(`${JSON.stringify(manifest)}\n`);
