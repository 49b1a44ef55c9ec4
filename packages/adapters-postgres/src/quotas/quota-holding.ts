import { type Lease, SHARE } from "./request-quota-leases.ts";

/** What a process's holdings have in common. Times in milliseconds. */
export interface HoldingOptions {
  readonly limit: number;
  readonly length: number;
  /** What may be spent in each window without a lease. */
  readonly allowance: number;
}

/** Where leases are of one request each, one that nobody waits for would be wasted. */
const NEVER = -1;
const lowFor = (nextLease: number): number => (nextLease > 0 ? Math.floor(nextLease / 4) : NEVER);

/**
 * What one process holds of one client's quota. Its times are those of a clock of this process that never goes
 * back. A window's end lies somewhere between `#leaseEnds` and `#windowEnds`, because the database's answer took its
 * time: a lease is spent before the one, the next window begins after the other.
 */
export class QuotaHolding {
  /** How many requests wait for a lease. */
  waiting = 0;
  /** The request for a lease that is under way. */
  pending: Promise<void> | null = null;
  readonly #options: HoldingOptions;
  #left = 0;
  #spent = 0;
  #available: number;
  #exhausted = false;
  /** As few left as this: time for another lease. */
  #low = NEVER;
  /** By the database's clock: the window's name. */
  #endsAt = 0;
  #leaseEnds: number;
  #windowEnds: number;

  /** @param allowedFrom When its first window begins; null: with its first lease, so that there is no allowance before. */
  constructor(options: HoldingOptions, allowedFrom: number | null) {
    this.#options = options;
    this.#available = options.limit;
    this.#leaseEnds = allowedFrom ?? Number.NEGATIVE_INFINITY;
    this.#windowEnds = allowedFrom ?? Number.POSITIVE_INFINITY;
  }

  /** Whether one request was charged. False: there is nothing to spend without a lease. */
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

  /** Nothing is left for this window, and nothing more to be had. */
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

  /** @param sent When the lease was asked for. @param received When it was there. */
  add({ granted, available, leasedAt, endsAt }: Lease, sent: number, received: number): void {
    const rest = endsAt - leasedAt;
    // It came after its window: what it grants is lost, and what it says is about the past.
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

  /** The database does not answer: this process goes on by itself, up to the whole limit. */
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
