import type { ViewOutput } from '@slack/bolt';
import type Keyv from 'keyv';
import type { Logger } from 'pino';
import { fieldsIn, readValues, type TypedValues } from './messages/task-form.ts';

/** What is known of open forms, in all instances. */
export interface FormMemory {
  /**
   * Everything typed in this form so far: fields that it has now count as they are, others as they were last. `newest`:
   * no later choice of a kind is known. `chosenAt` is Slack's `action_ts`. A store that does not answer costs the
   * memory, not the form.
   */
  remember(view: ViewOutput, chosenAt: string): Promise<{ values: TypedValues; newest: boolean }>;
}

interface Remembered {
  values: TypedValues;
  chosenAt: string;
}

/** A form that is not sent within an hour will not be sent. */
const KEPT_FOR = 60 * 60_000;

export function createFormMemory({ typed, log }: { typed: Keyv; log: Logger }): FormMemory {
  return {
    async remember(view, chosenAt) {
      const now = readValues(view);
      const key = `${view.team_id}-${view.id}`;
      try {
        const before = await typed.get<Remembered>(key);
        const values: Record<string, string> = { ...before?.values };
        for (const name of fieldsIn(view)) delete values[name];
        Object.assign(values, now);
        const newest = !before || before.chosenAt <= chosenAt;
        const remembered: Remembered = { values, chosenAt: newest ? chosenAt : before.chosenAt };
        await typed.set(key, remembered, KEPT_FOR);
        return { values, newest };
      } catch (error) {
        log.warn({ err: error }, 'fields of the form not remembered');
        return { values: now, newest: true };
      }
    },
  };
}
