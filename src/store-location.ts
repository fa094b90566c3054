/** Where the program keeps its data: a file of its own, or a Redis that several instances share. */
export type StoreLocation = { type: 'sqlite'; path: string } | { type: 'redis' };

/** Reads `sqlite:path`, `redis://…` or `rediss://…`; `undefined` for anything else. */
export function storeLocation(url: string): StoreLocation | undefined {
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  // SQLite takes a name that begins with a colon for a database in memory.
  if (path && !path.startsWith(':')) return { type: 'sqlite', path };
  return /^rediss?:\/\//.test(url) && URL.parse(url)?.hostname ? { type: 'redis' } : undefined;
}
