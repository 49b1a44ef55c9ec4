import { errAsync, ok, type Result, ResultAsync } from "neverthrow";
import type { Mode } from "../client/client.ts";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { Charge, TrackedOperation } from "./charge.ts";
import type { ChargeHistory } from "./charge-history.ts";
import type { ChargeRepository, Settlement } from "./charge-repository.ts";
import { type Fact, type FailureCode, rehydrateProcessorReference } from "./facts.ts";
import { type AnyOperation, advance, isUnresolved, type OperationState, recoveryOf } from "./operation.ts";
import type { OperationReport, ProcessorError, Processors } from "./payment-processor.ts";

/** No processor charges payments of this mode. */
export interface NoProcessor {
  readonly type: "no-processor";
}

type Attempt = Result<OperationReport | null, ProcessorError>;

const MINIMUM_RETRY_MS = 1_000;
const MAXIMUM_RETRY_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** A pending operation waits for a bank or a payer. A lookup only replaces a lost notification. */
const MAXIMUM_LOOKUP_MS = DAY_MS;
/** A payer may never confirm a payment, and the processor may keep it forever. Later notifications still settle it. */
const LOOKUPS_END_AFTER_MS = 30 * DAY_MS;

/** From 0 to 1. It follows from the random end of the id, so that operations planned together spread their retries. */
const jitterOf = ({ id }: AnyOperation): number =>
  ((id.charCodeAt(id.length - 1) * 31 + id.charCodeAt(id.length - 2)) % 64) / 64;

/**
 * An attempt waits a quarter of the operation's age, so that an operation that met an outage of 30 s is tried again
 * within 10 s. A processor that names a time gets at least that. Null: there is no other attempt.
 */
const retryInMs = (
  operation: AnyOperation,
  state: OperationState,
  now: Date,
  retryAfterMs: number | null,
): number | null => {
  const ageMs = now.getTime() - operation.plannedAt.getTime();
  if (!isUnresolved(state)) return null;
  if (state === "pending" && operation.kind === "authorize" && ageMs >= LOOKUPS_END_AFTER_MS) return null;
  const maximumMs = state === "pending" ? MAXIMUM_LOOKUP_MS : MAXIMUM_RETRY_MS;
  const waitMs = Math.min(Math.max(retryAfterMs ?? ageMs / 4, MINIMUM_RETRY_MS), maximumMs);
  return Math.round(waitMs * (1 + jitterOf(operation) / 4));
};

/** A refused authorization is final: the request that was refused is the only one that left. */
export const refusalOf = (
  { id, mode, account }: AnyOperation,
  now: Date,
  code: FailureCode = "processor_refused",
): readonly Fact[] => [
  {
    type: "declined",
    code,
    final: true,
    reference: rehydrateProcessorReference(id),
    mode,
    account,
    occurredAt: now,
  },
];

/** Sends operations to the processor of their mode and stores what it reports. */
export class RunOperation {
  readonly #processors: Processors;
  readonly #charges: ChargeRepository;
  readonly #clock: Clock;
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(processors: Processors, charges: ChargeRepository, clock: Clock) {
    this.#processors = processors;
    this.#charges = charges;
    this.#clock = clock;
  }

  /** Resolves when the results of the attempts that are in flight now are stored. */
  async finish(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
  }

  /** Whether a processor charges payments of this mode. */
  charges(mode: Mode): boolean {
    return this.#processors[mode] !== null;
  }

  /** The tokens of the mode's processor; null if only the processor knows them. */
  paymentMethods(mode: Mode): readonly string[] | null {
    return this.#processors[mode]?.capabilities.paymentMethods ?? null;
  }

  /** The first attempt of an operation that this process has planned. `history`: as stored with the operation. */
  first(operation: AnyOperation, history: ChargeHistory): ResultAsync<Charge, NoProcessor | StorageUnavailable> {
    return this.#attempt(operation, advance("planned", "sending"), "execute", history);
  }

  /**
   * Continues an operation that an earlier attempt left without a result. The caller MUST hold its lease. `known`: what
   * is stored of the payment; null: read it.
   */
  resume(
    { operation, state }: TrackedOperation,
    known: ChargeHistory | null = null,
  ): ResultAsync<Charge, NoProcessor | StorageUnavailable> {
    if (state === "pending") return this.#attempt(operation, state, "find", known);
    if (state === "deferred") return this.#attempt(operation, advance(state, "sending"), "execute", known);
    const lifetimeMs = this.#processors[operation.mode]?.capabilities.idempotencyKeyLifetimeMs ?? 0;
    const interrupted = advance(state, "interrupted");
    const recovery = recoveryOf(operation, lifetimeMs, this.#clock.now());
    if (recovery === "review") {
      const overdue = advance(interrupted, "overdue");
      const unresolved = { state: overdue, retryInMs: null, processorPayment: null, facts: [] };
      return this.#charges.settle(operation, unresolved, known);
    }
    return this.#attempt(operation, interrupted, recovery === "retry" ? "execute" : "find", known);
  }

  #attempt(
    operation: AnyOperation,
    state: OperationState,
    method: "execute" | "find",
    known: ChargeHistory | null,
  ): ResultAsync<Charge, NoProcessor | StorageUnavailable> {
    const called = this.#call(operation, method);
    if (called === null) return errAsync({ type: "no-processor" });
    const explained = called.then((attempt) => this.#explained(operation, state, attempt));
    const settled = ResultAsync.fromSafePromise(explained).andThen((attempt) =>
      this.#charges.settle(operation, this.#settlement(operation, state, attempt), known),
    );
    const inFlight = Promise.resolve(settled).finally(() => this.#inFlight.delete(inFlight));
    this.#inFlight.add(inFlight);
    return new ResultAsync(inFlight);
  }

  /** A refused capture or cancellation says that the payment has changed. Its facts say how. */
  async #explained(operation: AnyOperation, before: OperationState, attempt: Attempt): Promise<Attempt> {
    if (operation.kind !== "capture" && operation.kind !== "cancel") return attempt;
    const isRefused = attempt.isErr() && attempt.error.type === "refused";
    if (!isRefused || advance(before, "refused") !== "declined") return attempt;
    const { mode, payment, account } = operation;
    const retrieved = await this.#processors[mode]?.retrieve(payment, account);
    return retrieved?.isOk() ? ok({ payment, outcome: "declined", facts: retrieved.value.facts }) : attempt;
  }

  #call(operation: AnyOperation, method: "execute" | "find"): PromiseLike<Attempt> | null {
    if (operation.mode === "live") return this.#processors.live?.[method](operation) ?? null;
    return this.#processors.test?.[method](operation) ?? null;
  }

  #settlement(operation: AnyOperation, before: OperationState, attempt: Attempt): Settlement {
    const now = this.#clock.now();
    const settled = (
      state: OperationState,
      report: Partial<OperationReport> = {},
      retryAfterMs: number | null = null,
    ): Settlement => ({
      state,
      retryInMs: retryInMs(operation, state, now, retryAfterMs),
      processorPayment: report.payment ?? null,
      facts: report.facts ?? [],
    });
    if (attempt.isOk()) {
      const report = attempt.value;
      return report === null ? settled(before) : settled(advance(before, report.outcome), report);
    }
    const { error } = attempt;
    const state = advance(before, error.type === "rate-limited" ? "not-sent" : error.type);
    const isRefused = error.type === "refused" && state === "declined" && operation.kind === "authorize";
    const retryAfterMs = error.type === "rate-limited" ? error.retryAfterMs : null;
    return settled(state, isRefused ? { facts: refusalOf(operation, now, error.failure) } : {}, retryAfterMs);
  }
}
