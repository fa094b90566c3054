import { setTimeout as delay } from 'node:timers/promises';
import type { Scene } from '../support/scene.ts';
import { postTask, tokenFor } from '../support/token.ts';
import type { Instances } from './instances.ts';

/** What somebody asked for. Its tag stands in the card's text. */
export interface Request {
  tag: string;
  way: 'slack' | 'api';
  /** True from the moment the one who asked was told that it is taken. */
  accepted: boolean;
}

export interface Client {
  request: Request;
  /** Resolves when the one who asked has been told that it is taken, or has given up. */
  send(): Promise<void>;
}

/** Numbers from 0 up to 1. */
export type Chance = () => number;
const KINDS = ['issue', 'bug', 'task'] as const;
const PEOPLE = ['Ana', 'Bruno', 'Chen'];

/** How often a person, or a program, tries again before giving up. Nobody tries while no instance is there. */
const PATIENCE = { slack: 8, api: 60 };
const FORM_OPENS_WITHIN = 2_000;

/** What is asked for with this tag: fields by name. */
function fieldsFor(tag: string, kind: (typeof KINDS)[number]): Record<string, string> {
  const description = `It leaks ${tag} 🚀\nand <nobody> knows *why*`;
  switch (kind) {
    case 'issue':
      return { title: `Mend ${tag}`, description };
    case 'bug':
      return { description };
    case 'task':
      return { title: `Clean ${tag}`, category: 'Research' };
  }
}

/** A person who fills in the form, and presses its button again while it stays open. */
export function personOf(
  { slack }: Scene,
  instances: Instances,
  tag: string,
  channels: readonly string[],
  chance: Chance,
): Client {
  const request: Request = { tag, way: 'slack', accepted: false };
  const user = pick(PEOPLE, chance);
  const channel = pick(channels, chance);
  const kind = pick(KINDS, chance);
  const [again, patience] = [100 + 400 * chance(), Math.ceil(PATIENCE.slack * chance())];

  async function openForm(): Promise<string | undefined> {
    for (let tries = 0; tries < patience; tries += 1) {
      await instances.somebody();
      const typed = await slack.command({ user, channel, command: '/spacex-task', text: kind });
      if (typed.acknowledged) {
        const opened = () =>
          slack.openViews(user).find(({ triggerId }) => triggerId === typed.triggerId)?.view.id;
        const viewId = await slack.until(opened, FORM_OPENS_WITHIN).catch(() => undefined);
        if (viewId) return viewId;
      }
      await delay(again);
    }
    return undefined;
  }

  return {
    request,
    async send() {
      const viewId = await openForm();
      if (!viewId) return;
      for (let tries = 0; tries < patience && !request.accepted; tries += 1) {
        await instances.somebody();
        const sent = await slack.viewSubmit({ user, viewId, values: fieldsFor(tag, kind) });
        request.accepted = sent.acknowledged && !slack.openViews(user).some(({ view }) => view.id === viewId);
        if (!request.accepted) await delay(again);
      }
    },
  };
}

/** A program that sends its request with a key, and again after every end that is not an answer. */
export function programOf(instances: Instances, tag: string, chance: Chance): Client {
  const request: Request = { tag, way: 'api', accepted: false };
  const kind = pick(KINDS, chance);
  const [again, place, twice] = [50 + 300 * chance(), chance(), chance() < 0.2];

  async function post(tries: number): Promise<void> {
    const usable = await instances.somebody();
    const url = usable[(Math.floor(place * usable.length) + tries) % usable.length] ?? '';
    const body = { type: kind, ...fieldsFor(tag, kind) };
    // Instances whose clock is a day ahead take it, too.
    const authorization = `Bearer ${await tokenFor('ci', 'tasks:write', '3d')}`;
    const answer = await postTask(url, body, { 'idempotency-key': tag, authorization }).catch(
      () => undefined,
    );
    if (answer?.status === 201 || answer?.status === 202) request.accepted = true;
    else if (answer && answer.status < 500 && answer.status !== 429) {
      throw new Error(`${tag} was refused with ${answer.status}: ${answer.body.detail}`);
    }
  }

  return {
    request,
    async send() {
      for (let tries = 0; tries < PATIENCE.api && !request.accepted; tries += 1) {
        // An impatient one does not wait for the first answer.
        await Promise.all(twice ? [post(tries), post(tries + 1)] : [post(tries)]);
        if (!request.accepted) await delay(again);
      }
    },
  };
}

export function pick<T>(from: readonly T[], chance: Chance): T {
  return from[Math.floor(chance() * from.length)] as T;
}
