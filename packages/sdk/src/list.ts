/** A stretch of a list, newest first. `next` and `previous` are cursors for `after` and `before`. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly hasMore: boolean;
  readonly next: string | null;
  readonly previous: string | null;
}

/**
 * A list that is read as it is walked through: `for await (const payment of list)`. Nothing is requested before the
 * first step, and a next page only when its first item is wanted. Each walk begins anew.
 */
export class List<Item> implements AsyncIterable<Item> {
  readonly #read: (after: string | undefined) => Promise<Page<Item>>;

  /** @param read reads the page after a cursor; without one, the page where the list begins. */
  constructor(read: (after: string | undefined) => Promise<Page<Item>>) {
    this.#read = read;
  }

  /** The first page alone, with its cursors: for callers who keep the place themselves. */
  firstPage(): Promise<Page<Item>> {
    return this.#read(undefined);
  }

  /** Page by page, to the end of the list. */
  async *pages(): AsyncGenerator<Page<Item>, void, undefined> {
    let after: string | undefined;
    do {
      const page = await this.#read(after);
      yield page;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** Item by item, to the end of the list. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const { data } of this.pages()) yield* data;
  }
}
