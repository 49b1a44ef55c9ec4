import type { ApiPromise } from "./api-promise.ts";

/** A page of a list, newest item first. `next` and `previous` are cursors for `after` and `before`. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly hasMore: boolean;
  readonly next: string | null;
  readonly previous: string | null;
}

/**
 * A list that requests its pages during iteration: `for await (const payment of list)`. It requests the next page when
 * its first item is needed. Each iteration starts again at the first page.
 */
export class List<Item> implements AsyncIterable<Item> {
  readonly #read: (after: string | undefined) => ApiPromise<Page<Item>>;

  /** @param read reads the page after a cursor, or the first page. */
  constructor(read: (after: string | undefined) => ApiPromise<Page<Item>>) {
    this.#read = read;
  }

  /** Reads only the first page, for callers that keep the cursors themselves. */
  firstPage(): ApiPromise<Page<Item>> {
    return this.#read(undefined);
  }

  /** All pages in order. */
  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let after: string | undefined;
    for (let hasMore = true; hasMore; ) {
      const page = await this.#read(after);
      yield page;
      after = page.next ?? undefined;
      hasMore = page.hasMore;
    }
  }

  /** All items in order. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }
}
