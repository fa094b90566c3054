import type { Measure } from './context.ts';
import { measureAcknowledgements } from './measures/acknowledge.ts';
import { measureFullStore } from './measures/full-store.ts';
import { measureInstances } from './measures/instances.ts';
import { measureQuota } from './measures/quota.ts';
import { measureRequests } from './measures/requests.ts';
import { measureStart } from './measures/start.ts';
import { measureThroughput } from './measures/throughput.ts';

export type MeasureName = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g';

/** Everything that is measured, by its letter, in the order in which it runs. */
export const MEASURES: Readonly<Record<MeasureName, { title: string; measure: Measure }>> = {
  a: { title: "Slack's acknowledgements", measure: measureAcknowledgements },
  b: { title: 'tasks a second over HTTP', measure: measureThroughput },
  c: { title: "300 cards against Trello's quota", measure: measureQuota },
  d: { title: 'requests per task', measure: measureRequests },
  e: { title: 'start and memory', measure: measureStart },
  f: { title: 'several instances on Redis', measure: measureInstances },
  g: { title: '100,000 finished jobs in the store', measure: measureFullStore },
};
