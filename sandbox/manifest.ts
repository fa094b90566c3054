import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** What the local Slack takes from the app's manifest. @see https://docs.slack.dev/reference/app-manifest */
const manifest = z.object({
  features: z.object({
    bot_user: z.object({ display_name: z.string() }),
    shortcuts: z.array(
      z.object({ name: z.string(), type: z.enum(['message', 'global']), callback_id: z.string() }),
    ),
    slash_commands: z.array(
      z.object({ command: z.string(), description: z.string(), usage_hint: z.string().default('') }),
    ),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
});

export type Manifest = z.infer<typeof manifest>;

/** The manifest with which the app is installed in a real Slack. */
export function readManifest(): Manifest {
  return manifest.parse(parse(readFileSync(join(import.meta.dirname, '../manifest.yml'), 'utf8')));
}
