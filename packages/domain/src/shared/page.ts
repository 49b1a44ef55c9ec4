import { ok, type Result } from "neverthrow";
import { type InvalidValue, invalidValue } from "./invalid-value.ts";

export const DEFAULT_PAGE_LIMIT = 20;
export const MAXIMUM_PAGE_LIMIT = 100;
/** The maximum total size of the texts of a page, unless a single item is larger. */
export const MAXIMUM_PAGE_BYTES = 65_536;

/**
 * Selects a page of a list that is ordered newest first: the items older than `after`, or newer than `before`. At most
 * one of them is set.
 */
export interface PageRequest<Id> {
  readonly limit: number;
  readonly after: Id | null;
  readonly before: Id | null;
}

/** `next` is the value for `after`, and `previous` the value for `before`; null at an end of the list. */
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

/** The page of a list that is in memory as a whole. It may have any order: ids give the order of creation. */
export const pageWithin = <Item extends { readonly id: Id }, Id extends string>(
  all: readonly Item[],
  request: PageRequest<Id>,
): Page<Item, Id> => {
  const { after, before } = request;
  const newestFirst = all.toSorted((one, other) => (one.id < other.id ? 1 : -1));
  const found = newestFirst.filter(({ id }) => (after === null || id < after) && (before === null || id > before));
  return pageOf(before === null ? found : found.toReversed(), request);
};

/**
 * Builds a page from the items that storage read: up to `limit + 1` items, newest first, or oldest first if `before` is
 * set. `more`: whether more items follow in that direction. By default an item beyond the limit shows it.
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

export const toPageJson = <Item, Id>({ items, next, previous }: Page<Item, Id>, toJson: (item: Item) => object) => ({
  data: items.map(toJson),
  hasMore: next !== null,
  next,
  previous,
});
