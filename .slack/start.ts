/**
 * `slack run`: the program, in this process, with the tokens of the app that the Slack CLI has installed. Everything
 * else is read from `.env`, which never replaces a variable that is there already.
 */
const { SLACK_CLI_XAPP, SLACK_CLI_XOXB } = process.env;
if (SLACK_CLI_XAPP) process.env.SLACK_APP_TOKEN = SLACK_CLI_XAPP;
if (SLACK_CLI_XOXB) process.env.SLACK_BOT_TOKEN = SLACK_CLI_XOXB;

await import('../src/env-file.ts');
await import('../src/main.ts');
