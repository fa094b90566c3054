import { type Answer, missingArgument, refuse, refuseArguments } from './answer.ts';
import { type Arguments, isRecord } from './arguments.ts';
import { problemsOfView } from './blocks/validate.ts';
import type { OpenView, View } from './open-views.ts';
import type { Methods, Surroundings } from './surroundings.ts';
import type { Trigger } from './triggers.ts';

/** Modals and home tabs. @see https://docs.slack.dev/reference/methods/views.open */
export const viewsMethods: Methods = {
  'views.open': {
    token: 'bot',
    run: (around, given) => {
      const opening = readOpening(around, given);
      if ('ok' in opening) return opening;
      const { trigger, view } = opening;
      around.triggers.exchange(trigger.id);
      return shown(around.views.open(trigger.user, view, trigger.id).view);
    },
  },

  'views.push': {
    token: 'bot',
    run: (around, given) => {
      const opening = readOpening(around, given);
      if ('ok' in opening) return opening;
      const { trigger, view } = opening;
      const below = trigger.viewId === undefined ? undefined : around.views.find(trigger.viewId);
      if (!below) return refuse('not_found');
      const pushed = around.views.push(below, view, trigger.id);
      if (!pushed) return refuse('push_limit_reached');
      around.triggers.exchange(trigger.id);
      return shown(pushed.view);
    },
  },

  'views.update': {
    token: 'bot',
    run: (around, given) => {
      const [id, externalId] = [given.text('view_id'), given.text('external_id')];
      if (id === undefined && externalId === undefined) return missingArgument('view_id');
      const definition = readView(given, 'modal');
      if ('ok' in definition) return definition;
      const target =
        id === undefined ? around.views.findByExternalId(externalId ?? '') : around.views.find(id);
      if (!target) return refuse('not_found');
      if (isOutdated(given, target.view)) return refuse('hash_conflict');
      if (isTaken(around, definition, target)) return refuse('duplicate_external_id');
      around.views.update(target, definition.view);
      return shown(target.view);
    },
  },

  'views.publish': {
    token: 'bot',
    run: (around, given) => {
      const user = given.text('user_id');
      if (user === undefined) return missingArgument('user_id');
      const definition = readView(given, 'home');
      if ('ok' in definition) return definition;
      if (!around.workspace.people.some(({ id }) => id === user)) return refuse('invalid_arguments');
      const before = around.views.home(user);
      if (before && isOutdated(given, before)) return refuse('hash_conflict');
      return shown(around.views.publishHome(user, definition.view));
    },
  },
};

/** A trigger that can be exchanged and a modal to open with it. */
function readOpening(
  around: Surroundings,
  given: Arguments,
): { trigger: Trigger & { id: string }; view: Record<string, unknown> } | Answer {
  const trigger = checkTrigger(around, given);
  if ('ok' in trigger) return trigger;
  const definition = readView(given, 'modal');
  if ('ok' in definition) return definition;
  return isTaken(around, definition) ? refuse('duplicate_external_id') : { trigger, view: definition.view };
}

function checkTrigger(around: Surroundings, given: Arguments): (Trigger & { id: string }) | Answer {
  const id = given.text('trigger_id') ?? given.text('interactivity_pointer');
  if (id === undefined) return missingArgument('trigger_id');
  const trigger = around.triggers.check(id);
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

/** An `external_id` names one open view at most. */
function isTaken(
  { views }: Surroundings,
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
