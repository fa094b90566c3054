/** Takes one item out of a list, if it is there. */
export function remove<T>(items: T[] | undefined, item: T): void {
  const place = items?.indexOf(item) ?? -1;
  if (place >= 0) items?.splice(place, 1);
}

/** Where an id stands, or would stand, in a list that is in the order of ids. */
export function placeInOrder(items: readonly { id: string }[], id: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as { id: string }).id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Takes one item out of a list that is in the order of ids, if it is there. */
export function removeInOrder<T extends { id: string }>(items: T[] | undefined, item: T): void {
  if (!items) return;
  const place = placeInOrder(items, item.id);
  if (items[place] === item) items.splice(place, 1);
}
