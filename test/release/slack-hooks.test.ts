import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');
const { hooks } = JSON.parse(readFileSync(join(ROOT, '.slack/hooks.json'), 'utf8')) as {
  hooks: Record<'get-hooks', string>;
};

/** Runs a hook as the Slack CLI does: its words, in the folder of the project. */
function run(command: string, environment: Record<string, string> = {}) {
  const [program = '', ...words] = command.split(' ');
  return spawnSync(program, words, { cwd: ROOT, encoding: 'utf8', env: { ...environment } });
}

const { stdout } = run(hooks['get-hooks']);
const answer = JSON.parse(stdout) as {
  hooks: Record<'get-manifest' | 'start', string>;
  config: Record<string, unknown>;
};

describe('the hooks of the Slack CLI', () => {
  it('say that the program opens its own connection to Slack', () => {
    expect(answer.config['sdk-managed-connection-enabled']).toBe(true);
    expect(Object.keys(answer.hooks)).toEqual(['get-manifest', 'start']);
  });

  it('print the manifest as JSON, and nothing else', () => {
    const { stdout, stderr, status } = run(answer.hooks['get-manifest']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(parse(readFileSync(join(ROOT, 'manifest.yml'), 'utf8')));
  });

  it('start the program with the tokens that the Slack CLI has', () => {
    const tokens = { SLACK_CLI_XAPP: 'xoxb-in-the-wrong-place', SLACK_CLI_XOXB: 'xapp-in-the-wrong-place' };
    const { stderr, status } = run(answer.hooks.start, tokens);
    expect(status).toBe(1);
    expect(stderr).toContain('SLACK_BOT_TOKEN must start with xoxb-');
    expect(stderr).toContain('SLACK_APP_TOKEN must start with xapp-');
  });
});
