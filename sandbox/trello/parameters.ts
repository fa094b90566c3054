import { firstIdAt, isId } from './ids.ts';
import type { Position } from './position.ts';
import { invalidValue } from './refusal.ts';

/** From the query, form or JSON body. Only JSON has values other than text. */
export type Parameters = Readonly<Record<string, unknown>>;

/** The maximum length of `name`, `desc` and a comment. */
const TEXT_LIMIT = 16_384;

/** A text of at most 16,384 characters; `undefined` when it is not given. @throws Refusal */
export function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > TEXT_LIMIT) throw invalidValue(name);
  return value;
}

/** A text that must be given and not empty. @throws Refusal */
export function requiredText(parameters: Parameters, name: string): string {
  const value = text(parameters, name);
  if (!value) throw invalidValue(name);
  return value;
}

/** @throws Refusal */
export function requiredId(parameters: Parameters, name: string): string {
  const value = parameters[name];
  if (!isId(value)) throw invalidValue(name);
  return value.toLowerCase();
}

/** Ids as an array or as comma-separated text. @throws Refusal */
export function ids(parameters: Parameters, name: string): string[] | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  const items: unknown = typeof value === 'string' ? value.split(',').filter(Boolean) : value;
  if (!Array.isArray(items) || !items.every(isId)) throw invalidValue(name);
  return [...new Set(items.map((id: string) => id.toLowerCase()))];
}

/** @throws Refusal */
export function flag(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalidValue(name);
}

/** @throws Refusal */
export function position(parameters: Parameters): Position | undefined {
  const value = parameters.pos;
  if (value === undefined || value === '') return undefined;
  if (value === 'top' || value === 'bottom') return value;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) throw invalidValue('pos');
  return number;
}

/** A time in Trello's format, `2031-04-12T00:00:00.000Z`; `null` removes it. @throws Refusal */
export function dateTime(parameters: Parameters, name: string): string | null | undefined {
  const value = parameters[name];
  if (value === undefined) return undefined;
  if (value === null || value === '' || value === 'null') return null;
  const time = typeof value === 'string' || typeof value === 'number' ? new Date(value) : undefined;
  if (!time || Number.isNaN(time.getTime())) throw invalidValue(name);
  return time.toISOString();
}

/** A whole number from 0 to `max`. @throws Refusal */
export function limit(parameters: Parameters, name: string, defaultValue: number, max = 1000): number {
  const value = parameters[name];
  if (value === undefined || value === '') return defaultValue;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > max) throw invalidValue(name);
  return number;
}

/** One of the given words. @throws Refusal */
export function word<const W extends string>(
  parameters: Parameters,
  name: string,
  words: readonly W[],
  defaultValue: NoInfer<W>,
): W {
  const value = parameters[name];
  if (value === undefined || value === '') return defaultValue;
  const found = words.find((one) => one === value || (one === 'all' && value === 'true'));
  if (found === undefined) throw invalidValue(name);
  return found;
}

/** Names as an array or as comma-separated text; `undefined` when not given. */
export function names(parameters: Parameters, name: string): string[] | undefined {
  const value = parameters[name];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : undefined;
}

/**
 * `before` or `since` as an id: Trello accepts an id or a time.
 * @see https://developer.atlassian.com/cloud/trello/guides/rest-api/api-introduction/#paging
 * @throws Refusal
 */
export function pageBoundary(parameters: Parameters, name: 'before' | 'since'): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === '' || value === 'null') return undefined;
  if (isId(value)) return value.toLowerCase();
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalidValue(name);
  return firstIdAt(time);
}

/** A page of items, newest first. `items` are in the order of creation. */
export function newestFirst<T extends { id: string }>(
  items: readonly T[],
  {
    limit: count,
    before,
    since,
    skip = 0,
    matches = () => true,
  }: {
    limit: number;
    before?: string | undefined;
    since?: string | undefined;
    skip?: number;
    matches?: (item: T) => boolean;
  },
): T[] {
  const found: T[] = [];
  let toSkip = skip;
  for (let place = items.length - 1; place >= 0 && found.length < count; place -= 1) {
    const item = items[place] as T;
    if (since !== undefined && item.id <= since) break;
    if ((before !== undefined && item.id >= before) || !matches(item)) continue;
    if (toSkip > 0) toSkip -= 1;
    else found.push(item);
  }
  return found;
}
