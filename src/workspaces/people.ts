import { z } from 'zod';
import { memberSchema, type TrelloMember } from './accounts.ts';
import type { Secret, WorkspaceDeps } from './installations.ts';
import { createCollection, nameOf } from './records.ts';

/** Somebody in Slack. */
export interface SlackPerson {
  team: string;
  user: string;
}

/** A member of a board, by Trello's id and full name. */
export interface ChosenMember {
  id: string;
  name: string;
}

/** An account that a person has connected, to act in their own name. */
export interface OwnAccount extends TrelloMember {
  /** Milliseconds since 1970. */
  at: number;
  token: Secret;
}

/** Who somebody in Slack is in Trello. */
export interface People {
  /** As their own account says, or as they chose. */
  find(person: SlackPerson): Promise<ChosenMember | undefined>;
  /**
   * Keeps a choice; `null` forgets it. False, and nothing is changed: somebody else of the workspace goes by that name, or
   * the person's own account says who they are.
   */
  set(person: SlackPerson, member: ChosenMember | null): Promise<boolean>;
  account(person: SlackPerson): Promise<OwnAccount | undefined>;
  /** Connects a person's own account, which proves who they are: somebody else's choice of that name ends. */
  connect(person: SlackPerson, member: TrelloMember, token: string): Promise<void>;
  /**
   * Deletes a person's own token; who they are stays as their choice. `refused`: Trello refuses the token that was
   * connected then, and a newer one stays. Resolves with whether there was one.
   */
  disconnect(person: SlackPerson, refused?: { connectedAt: number }): Promise<boolean>;
}

const personSchema = z.object({
  member: z.object({ id: z.string(), name: z.string() }).optional(),
  account: memberSchema.extend({ at: z.number() }).optional(),
  token: z.string().optional(),
});
/** Who goes by a name on the board: so that no two do, also when they choose at the same time. */
const nameSchema = z.object({ user: z.string(), at: z.number() });

const PERSON = 'person';
const NAME = 'member';
/** A process that was killed between its two writes leaves a name without its person. After so long it is free. */
const NAME_HELD_FOR = 60_000;

export function createPeople({ records, vault, audit }: Omit<WorkspaceDeps, 'ofVariables'>): People {
  const people = createCollection(records, PERSON, personSchema);
  const names = createCollection(records, NAME, nameSchema);
  const recordOf = ({ team, user }: SlackPerson) => nameOf({ workspace: team, type: PERSON, id: user });

  async function isHeld(
    team: string,
    id: string,
    { user, at }: z.infer<typeof nameSchema>,
  ): Promise<boolean> {
    return Date.now() - at < NAME_HELD_FOR || (await people.get(team, user))?.member?.id === id;
  }

  /** Takes a name for a person. False: somebody else has it. */
  async function takeName({ team, user }: SlackPerson, { id }: ChosenMember): Promise<boolean> {
    const taken = await names.change(team, id, async (holder) => {
      if (holder && holder.user !== user && (await isHeld(team, id, holder))) return holder;
      return { user, at: Date.now() };
    });
    return taken?.user === user;
  }

  async function freeName({ team, user }: SlackPerson, id: string): Promise<void> {
    await names.change(team, id, (holder) => (holder?.user === user ? undefined : holder));
  }

  /** Changes a person, and frees the name that they had before. */
  async function change(
    person: SlackPerson,
    edit: (before: z.infer<typeof personSchema>) => z.infer<typeof personSchema>,
  ): Promise<void> {
    let earlier: ChosenMember | undefined;
    const after = await people.change(person.team, person.user, (before = {}) => {
      earlier = before.member;
      return edit(before);
    });
    if (earlier && earlier.id !== after?.member?.id) await freeName(person, earlier.id);
  }

  return {
    find: async ({ team, user }) => (await people.get(team, user))?.member,
    async set(person, member) {
      if ((await people.get(person.team, person.user))?.account) return false;
      if (member && !(await takeName(person, member))) return false;
      await change(person, (before) => ({ ...before, member: member ?? undefined }));
      return true;
    },
    async account(person) {
      const { account, token } = (await people.get(person.team, person.user)) ?? {};
      return account && token !== undefined
        ? { ...account, token: () => vault.open(recordOf(person), token) }
        : undefined;
    },
    async connect(person, { id, username, fullName }, token) {
      const { team, user } = person;
      const sealed = await vault.seal(recordOf(person), token);
      let other: string | undefined;
      await names.change(team, id, (holder) => {
        other = holder?.user === user ? undefined : holder?.user;
        return { user, at: Date.now() };
      });
      if (other !== undefined) {
        await people.change(team, other, (before) =>
          before?.member?.id === id ? { ...before, member: undefined } : before,
        );
      }
      const account = { id, username, fullName, at: Date.now() };
      await change(person, () => ({ member: { id, name: fullName }, account, token: sealed }));
      await audit.add({ team, who: user, act: 'connected', what: `their Trello account ${username}` });
    },
    async disconnect(person, refused) {
      const { team, user } = person;
      let username: string | undefined;
      await people.change(team, user, (before) => {
        const isMeant = before?.account && (!refused || refused.connectedAt === before.account.at);
        username = isMeant ? before?.account?.username : undefined;
        return before && isMeant ? { member: before.member } : before;
      });
      if (username === undefined) return false;
      const what = `their Trello account ${username}${refused ? ', which Trello refused' : ''}`;
      await audit.add({ team, who: user, act: 'disconnected', what });
      return true;
    },
  };
}
