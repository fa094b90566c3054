/**
 * Tells the Slack CLI which commands it may run here. There is no `deploy`: the bridge runs on a machine of your own.
 * @see https://github.com/slackapi/slack-cli/blob/main/.github/cli-sdk-specification.md
 */
const answer = {
  runtime: 'node',
  hooks: {
    'get-manifest': 'node_modules/.bin/node .slack/get-manifest.ts',
    start: 'node_modules/.bin/node .slack/start.ts',
  },
  config: {
    'sdk-managed-connection-enabled': true,
    watch: {
      app: { 'filter-regex': '\\.ts$', paths: ['src'] },
      manifest: { paths: ['manifest.yml'] },
    },
  },
};

process.stdout.write(`${JSON.stringify(answer)}\n`);
