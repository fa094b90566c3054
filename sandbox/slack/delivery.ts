import { createHmac } from 'node:crypto';
import { Agent, request } from 'undici';

export type Payload = Record<string, unknown>;

/** Something that Slack sends to the app, by HTTP or by Socket Mode. */
export interface Delivery {
  type: 'slash_commands' | 'interactive' | 'events_api';
  payload: Payload;
  /** Whether the acknowledgement may carry a response. */
  acceptsResponse: boolean;
  /** Set when an event is repeated because it was not acknowledged. */
  retry?: { number: number; reason: 'http_timeout' | 'http_error' };
}

/** `detail` is Slack's own code for what went wrong. */
export type Acknowledgement =
  | { acknowledged: true; response: unknown }
  | {
      acknowledged: false;
      reason: 'timeout' | 'failed';
      detail: 'operation_timeout' | 'http_service_error' | 'dispatch_failed' | 'invalid_response';
    };

export type Deliver = (delivery: Delivery) => Promise<Acknowledgement>;

export const TIMED_OUT: Acknowledgement = {
  acknowledged: false,
  reason: 'timeout',
  detail: 'operation_timeout',
};

export function failed(
  detail: Exclude<Extract<Acknowledgement, { acknowledged: false }>['detail'], 'operation_timeout'>,
) {
  return { acknowledged: false, reason: 'failed', detail } as const;
}

export function interaction(payload: Payload, { acceptsResponse = false } = {}): Delivery {
  return { type: 'interactive', acceptsResponse, payload };
}

/**
 * Delivers by signed HTTP requests. `timeout` is how long an acknowledgement may take, in milliseconds.
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function createHttpDelivery({ signingSecret, timeout }: { signingSecret: string; timeout: number }) {
  const dispatcher = new Agent({ connections: 256, headersTimeout: 0, bodyTimeout: 0 });

  return {
    async deliver(url: string, delivery: Delivery): Promise<Acknowledgement> {
      const body = encode(delivery);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
      const { retry } = delivery;
      const signal = AbortSignal.timeout(timeout);
      try {
        const response = await request(url, {
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
        const text = await response.body.text();
        if (response.statusCode < 200 || response.statusCode > 299) return failed('http_service_error');
        return readAcknowledgement(text, String(response.headers['content-type'] ?? ''));
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

function readAcknowledgement(text: string, contentType: string): Acknowledgement {
  if (text === '') return { acknowledged: true, response: undefined };
  if (!contentType.includes('json')) return { acknowledged: true, response: { text } };
  try {
    return { acknowledged: true, response: JSON.parse(text) };
  } catch {
    return failed('invalid_response');
  }
}
