import type { InboxItem, Link, Links } from '../../../src/flows/card-activity/link.ts';

/** As a store keeps it. */
const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

/** Links for a test that wants no store: as the contract of the stores has them, but for what ends with time. */
export function createLinksInMemory(): Links {
  const links = new Map<string, Link>();
  const inboxes = new Map<string, InboxItem[]>();
  const known = new Map<string, Set<string>>();
  const of = <Value>(map: Map<string, Value>, owner: string, empty: Value): Value => {
    const value = map.get(owner) ?? empty;
    map.set(owner, value);
    return value;
  };
  const open = () => [...links.values()].filter(({ ended }) => !ended);
  return {
    add: async (link) => void (links.has(link.id) || links.set(link.id, copy(link))),
    find: async (id) => links.get(id),
    ofCards: async (cards) => open().filter(({ card }) => cards.includes(card)),
    ofPerson: async (team, user) =>
      [...links.values()].filter((link) => link.team === team && link.user === user).reverse(),
    quietSince: async (time, limit) =>
      open()
        .filter(({ changedAt }) => changedAt < time)
        .slice(0, limit),
    async change(id, change) {
      const link = links.get(id);
      if (link) links.set(id, copy({ ...link, ...change }));
    },
    unknown: async (owner, ids) => ids.filter((id) => !of(known, owner, new Set()).has(id)),
    async put(owner, items) {
      const [inbox, ids] = [of(inboxes, owner, []), of(known, owner, new Set<string>())];
      for (const item of items) if (!ids.has(item.id)) inbox.push(copy(item));
      for (const { id } of items) ids.add(id);
      return inbox.length;
    },
    inbox: async <Item extends InboxItem>(owner: string) => copy(of(inboxes, owner, [])) as Item[],
    take: async (owner, ids) =>
      void inboxes.set(
        owner,
        of(inboxes, owner, []).filter(({ id }) => !ids.includes(id)),
      ),
  };
}
