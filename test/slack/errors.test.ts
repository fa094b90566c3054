import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { webApi } from '@slack/bolt';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../sandbox/slack/faults.ts';
import { AppError, isAppError } from '../../src/errors.ts';
import { createErrorHandler } from '../../src/slack/error-handler.ts';
import { toAppError } from '../../src/slack/errors.ts';
import { clientOptions, createTokenCheck, type Workspace } from '../../src/slack/workspace.ts';
import { useLocalSlack } from '../sandbox/slack/use-local-slack.ts';
import { expectTwoAudiences } from '../support/user-message.ts';

const here = useLocalSlack();
const log = pino({ level: 'silent' });

const codes = [
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'restricted_action_read_only_channel',
  'thread_not_found',
  'missing_scope',
  'invalid_blocks',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'msg_too_long',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'ratelimited',
  'message_limit_exceeded',
  'a_code_that_is_new',
];
const faults: [string, Fault][] = [
  ...codes.map((error): [string, Fault] => [error, { kind: 'error', error }]),
  ['HTTP 429', { kind: 'ratelimited', retryAfterSeconds: 1 }],
  ['HTTP 500', { kind: 'status', status: 500 }],
  ['HTTP 503', { kind: 'status', status: 503, when: 'after' }],
  ['a reset', { kind: 'reset' }],
  ['no answer', { kind: 'hang' }],
];

describe('an error of Slack', () => {
  beforeEach(() => here.start());

  it.each(faults)('says one thing to the person and another to the operator: %s', async (_, fault) => {
    const { app } = here.slack.workspace;
    const client = new webApi.WebClient(app.botToken, clientOptions(here.slack.apiUrl, log, 300));
    here.slack.faults.plan('chat.postMessage', fault);
    const channel = here.slack.workspace.channel('#mission-control').id;
    const cause: unknown = await client.chat.postMessage({ channel, text: 'x' }).catch((error) => error);
    const error = toAppError(cause, 'chat.postMessage');
    expectTwoAudiences(error);
    expect(error.operatorMessage).toContain('chat.postMessage');
  });

  it('that refuses the bot token at the start names the variable to the operator alone', async () => {
    const { slack } = here;
    slack.faults.plan('auth.test', { kind: 'error', error: 'invalid_auth' });
    const { app } = slack.workspace;
    const workspace = createTokenCheck({ botToken: app.botToken, apiUrl: slack.apiUrl, log });
    const refused: unknown = await workspace.start().catch((error) => error);
    expect(isAppError(refused, 'slack_token_refused')).toBe(true);
    expectTwoAudiences(refused as AppError);
    expect((refused as AppError).operatorMessage).toContain('SLACK_BOT_TOKEN');
  });
});

describe('a person whose command or press fails', () => {
  /** What Slack gets at the `response_url` for this error. */
  async function responseTo(error: Error, body: object): Promise<Record<string, unknown>> {
    const got = Promise.withResolvers<Record<string, unknown>>();
    const server = createServer(async (request, response) => {
      got.resolve(JSON.parse(await text(request)));
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const handle = createErrorHandler({ workspaceFor: async () => ({}) as Workspace, log });
    await handle({ error, body: { response_url: `http://127.0.0.1:${port}/`, ...body } });
    return got.promise;
  }
  const platformError = (error: string) =>
    new webApi.WebAPIPlatformError({ ok: false, error } as webApi.WebAPICallResult & { error: string });

  it.each([
    [
      'the store is away',
      new AppError({ code: 'store_unavailable', retry: 'later', userMessage: 'Away.' }),
      'Can’t save this right now, so nothing was changed. Try again in a minute.',
    ],
    [
      'Slack asks for a pause',
      new webApi.WebAPIRateLimitedError(7),
      'Slack is limiting this app. Run the command again in a minute.',
    ],
    [
      'something is wrong in here',
      new Error('SECRET_THING is undefined'),
      /^That didn’t work, and nothing was changed\. Try again; if it fails again, give an app admin this reference: [0-9a-f]{8}$/,
    ],
  ])('is told what happened and what to do, and nobody else: %s', async (_, error, words) => {
    const response = await responseTo(error, { message: { thread_ts: '1.0' } });
    expect(response).toEqual({
      response_type: 'ephemeral',
      replace_original: false,
      thread_ts: '1.0',
      text: typeof words === 'string' ? words : expect.stringMatching(words),
    });
  });

  it.each([
    ['shortcut', 'Choose the shortcut again.'],
    ['message_action', 'Choose the shortcut again.'],
    ['block_actions', 'Press the button again.'],
    [undefined, 'Run the command again.'],
  ])('is told to do the same again (%s)', async (type, words) => {
    const { text } = await responseTo(platformError('expired_trigger_id'), { type });
    expect(text).toBe(`Slack didn’t open the form in time. ${words}`);
  });

  it('is told in a direct message where there is no channel', async () => {
    await here.start();
    const { app, team, person } = here.slack.workspace;
    const ana = person('Ana').id;
    const client = new webApi.WebClient(app.botToken, clientOptions(here.slack.apiUrl, log));
    const handle = createErrorHandler({ workspaceFor: async () => ({ client }) as Workspace, log });
    const body = { type: 'shortcut', user: { id: ana }, team: { id: team.id } };
    await handle({ error: new webApi.WebAPIRateLimitedError(7), body });
    const direct = here.slack.workspace.directMessage([ana, app.botUserId]).channel.id;
    const said = here.slack.messages.inChannel(direct).map(({ text }) => text);
    expect(said).toEqual(['Slack is limiting this app. Choose the shortcut again in a minute.']);
  });

  it('gets back what was typed when the form did not open in time', async () => {
    const response = await responseTo(platformError('expired_trigger_id'), { text: 'bug <It> *leaks*' });
    expect(response.text).toBe('Slack didn’t open the form in time. Run the command again. Your text:');
    expect(JSON.stringify(response.blocks)).toContain('"text":"bug <It> *leaks*"');
  });
});
