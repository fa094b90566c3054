import { join } from 'node:path';
import type { Addresses } from '../stand-ins/process.ts';
import { type Child, startChild } from './child.ts';

const readUrl = (line: string) => /^open (\S+)/.exec(line)?.[1];

/** A Slack app that only acknowledges. */
export function startBareBolt(stands: Addresses): Promise<Child> {
  const environment = {
    SLACK_BOT_TOKEN: stands.botToken,
    SLACK_SIGNING_SECRET: stands.signingSecret,
    SLACK_API_URL: stands.slack,
  };
  return startChild([join(import.meta.dirname, 'bare-bolt.ts')], environment, readUrl);
}

/** A server that only makes the one call to Trello. */
export function startBareHandler(stands: Addresses): Promise<Child> {
  const environment = {
    TRELLO_API_URL: stands.trello,
    TRELLO_AUTHORIZATION: `OAuth oauth_consumer_key="${stands.trelloKey}", oauth_token="${stands.trelloToken}"`,
    TRELLO_LIST_ID: stands.list,
  };
  return startChild([join(import.meta.dirname, 'bare-handler.ts')], environment, readUrl);
}
