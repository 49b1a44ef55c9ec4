import { invalid, StripeFault } from "./stripe-fault.ts";

export interface FakeResponse {
  readonly status: number;
  /** JSON, so that later changes of the objects do not change it. */
  readonly body: string;
}

interface Stored extends FakeResponse {
  readonly request: string;
  readonly at: number;
}

const LIFETIME_MS = 24 * 3_600_000;

/** Stripe replays the first result of a key, errors from 500 up included, and forgets it after 24 hours. */
export class IdempotencyKeys {
  readonly #stored = new Map<string, Stored>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** @throws StripeFault where the key was used for another request. */
  find(key: string, request: string): FakeResponse | null {
    const stored = this.#stored.get(key);
    if (stored === undefined || this.#now().getTime() - stored.at >= LIFETIME_MS) return null;
    if (stored.request === request) return { status: stored.status, body: stored.body };
    const { body } = invalid("Keys for idempotent requests can only be used with the same parameters.");
    throw new StripeFault(400, { ...body.error, type: "idempotency_error" }, true);
  }

  forget(): void {
    this.#stored.clear();
  }

  store(key: string, request: string, { status, body }: FakeResponse): void {
    this.#stored.set(key, { request, status, body, at: this.#now().getTime() });
  }
}
