import { z } from 'zod';
import { AppError } from '../src/errors.ts';
import { FAULT_MODES, type FaultSwitch } from './fault-switch.ts';
import type { Acknowledgement } from './slack/delivery.ts';
import type { LocalWorkspace } from './slack/local-workspace.ts';
import type { LocalTrello } from './trello/local-trello.ts';
import type { Person } from './trello/person.ts';
import { Refusal } from './trello/refusal.ts';

/** Performs what a person did on the page. Resolves with the response's body. @throws AppError @throws z.ZodError */
export type Action = (given: unknown) => Promise<object> | object;

const id = z.string().min(1).max(255);
const text = z.string().max(20_000);
const typed = z.union([text, z.array(text).max(100), z.null()]);
const values = z.record(z.string(), z.union([typed, z.record(z.string(), typed)]));

function action<T extends z.ZodType>(shape: T, run: (given: z.infer<T>) => Promise<object> | object): Action {
  return (given) => run(shape.parse(given));
}

/** By the last part of the path `/sandbox/slack/…`: what a person does in this workspace. */
export function slackActions(
  slack: LocalWorkspace,
  onChannel: (channel: string) => void,
): Record<string, Action> {
  const { workspace } = slack;
  return {
    say: action(
      z.object({ user: id, channel: id, text, threadTs: id.optional() }),
      ({ threadTs, ...message }) => {
        const { ts } = slack.say({
          ...message,
          text: escapeTyped(message.text),
          ...(threadTs !== undefined && { threadTs }),
        });
        return { ts };
      },
    ),
    /** A slash command is not sent from inside a thread: neither the app nor Slack would know it there. */
    command: action(
      z.object({ user: id, channel: id, command: id, text, threadTs: id.optional() }),
      async ({ threadTs, ...given }) => {
        if (threadTs === undefined) return { acknowledged: (await slack.command(given)).acknowledged };
        note(given, `${escapeTyped(given.command)} is not supported in threads. Sorry!`, threadTs);
        return { acknowledged: false };
      },
    ),
    'message-shortcut': action(
      z.object({ user: id, channel: id, messageTs: id, callbackId: id }),
      async (given) => taken(await slack.messageShortcut(given)),
    ),
    shortcut: action(z.object({ user: id, callbackId: id }), async (given) =>
      taken(await slack.shortcut(given)),
    ),
    'view-submit': action(z.object({ user: id, viewId: id, values }), async (given) => {
      const { acknowledged } = await slack.viewSubmit(given);
      return { acknowledged };
    }),
    'view-action': action(
      z.object({ user: id, viewId: id, blockId: id, actionId: id, value: typed.optional(), values }),
      async ({ value, ...given }) => {
        const chosen = value !== undefined && { value };
        return { acknowledged: (await slack.viewAction({ ...given, ...chosen })).acknowledged };
      },
    ),
    'view-close': action(z.object({ user: id, viewId: id }), async (given) => {
      await slack.viewClose(given);
      return {};
    }),
    'message-action': action(
      z.object({
        user: id,
        channel: id,
        messageTs: id,
        blockId: id.optional(),
        actionId: id,
        value: typed.optional(),
      }),
      async ({ value, blockId, ...given }) => {
        const { acknowledged } = await slack.messageAction({
          ...given,
          ...(blockId !== undefined && { blockId }),
          ...(value !== undefined && { value }),
        });
        return { acknowledged };
      },
    ),
    'open-home': action(z.object({ user: id }), async (given) => {
      return { acknowledged: (await slack.openHome(given)).acknowledged };
    }),
    'home-action': action(
      z.object({ user: id, blockId: id, actionId: id, value: typed.optional() }),
      async ({ value, ...given }) => {
        const chosen = value !== undefined && { value };
        return { acknowledged: (await slack.homeAction({ ...given, ...chosen })).acknowledged };
      },
    ),
    invite: action(z.object({ user: id, channel: id }), (given) => {
      const channel = workspace.channel(given.channel);
      if (channel.kind === 'im' || channel.kind === 'mpim') {
        note(given, '`/invite` does not work in direct messages.');
        return {};
      }
      const known = workspace.isMember(channel);
      channel.members.add(workspace.app.botUserId);
      onChannel(channel.id);
      note(given, `<@${workspace.app.botUserId}> ${known ? 'is here already' : 'was added'}.`);
      return {};
    }),
    /** In the workspace's own settings, where apps are removed. */
    uninstall: action(z.object({}), () => {
      slack.uninstall();
      return {};
    }),
    'unknown-command': action(
      z.object({ user: id, channel: id, command: id, threadTs: id.optional() }),
      ({ command, threadTs, ...given }) => {
        const text = `\`${escapeTyped(command)}\` is not a valid command. Type \`/\` to see those that there are.`;
        note(given, text, threadTs);
        return {};
      },
    ),
  };

  /** Slackbot's own words, to this person only. */
  function note({ user, channel }: { user: string; channel: string }, content: string, threadTs?: string) {
    slack.messages.showEphemeral(workspace.channel(channel).id, workspace.person(user).id, {
      user: 'USLACKBOT',
      team: workspace.team.id,
      text: content,
      ...(threadTs !== undefined && { thread_ts: threadTs }),
    });
  }
}

