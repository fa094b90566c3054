import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';
import { type Acknowledgement, type Delivery, failed, TIMED_OUT } from './delivery.ts';

/**
 * Tells the app by a signed HTTP request.
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function createHttpDelivery({ signingSecret, within }: { signingSecret: string; within: number }) {
  const dispatcher = new Agent({ connections: 256, headersTimeout: 0, bodyTimeout: 0 });

  return {
    async deliver(url: string, delivery: Delivery): Promise<Acknowledgement> {
      const body = encode(delivery);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
      const { retry } = delivery;
      const signal = AbortSignal.timeout(within);
      try {
        const answer = await request(url, {
          dispatcher,
          method: 'POST',
          signal,
          headers: {
            'content-type':
              delivery.type === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
            'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
            accept: 'application/json,*/*',
            'x-slack-request-timestamp': timestamp,
            'x-slack-signature': `v0=${signature}`,
            ...(retry && { 'x-slack-retry-num': String(retry.number), 'x-slack-retry-reason': retry.reason }),
          },
          body,
        });
        const text = await answer.body.text();
        if (answer.statusCode < 200 || answer.statusCode > 299) return failed('http_service_error');
        return read(text, String(answer.headers['content-type'] ?? ''));
      } catch {
        return signal.aborted ? TIMED_OUT : failed('dispatch_failed');
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function encode({ type, payload }: Delivery): string {
  if (type === 'events_api') return JSON.stringify(payload);
  if (type === 'interactive') return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(payload)) fields.set(name, String(value));
  return fields.toString();
}

function read(text: string, contentType: string): Acknowledgement {
  if (text === '') return { acknowledged: true, response: undefined };
  if (!contentType.includes('json')) return { acknowledged: true, response: { text } };
  try {
    return { acknowledged: true, response: JSON.parse(text) };
  } catch {
    return failed('invalid_response');
  }
}
