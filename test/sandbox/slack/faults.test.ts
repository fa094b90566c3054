import { beforeEach, describe, expect, it } from 'vitest';
import { useLocalSlack } from './use-local-slack.ts';

const here = useLocalSlack();
const { start, client, id } = here;

describe('faults', () => {
  beforeEach(() => start({ limitMessages: false }));
  const post = (timeout = 0) =>
    client(undefined, timeout)
      .chat.postMessage({ channel: id('#rockets'), text: 'x' })
      .then(
        () => 'ok',
        (error: Error) => error.name,
      );
  const posted = () => here.slack.messages.inChannel(id('#rockets')).length;

  it.each([
    [{ kind: 'ratelimited', retryAfterSeconds: 7 }, 'WebAPIRateLimitedError', 0],
    [{ kind: 'status', status: 500 }, 'WebAPIHTTPError', 0],
    [{ kind: 'status', status: 503, when: 'after' }, 'WebAPIHTTPError', 1],
    [{ kind: 'reset' }, 'WebAPIRequestError', 0],
    [{ kind: 'reset', when: 'after' }, 'WebAPIRequestError', 1],
    [{ kind: 'error', error: 'restricted_action' }, 'WebAPIPlatformError', 0],
    [{ kind: 'delay', milliseconds: 5 }, 'ok', 1],
  ] as const)('%o gives %s and %i message', async (fault, outcome, messages) => {
    here.slack.faults.plan('chat.postMessage', fault);
    expect(await post()).toBe(outcome);
    expect(posted()).toBe(messages);
    expect(await post()).toBe('ok');
  });

  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('a call that hangs %s the effect gets no response', async (when, messages) => {
    here.slack.faults.plan('chat.postMessage', { kind: 'hang', when });
    expect(await post(200)).toBe('WebAPIRequestError');
    expect(posted()).toBe(messages);
  });

  it('are random, and the same for the same seed', async () => {
    const play = async () => {
      here.slack.faults.atRandom([{ probability: 0.5, fault: { kind: 'status', status: 500 } }], 42);
      const outcomes: string[] = [];
      for (let call = 0; call < 20; call += 1) outcomes.push(await post());
      return outcomes;
    };
    const first = await play();
    expect(new Set(first)).toEqual(new Set(['ok', 'WebAPIHTTPError']));
    expect(await play()).toEqual(first);
  });

  it('are in the record of calls, without the token', async () => {
    here.slack.faults.plan('*', { kind: 'status', status: 500 });
    await post();
    await post();
    expect(here.slack.calls.counts()).toEqual({ 'chat.postMessage': 2 });
    const call = {
      method: 'chat.postMessage',
      team: here.slack.workspace.team.id,
      arguments: { channel: id('#rockets'), text: 'x' },
    };
    expect(here.slack.calls.last()).toEqual([
      { ...call, outcome: 'fault: status' },
      { ...call, outcome: 'ok' },
    ]);
    here.slack.calls.reset();
    expect(here.slack.calls.count('chat.postMessage')).toBe(0);
  });
});