/** Slack says that a shortcut has failed, and no more. */
function taken({ acknowledged }: Acknowledgement): object {
  if (acknowledged) return {};
  const userMessage = 'That didn’t work: the app did not answer.';
  throw new AppError({ code: 'sandbox_not_acknowledged', retry: 'never', userMessage });
}

/**
 * By the last part of the path `/sandbox/trello/…`: what a member of the board does on Trello's own page, and the faults.
 */
export function trelloActions(trello: LocalTrello, faults: FaultSwitch): Record<string, Action> {
  const { lists } = trello.state;
  const on = z.boolean();

  /** On a card, as a member of its board. */
  function onCard<S extends z.ZodRawShape>(
    shape: S,
    run: (person: Person, card: string, given: z.infer<z.ZodObject<S>>) => unknown,
  ): Action {
    const whole = z.object({ member: id, card: id });
    const rest = z.object(shape);
    return (given) => {
      const { member, card } = whole.parse(given);
      const parsed = rest.parse(given);
      try {
        run(trello.person(member), card, parsed);
      } catch (error) {
        throw error instanceof Refusal ? refused(error) : error;
      }
      return {};
    };
  }

  return {
    move: onCard(
      { list: id, position: z.union([z.literal(['top', 'bottom']), z.number()]) },
      (person, card, { list, position }) => person.move(card, lists.get(list) ?? gone('list'), position),
    ),
    comment: onCard({ text }, (person, card, given) => person.comment(card, given.text)),
    /** Without `to`, oneself. */
    assign: onCard({ on, to: id.optional() }, (person, card, given) =>
      given.on ? person.assign(card, given.to) : person.unassign(card, given.to),
    ),
    due: onCard({ due: z.iso.datetime().nullable() }, (person, card, { due }) => person.setDue(card, due)),
    complete: onCard({ on }, (person, card, given) => person.complete(card, given.on)),
    archive: onCard({ on }, (person, card, given) =>
      given.on ? person.archive(card) : person.sendBack(card),
    ),
    rename: onCard({ name: text.min(1) }, (person, card, { name }) => person.rename(card, name)),
    label: onCard({ label: id, on }, (person, card, given) => person.setLabel(card, given.label, given.on)),
    link: onCard(
      { url: z.url({ protocol: /^https?$/ }), name: id.optional() },
      (person, card, { url, name }) => person.attachLink(card, url, name),
    ),
    delete: onCard({}, (person, card) => person.remove(card)),
    /** On the member's own page, where applications are revoked. */
    revoke: action(z.object({ member: id }), ({ member }) => {
      const grants = trello.grantsOf(trello.person(member).member);
      if (grants.length === 0) gone('token');
      for (const { token } of grants) trello.revoke(token);
      return {};
    }),
    faults: action(z.object({ mode: z.enum(FAULT_MODES) }), ({ mode }) => {
      faults.set(mode);
      return {};
    }),
  };
}

/**
 * Escapes text that a person types, as Slack does: these three characters are never markup.
 * @see https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
function escapeTyped(typed: string): string {
  return typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function refused({ status, message }: Refusal): AppError {
  const userMessage =
    status === 404 ? 'That card is not there any more.' : `Trello refuses that (${message}).`;
  return new AppError({ code: 'sandbox_refused', retry: 'never', userMessage });
}

function gone(what: string): never {
  throw new AppError({
    code: 'sandbox_gone',
    retry: 'never',
    userMessage: `That ${what} is not there any more.`,
  });
}
