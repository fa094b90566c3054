import type Keyv from 'keyv';
import type { Named, Person } from './ports.ts';

type Whom = Pick<Person, 'team' | 'user'>;

/** Who somebody in Slack is in Trello. Asked once, kept per workspace and person. */
export interface People {
  find(person: Whom): Promise<Named | undefined>;
  /** `null` forgets. False: somebody else of the workspace goes by that name, and nothing is changed. */
  set(person: Whom, member: Named | null): Promise<boolean>;
}

export function createPeople(names: Keyv): People {
  const personKey = ({ team, user }: Whom) => `${team}-${user}`;
  const memberKey = ({ team }: Whom, { id }: Named) => `${team}-member-${id}`;
  const find = (person: Whom) => names.get<Named>(personKey(person));

  return {
    find,
    async set(person, member) {
      if (member) {
        const holder = await names.get<string>(memberKey(person, member));
        if (holder !== undefined && holder !== person.user) return false;
      }
      const before = await find(person);
      if (before && before.id !== member?.id) await names.delete(memberKey(person, before));
      if (!member) {
        await names.delete(personKey(person));
        return true;
      }
      await names.set(memberKey(person, member), person.user);
      await names.set(personKey(person), member);
      return true;
    },
  };
}
