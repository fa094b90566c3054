import { randomBytes } from 'node:crypto';

/** What a `trigger_id` stands for: an action of this person, in that view if there is one. */
export interface Trigger {
  user: string;
  viewId?: string | undefined;
}

export type Triggers = ReturnType<typeof createTriggers>;
type RefusedTrigger = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

/** The oldest are dropped, so that a long run does not fill the memory. */
const MAX_REMEMBERED = 10_000;

/**
 * Issues `trigger_id`s. Each opens one view within `lifetime` milliseconds (3,000 in the real Slack).
 * @see https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses
 */
export function createTriggers(lifetime: number) {
  const triggers = new Map<string, Trigger & { at: number; exchanged: boolean }>();

  return {
    issue(trigger: Trigger): string {
      const id = `${Date.now()}.${randomBytes(6).readUIntBE(0, 6)}.${randomBytes(16).toString('hex')}`;
      triggers.set(id, { ...trigger, at: Date.now(), exchanged: false });
      if (triggers.size > MAX_REMEMBERED) triggers.delete(triggers.keys().next().value ?? '');
      return id;
    },
    /** Whether the trigger could be exchanged now. Does not use it up. */
    check(id: string): Trigger | RefusedTrigger {
      const trigger = triggers.get(id);
      if (!trigger) return 'invalid_trigger_id';
      if (trigger.exchanged) return 'exchanged_trigger_id';
      return Date.now() - trigger.at > lifetime ? 'expired_trigger_id' : trigger;
    },
    exchange(id: string): void {
      const trigger = triggers.get(id);
      if (trigger) trigger.exchanged = true;
    },
  };
}
