/** Removes an item from a list, if it is in it. */
export function remove<T>(items: T[] | undefined, item: T): void {
  const place = items?.indexOf(item) ?? -1;
  if (place >= 0) items?.splice(place, 1);
}

/** The index of an id in a list sorted by id, or the index where it would be inserted. */
export function indexById(items: readonly { id: string }[], id: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as { id: string }).id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Removes an item from a list sorted by id, if it is in it. */
export function removeById<T extends { id: string }>(items: T[] | undefined, item: T): void {
  if (!items) return;
  const place = indexById(items, item.id);
  if (items[place] === item) items.splice(place, 1);
}
