import { join } from 'node:path';
import type { Addresses } from '../stand-ins/process.ts';
import { type Child, startChild } from './child.ts';

const readUrl = (line: string) => /^open (\S+)/.exec(line)?.[1];

/** A Slack app that only acknowledges. */
export function startBareBolt(standIns: Addresses): Promise<Child> {
  const environment = {
    SLACK_BOT_TOKEN: standIns.botToken,
    SLACK_SIGNING_SECRET: standIns.signingSecret,
    SLACK_API_URL: standIns.slack,
  };
  return startChild([join(import.meta.dirname, 'bare-bolt.ts')], environment, readUrl);
}

/** A server that only makes the one Trello request; with `recordFile`, it makes each task durable like the bridge. */
export function startBareHandler(standIns: Addresses, recordFile = ''): Promise<Child> {
  const environment = {
    TRELLO_API_URL: standIns.trello,
    TRELLO_AUTHORIZATION: `OAuth oauth_consumer_key="${standIns.trelloKey}", oauth_token="${standIns.trelloToken}"`,
    TRELLO_LIST_ID: standIns.list,
    RECORD_FILE: recordFile,
  };
  return startChild([join(import.meta.dirname, 'bare-handler.ts')], environment, readUrl);
}
