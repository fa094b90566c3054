/** Something that Slack tells the app, before it is dressed for one of the two ways. */
export interface Delivery {
  type: 'slash_commands' | 'interactive' | 'events_api';
  payload: Record<string, unknown>;
  /** Whether the app's acknowledgement may carry an answer. */
  acceptsResponse: boolean;
  /** On the repetition of an event that was not acknowledged. */
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
