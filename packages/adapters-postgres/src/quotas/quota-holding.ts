import { type Lease, SHARE } from "./request-quota-leases.ts";

/** Options of all holdings of a process. Times in milliseconds. */
export interface HoldingOptions {
  readonly limit: number;
  readonly length: number;
  /** Requests per window that need no lease. */
  readonly allowance: number;
}

/** When a lease is a single request, requesting one ahead of time would waste it. */
const NEVER = -1;
const lowFor = (nextLease: number): number => (nextLease > 0 ? Math.floor(nextLease / 4) : NEVER);

/**
 * The part of a client's quota that one process holds. Times are those of the process's monotonic clock. The duration of
 * the statement makes the end of a window uncertain: it lies between `#leaseEnds` and `#windowEnds`. A lease is spent
 * before the first, and the next window begins after the second.
 */
export class QuotaHolding {
  /** How many requests wait for a lease. */
  waiting = 0;
  /** The request for a lease in flight. */
  pending: Promise<void> | null = null;
  readonly #options: HoldingOptions;
  #left = 0;
  #spent = 0;
  #available: number;
  #exhausted = false;
  /** When this few requests are left, the next lease is due. */
  #low = NEVER;
  /** By the database's clock. Identifies the window. */
  #endsAt = 0;
  #leaseEnds: number;
  #windowEnds: number;

  /** @param allowedFrom Start of the first window. Null: it starts with the first lease, without an allowance before. */
  constructor(options: HoldingOptions, allowedFrom: number | null) {
    this.#options = options;
    this.#available = options.limit;
    this.#leaseEnds = allowedFrom ?? Number.NEGATIVE_INFINITY;
    this.#windowEnds = allowedFrom ?? Number.POSITIVE_INFINITY;
  }

  /** Charges one request. False: nothing is left without a lease. */
  spend(now: number): boolean {
    if (now >= this.#windowEnds) this.#beginNextWindow(now);
    if (this.#left <= 0 || now >= this.#leaseEnds) return false;
    this.#left--;
    this.#spent++;
    return true;
  }

  giveBack(): void {
    if (this.#spent === 0) return;
    this.#spent--;
    this.#left++;
  }

  /** The quota of this window is spent. */
  get exhausted(): boolean {
    return this.#exhausted && this.#left <= 0;
  }

  get needsLease(): boolean {
    return this.#left <= this.#low && !this.#exhausted && this.pending === null;
  }

  get remaining(): number {
    return Math.max(0, this.#left) + this.#available;
  }

  resetsInSeconds(now: number): number {
    return Math.max(1, Math.ceil((this.#windowEnds - now) / 1000));
  }

  /** @param sent When the lease was requested. @param received When it arrived. */
  add({ granted, available, leasedAt, endsAt }: Lease, sent: number, received: number): void {
    const rest = endsAt - leasedAt;
    // It arrived after its window.
    if (sent + rest <= received) return;
    if (endsAt !== this.#endsAt) {
      this.#left = 0;
      this.#spent = 0;
    }
    this.#endsAt = endsAt;
    this.#leaseEnds = sent + rest;
    this.#windowEnds = received + rest;
    this.#left += granted;
    this.#available = available;
    this.#exhausted = available === 0;
    this.#low = lowFor(Math.floor(available / SHARE));
  }

  /** The database does not respond: this process counts alone, up to the whole limit. */
  addWithoutLease(now: number): void {
    const { limit, length } = this.#options;
    if (this.#windowEnds === Number.POSITIVE_INFINITY) this.#windowEnds = now + length;
    this.#leaseEnds = this.#windowEnds;
    const most = Math.max(0, limit - this.#spent - this.#left);
    const granted = Math.min(most, Math.max(this.waiting, Math.floor(most / SHARE), 1));
    this.#left += granted;
    this.#available = most - granted;
    this.#exhausted = this.#available === 0;
    this.#low = lowFor(granted);
  }

  #beginNextWindow(now: number): void {
    const { limit, length, allowance } = this.#options;
    const passed = (Math.floor((now - this.#windowEnds) / length) + 1) * length;
    this.#endsAt += passed;
    this.#leaseEnds += passed;
    this.#windowEnds += passed;
    this.#left = allowance;
    this.#spent = 0;
    this.#available = limit - allowance;
    this.#exhausted = false;
    this.#low = Math.floor(allowance / 4);
  }
}
