import { App } from '@slack/bolt';

/**
 * The least Slack app in HTTP mode: Bolt's own receiver, one command and one form, which are acknowledged and
 * nothing else. Prints its address when it is open.
 */
const { SLACK_BOT_TOKEN = '', SLACK_SIGNING_SECRET = '', SLACK_API_URL = '' } = process.env;

const app = new App({
  token: SLACK_BOT_TOKEN,
  signingSecret: SLACK_SIGNING_SECRET,
  clientOptions: { slackApiUrl: SLACK_API_URL },
});
app.command('/spacex-task', async ({ ack }) => await ack());
app.view('task', async ({ ack }) => await ack());

const server = await app.start({ port: 0, host: '127.0.0.1' });
const address = 'address' in server ? server.address() : null;
if (!address || typeof address === 'string') throw new Error('the app has no port');
process.stdout.write(`open http://127.0.0.1:${address.port}\n`);
process.once('SIGTERM', () => process.exit(0));
