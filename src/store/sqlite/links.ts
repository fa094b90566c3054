import { type InboxItem, type Link, type Links, REMEMBERED_FOR } from '../../flows/card-activity/link.ts';
import type { Connection } from './connection.ts';

interface Row {
  record: string;
}

/** The links in tables of their own: a board with many of them is never read whole. */
export function createSqliteLinks(connection: Connection): Links {
  const read = async (where: string, ...parameters: (string | number)[]) => {
    const rows = await connection.query<Row>(`SELECT record FROM links WHERE ${where}`, ...parameters);
    return rows.map(({ record }) => JSON.parse(record) as Link);
  };
  const list = (ids: readonly string[]) => JSON.stringify(ids);

  return {
    async add(link) {
      await connection.query(
        `INSERT OR IGNORE INTO links (id, card, team, user, created_at, changed_at, ended, record)
         VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
        link.id,
        link.card,
        link.team,
        link.user ?? '',
        link.createdAt,
        link.changedAt,
        JSON.stringify(link),
      );
    },
    find: async (id) => (await read('id = ?', id))[0],
    ofCards: (cards) => read('ended = 0 AND card IN (SELECT value FROM json_each(?))', list(cards)),
    ofPerson: (team, user) => read('team = ? AND user = ? ORDER BY created_at DESC', team, user),
    quietSince: (time, limit) =>
      read('ended = 0 AND changed_at < ? ORDER BY changed_at LIMIT ?', time, limit),
    async change(id, change) {
      await connection.query(
        `UPDATE links SET record = json_patch(record, ?1),
           changed_at = coalesce(json_extract(?1, '$.changedAt'), changed_at),
           ended = ended OR json_extract(?1, '$.ended') IS NOT NULL
         WHERE id = ?2`,
        JSON.stringify(change),
        id,
      );
    },
    async unknown(owner, ids) {
      const rows = await connection.query<{ value: string }>(
        'SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM inbox WHERE owner = ?)',
        list(ids),
        owner,
      );
      return rows.map(({ value }) => value);
    },
    async put(owner, items) {
      if (items.length > 0) {
        await connection.query(
          `INSERT OR IGNORE INTO inbox (owner, id, record)
           SELECT ?, json_extract(value, '$.id'), value FROM json_each(?)`,
          owner,
          JSON.stringify(items),
        );
      }
      const [row] = await connection.query<{ waiting: number }>(
        'SELECT count(*) AS waiting FROM inbox WHERE owner = ? AND forget_at IS NULL',
        owner,
      );
      return row?.waiting ?? 0;
    },
    async inbox<Item extends InboxItem>(owner: string) {
      const sql = 'SELECT record FROM inbox WHERE owner = ? AND forget_at IS NULL ORDER BY rowid';
      const rows = await connection.query<Row>(sql, owner);
      return rows.map(({ record }) => JSON.parse(record) as Item);
    },
    async take(owner, ids) {
      await connection.query(
        `UPDATE inbox SET forget_at = ?, record = '' WHERE owner = ? AND id IN (SELECT value FROM json_each(?))`,
        Date.now() + REMEMBERED_FOR,
        owner,
        list(ids),
      );
    },
  };
}
