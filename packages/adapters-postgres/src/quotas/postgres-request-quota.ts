import type { ClientId, QuotaDecision, RequestQuota } from "@payments/domain";
import type { Knex } from "knex";
import QuickLRU from "quick-lru";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { type HoldingOptions, QuotaHolding } from "./quota-holding.ts";
import { RequestQuotaLeases } from "./request-quota-leases.ts";

export interface PostgresRequestQuotaOptions {
  /** Requests per client and window, for all processes together. At least 1. */
  readonly limit: number;
  /** At least 1. */
  readonly windowSeconds: number;
  /** At least this many recently seen clients keep their leases, and at most twice as many. Default 100,000. */
  readonly capacity?: number;
  /** How long a request waits for a lease before it is admitted without one. Default 500. */
  readonly leaseTimeoutMs?: number;
  /** Called for every lease: `granted`, `exhausted` if nothing was left, or `failed` with the error. */
  readonly onLease?: (outcome: LeaseOutcome, error?: unknown) => void;
  /** Receives the queue of leases. */
  readonly statistics?: DatabaseStatistics;
}

export type LeaseOutcome = "granted" | "exhausted" | "failed";

/** The part of the limit that is reserved for allowances: requests that a process admits without a lease. */
const RESERVED = 0.03;
/** A process uses one per window, or two in the window in which it starts. So 8 processes keep the limit exactly. */
const ALLOWANCES = 16;

/** Leases requested ahead of time are collected this long: many cost hardly more than one. */
const COLLECT_MS = 25;

/** No lease is requested this long after one failed. */
const PAUSE_MS = 1_000;

/**
 * Quotas shared through the table `request_quotas`. A process leases part of a client's remaining quota, spends it
 * without a statement, and requests the next lease before the first is spent. The first requests of a window use an
 * allowance of the process. So a request waits for no statement, except when the limit is below about a thousand or the
 * quota is nearly spent.
 *
 * While the database grants no leases, requests are admitted and counted in this process alone.
 */
export class PostgresRequestQuota implements RequestQuota {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly #leaseTimeoutMs: number;
  readonly #onLease: (outcome: LeaseOutcome, error?: unknown) => void;
  readonly #holding: HoldingOptions;
  readonly #holdings: QuickLRU<ClientId, QuotaHolding>;
  readonly #leases: RequestQuotaLeases;
  readonly #ahead = new Map<ClientId, QuotaHolding>();
  #askAgainAt = Number.NEGATIVE_INFINITY;
  #hasEvicted = false;

  constructor(knex: Knex, options: PostgresRequestQuotaOptions) {
    const { limit, windowSeconds, capacity = 100_000, leaseTimeoutMs = 500, onLease = () => {} } = options;
    const allowance = Math.floor((limit * RESERVED) / ALLOWANCES);
    this.limit = limit;
    this.windowSeconds = windowSeconds;
    this.#leaseTimeoutMs = leaseTimeoutMs;
    this.#onLease = onLease;
    this.#holding = { limit, length: windowSeconds * 1_000, allowance };
    this.#holdings = new QuickLRU({
      maxSize: capacity,
      onEviction: () => {
        this.#hasEvicted = true;
      },
    });
    this.#leases = new RequestQuotaLeases(knex, limit - allowance * ALLOWANCES, windowSeconds * 1_000, leaseTimeoutMs);
    options.statistics?.addQueue("request-quotas", () => this.#leases.statistics());
  }

  take(clientId: ClientId): QuotaDecision | Promise<QuotaDecision> {
    const now = performance.now();
    const holding = this.#holdingOf(clientId, now);
    const answer = this.#takeHeld(clientId, holding, now);
    return answer ?? this.#takeLeased(clientId, holding);
  }

  giveBack(clientId: ClientId): void {
    this.#holdings.get(clientId)?.giveBack();
  }

  #holdingOf(clientId: ClientId, now: number): QuotaHolding {
    const known = this.#holdings.get(clientId);
    if (known !== undefined) return known;
    // After an eviction, an unknown client may already have spent its allowance.
    const isNew = this.#holding.allowance > 0 && !this.#hasEvicted;
    const holding = new QuotaHolding(this.#holding, isNew ? now : null);
    this.#holdings.set(clientId, holding);
    return holding;
  }

  /** Null: the request must wait for a lease. */
  #takeHeld(clientId: ClientId, holding: QuotaHolding, now: number): QuotaDecision | null {
    let granted = holding.spend(now);
    if (!granted && !holding.exhausted) {
      if (now >= this.#askAgainAt) return null;
      holding.addWithoutLease(now);
      granted = holding.spend(now);
    }
    if (granted && holding.needsLease && now >= this.#askAgainAt) this.#askAhead(clientId, holding);
    return { granted, remaining: granted ? holding.remaining : 0, resetsInSeconds: holding.resetsInSeconds(now) };
  }

  async #takeLeased(clientId: ClientId, holding: QuotaHolding): Promise<QuotaDecision> {
    holding.waiting++;
    try {
      for (;;) {
        await (holding.pending ?? this.#ask(clientId, holding));
        const answer = this.#takeHeld(clientId, holding, performance.now());
        if (answer !== null) return answer;
      }
    } finally {
      holding.waiting--;
    }
  }

  #askAhead(clientId: ClientId, holding: QuotaHolding): void {
    if (this.#ahead.size === 0) setTimeout(() => this.#askGathered(), COLLECT_MS).unref();
    this.#ahead.set(clientId, holding);
  }

  /** Skips the clients for which a request has waited for a lease meanwhile. */
  #askGathered(): void {
    for (const [clientId, holding] of this.#ahead) if (holding.needsLease) void this.#ask(clientId, holding);
    this.#ahead.clear();
  }

  /** Never rejects. */
  #ask(clientId: ClientId, holding: QuotaHolding): Promise<void> {
    const sent = performance.now();
    const request = {
      clientId,
      get waiting() {
        return holding.waiting;
      },
    };
    holding.pending = this.#withTimeout(this.#leases.lease(request)).then(
      (lease) => {
        holding.pending = null;
        holding.add(lease, sent, performance.now());
        this.#onLease(lease.granted > 0 ? "granted" : "exhausted");
      },
      (error: unknown) => {
        const now = performance.now();
        holding.pending = null;
        this.#askAgainAt = now + PAUSE_MS;
        holding.addWithoutLease(now);
        this.#onLease("failed", error);
      },
    );
    return holding.pending;
  }

  /** A lease that arrives later is lost. */
  async #withTimeout<Value>(promise: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no lease within ${this.#leaseTimeoutMs} ms`)), this.#leaseTimeoutMs);
    });
    try {
      return await Promise.race([promise, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }
}
