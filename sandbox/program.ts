import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type App, createApp } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { createLog } from '../src/log.ts';

/** A page may stay open for days. */
const TOKEN_LIFETIME = '7d';

/** A folder for the program's data, which goes when this process does. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'task-bridge-sandbox-'));
  const remove = () => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return { path, remove };
}

/** The program, made as its own entry point makes it. */
export async function makeProgram(config: Config): Promise<App> {
  return await createApp({ config, log: createLog({ level: config.logLevel, secrets: config.secrets }) });
}

/** A token for `POST /tasks`; undefined when an identity provider hands them out. */
export async function apiToken({ api }: Config): Promise<string | undefined> {
  if (api.auth?.mode !== 'secret') return undefined;
  return await new SignJWT({ scope: 'tasks:write' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('sandbox')
    .setIssuedAt()
    .setExpirationTime(TOKEN_LIFETIME)
    .sign(new TextEncoder().encode(api.auth.secret));
}
