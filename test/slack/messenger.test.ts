import { webApi } from '@slack/bolt';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMessenger } from '../../src/slack/messenger.ts';
import type { SlackRateLimit } from '../../src/slack/rate-limit.ts';
import type { Workspace } from '../../src/slack/workspace.ts';

const PLACE = { team: 'T1', channel: 'C1' };
const MESSAGE = { text: 'It leaks', blocks: [] };

/** How Slack answers the calls to come, and the calls so far. */
let answers: (object | Error)[];
let calls: Record<string, unknown>[];
let pauses: unknown[];

async function call(given: Record<string, unknown>) {
  calls.push(given);
  const answer = answers.shift() ?? { ok: true, ts: '1.5' };
  if (answer instanceof Error) throw answer;
  return answer;
}
const client = {
  chat: { postMessage: call, update: call, postEphemeral: call },
  conversations: { open: call },
};
const rateLimit = {
  take: async () => {},
  pause: async (...given: unknown[]) => void pauses.push(given),
} as unknown as SlackRateLimit;
const messenger = createMessenger({
  workspaceFor: async () => ({ client }) as unknown as Workspace,
  rateLimit,
  log: pino({ level: 'silent' }),
});

const refusal = (error: string) =>
  new webApi.WebAPIPlatformError({ ok: false, error } as webApi.WebAPICallResult & { error: string });

beforeEach(() => {
  answers = [];
  calls = [];
  pauses = [];
});

describe('a message', () => {
  it('that is posted has its id, its mark, and notifies and unfurls nothing', async () => {
    expect(await messenger.post({ ...PLACE, thread: '1.0' }, MESSAGE, { reference: 'r' })).toEqual({
      ts: '1.5',
    });
    expect(calls).toEqual([
      {
        channel: 'C1',
        thread_ts: '1.0',
        text: 'It leaks',
        blocks: [],
        unfurl_links: false,
        unfurl_media: false,
        link_names: false,
        metadata: { event_type: 'spacex_task', event_payload: { reference: 'r' } },
      },
    ]);
  });

  it.each(['is_archived', 'not_in_channel', 'restricted_action_read_only_channel'])(
    'that is not taken at that place says so by Slack’s code (%s)',
    async (code) => {
      answers = [refusal(code)];
      expect(await messenger.post(PLACE, MESSAGE, {})).toEqual({ refused: code });
    },
  );

  it('that is refused for another reason is an error, and nothing is said of the place', async () => {
    answers = [refusal('msg_too_long')];
    await expect(messenger.post(PLACE, MESSAGE, {})).rejects.toMatchObject({
      code: 'slack_msg_too_long',
      retry: 'never',
    });
  });

  it('after which Slack asks for a pause makes everybody wait in that channel', async () => {
    answers = [new webApi.WebAPIRateLimitedError(7)];
    await expect(messenger.post(PLACE, MESSAGE, {})).rejects.toMatchObject({ code: 'slack_rate_limited' });
    expect(pauses).toEqual([['chat.postMessage', 'T1', 'C1', 7_000]]);
  });

  it('does not leave after its time', async () => {
    const send = await messenger.prepare(PLACE, () => messenger.post(PLACE, MESSAGE, {}));
    await expect(send(() => false)).rejects.toMatchObject({ code: 'sent_too_late', retry: 'later' });
    expect(calls).toEqual([]);
    expect(await send(() => true)).toEqual({ ts: '1.5' });
  });

  it('for one person alone goes to them directly where the channel does not take it', async () => {
    answers = [refusal('user_not_in_channel')];
    await messenger.whisper(PLACE, 'U1', MESSAGE);
    expect(calls).toMatchObject([{ channel: 'C1', user: 'U1' }, { channel: 'U1' }]);
    calls = [];
    await messenger.whisper({ team: 'T1', channel: 'U1' }, 'U1', MESSAGE);
    expect(calls).toEqual([{ channel: 'U1', ...MESSAGE, unfurl_links: false }]);
  });
});
