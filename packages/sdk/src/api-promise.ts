/** The headers of a successful response that a caller can use. */
export interface ResponseInfo {
  /** HTTP status. */
  readonly status: number;
  /** Identifies the request in the service's log. Null if a proxy removed `X-Request-Id`. */
  readonly requestId: string | null;
  /** Whether the service returned the result of an earlier request with the same idempotency key. */
  readonly replayed: boolean;
  /** The client's remaining requests and the seconds until its next window. Null for admins and without a limit. */
  readonly quota: { readonly remaining: number; readonly resetsInSeconds: number } | null;
}

export interface WithResponse<Data> {
  readonly data: Data;
  readonly response: ResponseInfo;
}

/** The promise of a call's result. `withResponse()` also returns the request id, the replay flag and the quota. */
export class ApiPromise<Data> extends Promise<Data> {
  /** `then` returns a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #received: Promise<WithResponse<Data>>;

  constructor(received: Promise<WithResponse<Data>>) {
    super((resolve, reject) => {
      received.then(({ data }) => resolve(data), reject);
    });
    this.#received = received;
  }

  withResponse(): Promise<WithResponse<Data>> {
    this.catch(() => {}); // The caller handles the rejection of the returned promise.
    return this.#received;
  }
}
