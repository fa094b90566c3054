import { type Arguments, isRecord } from '../arguments.ts';
import { problemsOfView } from '../blocks/validate.ts';
import type { OpenView } from '../open-views.ts';
import type { Trigger } from '../triggers.ts';
import type { View } from '../view.ts';
import {
  type Answer,
  type MethodContext,
  type Methods,
  missingArgument,
  refuse,
  refuseArguments,
} from './method.ts';

/** Modals and home tabs. @see https://docs.slack.dev/reference/methods/views.open */
export const viewsMethods: Methods = {
  'views.open': {
    token: 'bot',
    run: (context, given) => {
      const opening = readOpening(context, given);
      if ('ok' in opening) return opening;
      const { trigger, view } = opening;
      context.triggers.exchange(trigger.id);
      return shown(context.views.open(trigger.user, view, trigger.id).view);
    },
  },

  'views.push': {
    token: 'bot',
    run: (context, given) => {
      const opening = readOpening(context, given);
      if ('ok' in opening) return opening;
      const { trigger, view } = opening;
      const below = trigger.viewId === undefined ? undefined : context.views.find(trigger.viewId);
      if (!below) return refuse('not_found');
      const pushed = context.views.push(below, view, trigger.id);
      if (!pushed) return refuse('push_limit_reached');
      context.triggers.exchange(trigger.id);
      return shown(pushed.view);
    },
  },

  'views.update': {
    token: 'bot',
    run: (context, given) => {
      const [id, externalId] = [given.text('view_id'), given.text('external_id')];
      if (id === undefined && externalId === undefined) return missingArgument('view_id');
      const definition = readView(given, 'modal');
      if ('ok' in definition) return definition;
      const target =
        id === undefined ? context.views.findByExternalId(externalId ?? '') : context.views.find(id);
      if (!target) return refuse('not_found');
      if (isOutdated(given, target.view)) return refuse('hash_conflict');
      if (isTaken(context, definition, target)) return refuse('duplicate_external_id');
      context.views.update(target, definition.view);
      return shown(target.view);
    },
  },

  'views.publish': {
    token: 'bot',
    run: (context, given) => {
      const user = given.text('user_id');
      if (user === undefined) return missingArgument('user_id');
      const definition = readView(given, 'home');
      if ('ok' in definition) return definition;
      if (!context.workspace.people.some(({ id }) => id === user)) return refuse('invalid_arguments');
      const before = context.views.home(user);
      if (before && isOutdated(given, before)) return refuse('hash_conflict');
      const wait = context.takePublication();
      if (wait > 0) return refuse('ratelimited', { retryAfterSeconds: wait });
      return shown(context.views.publishHome(user, definition.view));
    },
  },
};

/** A valid trigger and the modal to open with it. */
function readOpening(
  context: MethodContext,
  given: Arguments,
): { trigger: Trigger & { id: string }; view: Record<string, unknown> } | Answer {
  const trigger = checkTrigger(context, given);
  if ('ok' in trigger) return trigger;
  const definition = readView(given, 'modal');
  if ('ok' in definition) return definition;
  return isTaken(context, definition) ? refuse('duplicate_external_id') : { trigger, view: definition.view };
}

function checkTrigger(context: MethodContext, given: Arguments): (Trigger & { id: string }) | Answer {
  const id = given.text('trigger_id') ?? given.text('interactivity_pointer');
  if (id === undefined) return missingArgument('trigger_id');
  const trigger = context.triggers.check(id);
  return typeof trigger === 'string' ? refuse(trigger) : { ...trigger, id };
}

function readView(given: Arguments, type: View['type']): { view: Record<string, unknown> } | Answer {
  const structure = given.structure('view');
  if (structure === undefined) return missingArgument('view');
  if (structure === 'unreadable' || !isRecord(structure.value)) {
    return refuseArguments(['must be a valid object [json-pointer:/view]']);
  }
  const problems = problemsOfView(structure.value, type);
  return problems.length > 0 ? refuseArguments(problems) : { view: structure.value };
}

function isOutdated(given: Arguments, { hash }: View): boolean {
  const known = given.text('hash');
  return known !== undefined && known !== hash;
}

/** Whether another open view has this `external_id`. */
function isTaken(
  { views }: MethodContext,
  { view }: { view: Record<string, unknown> },
  self?: OpenView,
): boolean {
  if (typeof view.external_id !== 'string' || view.external_id === '') return false;
  const holder = views.findByExternalId(view.external_id);
  return holder !== undefined && holder !== self;
}

function shown(view: View): Answer {
  return { ok: true, view };
}
