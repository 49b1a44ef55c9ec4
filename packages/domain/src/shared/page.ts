import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "./invalid-value.ts";

export const DEFAULT_PAGE_LIMIT = 20;
export const MAXIMUM_PAGE_LIMIT = 100;
/** The most bytes of text that the items of a page may hold together, unless a single item holds more. */
export const MAXIMUM_PAGE_BYTES = 262_144;

/**
 * A stretch of a list that is ordered newest first. `after` asks for what is older than that item,
 * `before` for what is newer; at most one of them is set.
 */
export interface PageRequest<Id> {
  readonly limit: number;
  readonly after: Id | null;
  readonly before: Id | null;
}

/** `next` is the value for `after`, `previous` the one for `before`; null at an end of the list. */
export interface Page<Item, Id> {
  readonly items: readonly Item[];
  readonly next: Id | null;
  readonly previous: Id | null;
}

export const parsePageLimit = (raw: string): Result<number, InvalidValue> => {
  const limit = /^\d{1,3}$/.test(raw) ? Number(raw) : 0;
  return limit >= 1 && limit <= MAXIMUM_PAGE_LIMIT
    ? ok(limit)
    : invalidValue(`must be an integer from 1 to ${MAXIMUM_PAGE_LIMIT}`);
};

/**
 * The page out of what a storage read for it: up to `limit + 1` items in the direction of travel, that
 * is newest first, or oldest first where `before` was set. `more`: whether further items follow those of the page,
 * where that is not told by an item over the limit.
 */
export const pageOf = <Item extends { readonly id: Id }, Id>(
  read: readonly Item[],
  { limit, after, before }: PageRequest<Id>,
  more = read.length > limit,
): Page<Item, Id> => {
  const items = before === null ? read.slice(0, limit) : read.slice(0, limit).reverse();
  const olderFollow = before !== null || more;
  const newerFollow = before === null ? after !== null : more;
  return {
    items,
    next: olderFollow ? (items.at(-1)?.id ?? null) : null,
    previous: newerFollow ? (items[0]?.id ?? null) : null,
  };
};
