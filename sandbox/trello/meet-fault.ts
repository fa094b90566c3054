import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import { Refusal } from './refusal.ts';
import { refuse } from './respond.ts';

/** What a fault does before the effect; `true` when that is the end of it. */
export async function meetBefore(fault: Fault, response: ServerResponse): Promise<boolean> {
  if (fault.act === 'answer') {
    if (fault.effect) return false;
    refuse(response, new Refusal(fault.status, fault.body ?? usualBody(fault.status)));
    return true;
  }
  if (fault.when === 'after') return false;
  if (fault.act === 'delay') await sleep(fault.ms);
  if (fault.act === 'reset') response.socket?.resetAndDestroy();
  return fault.act !== 'delay';
}

/** What a fault does between the effect and the answer; `true` when there is to be no other answer. */
export async function meetAfter(fault: Fault, response: ServerResponse): Promise<boolean> {
  if (fault.act === 'answer') {
    refuse(response, new Refusal(fault.status, fault.body ?? usualBody(fault.status)));
    return true;
  }
  if (fault.when === 'before') return false;
  if (fault.act === 'delay') await sleep(fault.ms);
  if (fault.act === 'reset') response.socket?.resetAndDestroy();
  return fault.act !== 'delay';
}

const USUAL_BODIES: Readonly<Record<number, string | Record<string, unknown>>> = {
  401: 'invalid token',
  429: { error: 'API_TOKEN_LIMIT_EXCEEDED', message: 'Rate limit exceeded' },
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

function usualBody(status: number) {
  return USUAL_BODIES[status] ?? 'refused';
}
