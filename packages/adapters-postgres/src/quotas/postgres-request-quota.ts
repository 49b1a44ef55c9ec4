import type { ClientId, QuotaAnswer, RequestQuota } from "@payments/domain";
import type { Knex } from "knex";
import QuickLRU from "quick-lru";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { type HoldingOptions, QuotaHolding } from "./quota-holding.ts";
import { RequestQuotaLeases } from "./request-quota-leases.ts";

export interface PostgresRequestQuotaOptions {
  /** Requests that each client may make in each window, through all processes together; at least 1. */
  readonly limit: number;
  /** At least 1. */
  readonly windowSeconds: number;
  /**
   * So many clients that were seen last keep their leases, and at most twice as many: those not seen for longest lose
   * theirs first. Default 100,000.
   */
  readonly capacity?: number;
  /** How long a request waits for a lease before it is let through without, in milliseconds. Default 500. */
  readonly leaseTimeoutMs?: number;
  /** Told of every lease: `granted`, `exhausted` where nothing was left, `failed` with the error. */
  readonly onLease?: (outcome: LeaseOutcome, error?: unknown) => void;
  /** Told of the queue of leases. */
  readonly statistics?: DatabaseStatistics;
}

export type LeaseOutcome = "granted" | "exhausted" | "failed";

/** The part of the limit that is kept back for requests without a lease: so many allowances of it. */
const KEPT_BACK = 0.03;
/** A process takes one a window, or two where it starts in the middle of one: 8 processes keep the limit exactly. */
const ALLOWANCES = 16;

/** Leases that nobody waits for yet are gathered for so long, in milliseconds: many cost hardly more than one. */
const GATHERING = 25;

/** After a lease could not be had, none is asked for during this time, in milliseconds. */
const PAUSE = 1_000;

/**
 * Quotas shared through the table `request_quotas`: a process leases a part of what a client has left and spends it
 * without asking, and asks for the next part before it has spent the first. The first requests of a window come out of
 * an allowance that each process has. So a request costs no statement and no waiting, but where limits are below
 * about a thousand, and where the last of a quota goes by in small leases.
 *
 * While the database gives no leases, requests are let through and counted in this process alone.
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
  #hasForgotten = false;

  constructor(knex: Knex, options: PostgresRequestQuotaOptions) {
    const { limit, windowSeconds, capacity = 100_000, leaseTimeoutMs = 500, onLease = () => {} } = options;
    const allowance = Math.floor((limit * KEPT_BACK) / ALLOWANCES);
    this.limit = limit;
    this.windowSeconds = windowSeconds;
    this.#leaseTimeoutMs = leaseTimeoutMs;
    this.#onLease = onLease;
    this.#holding = { limit, length: windowSeconds * 1_000, allowance };
    this.#holdings = new QuickLRU({
      maxSize: capacity,
      onEviction: () => {
        this.#hasForgotten = true;
      },
    });
    this.#leases = new RequestQuotaLeases(knex, limit - allowance * ALLOWANCES, windowSeconds * 1_000, leaseTimeoutMs);
    options.statistics?.addQueue("request-quotas", () => this.#leases.statistics());
  }

  take(clientId: ClientId): QuotaAnswer | Promise<QuotaAnswer> {
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
    // Once somebody was forgotten, whoever is not held may be the one, and have had its allowance before.
    const isNew = this.#holding.allowance > 0 && !this.#hasForgotten;
    const holding = new QuotaHolding(this.#holding, isNew ? now : null);
    this.#holdings.set(clientId, holding);
    return holding;
  }

  /** Null: a lease must be waited for. */
  #takeHeld(clientId: ClientId, holding: QuotaHolding, now: number): QuotaAnswer | null {
    let granted = holding.spend(now);
    if (!granted && !holding.exhausted) {
      if (now >= this.#askAgainAt) return null;
      holding.addWithoutLease(now);
      granted = holding.spend(now);
    }
    if (granted && holding.needsLease && now >= this.#askAgainAt) this.#askAhead(clientId, holding);
    return { granted, remaining: granted ? holding.remaining : 0, resetsInSeconds: holding.resetsInSeconds(now) };
  }

  async #takeLeased(clientId: ClientId, holding: QuotaHolding): Promise<QuotaAnswer> {
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
    if (this.#ahead.size === 0) setTimeout(() => this.#askGathered(), GATHERING).unref();
    this.#ahead.set(clientId, holding);
  }

  /** But for those that somebody had to wait for meanwhile. */
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
        this.#askAgainAt = now + PAUSE;
        holding.addWithoutLease(now);
        this.#onLease("failed", error);
      },
    );
    return holding.pending;
  }

  /** A lease that comes later is lost: nobody spends it. */
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
