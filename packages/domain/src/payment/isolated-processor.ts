import { errAsync, type Result, ResultAsync } from "neverthrow";
import type { Mode } from "../client/client.ts";
import type { Clock } from "../shared/clock.ts";
import {
  afterAnswer,
  afterFailure,
  afterStart,
  allowsCall,
  type BreakerState,
  type CircuitBreaker,
  CLOSED_BREAKER,
} from "./circuit-breaker.ts";
import type { ProcessorAccount, ProcessorReference } from "./facts.ts";
import type { Operation, OperationKind } from "./operation.ts";
import type {
  OperationReport,
  PaymentProcessor,
  ProcessorCapabilities,
  RateLimited,
  Refused,
} from "./payment-processor.ts";

export interface IsolationLimits {
  /** Calls in flight, of all accounts together. */
  readonly maximumInFlight: number;
  /** Calls in flight for one connected account. */
  readonly maximumInFlightPerAccount: number;
}

/** `deferred`: the call was not made. `not-found`: the processor has no trace of the operation or payment. */
export type CallOutcome =
  | OperationReport["outcome"]
  | "retrieved"
  | "not-found"
  | "not-sent"
  | "refused"
  | "rate-limited"
  | "outcome-unknown"
  | "deferred";

export interface ProcessorCall {
  readonly processor: string;
  readonly mode: Mode;
  readonly kind: OperationKind | "retrieve";
  readonly outcome: CallOutcome;
  /** 0 for a deferred call. */
  readonly durationMs: number;
  /** Only of a call that was `refused`. */
  readonly refusal?: Refusal;
}

/** What an operator needs to find out why a processor refused an operation. */
export interface Refusal {
  readonly operation: Operation<Mode>;
  readonly detail: string;
}

export interface ProcessorStatus {
  readonly processor: string;
  readonly mode: Mode;
  readonly breaker: BreakerState;
  readonly inFlight: number;
}

/** Something that calls to a processor go through. */
export interface CallGate {
  /** How many calls may start now. */
  freeCalls(): number;
}

type Failure = { readonly type: string };

const DEFERRED: RateLimited = { type: "rate-limited", retryAfterMs: 1_000 };
/** Longer, so that a driver does not claim the operations of a full account again and again before those of others. */
const DEFERRED_BY_ACCOUNT: RateLimited = { type: "rate-limited", retryAfterMs: 5_000 };

const isUnanswered = (error: Failure): boolean => error.type === "not-sent" || error.type === "outcome-unknown";

/**
 * Keeps a processor that hangs or fails from affecting other work. It bounds the calls in flight, and a circuit breaker
 * stops calls while none is answered. A call that is not made is `rate-limited`: the processor never reads it.
 */
export class IsolatedProcessor<M extends Mode> implements PaymentProcessor<M>, CallGate {
  readonly name: string;
  readonly mode: M;
  readonly capabilities: ProcessorCapabilities;
  readonly #processor: PaymentProcessor<M>;
  readonly #clock: Clock;
  readonly #limits: IsolationLimits;
  readonly #onCall: (call: ProcessorCall) => void;
  readonly #inFlightOf = new Map<ProcessorAccount, number>();
  #inFlight = 0;
  #breaker: CircuitBreaker = CLOSED_BREAKER;

  constructor(
    processor: PaymentProcessor<M>,
    clock: Clock,
    limits: IsolationLimits,
    onCall: (call: ProcessorCall) => void = () => {},
  ) {
    this.name = processor.name;
    this.mode = processor.mode;
    this.capabilities = processor.capabilities;
    this.#processor = processor;
    this.#clock = clock;
    this.#limits = limits;
    this.#onCall = onCall;
  }

  execute(operation: Operation<M>): ReturnType<PaymentProcessor<M>["execute"]> {
    const call = () => this.#processor.execute(operation);
    return this.#isolated(operation.kind, operation.account, call, ({ outcome }) => outcome, operation);
  }

  retrieve(payment: ProcessorReference, account: ProcessorAccount | null): ReturnType<PaymentProcessor<M>["retrieve"]> {
    const call = () => this.#processor.retrieve(payment, account);
    return this.#isolated("retrieve", account, call, () => "retrieved");
  }

  find(operation: Operation<M>): ReturnType<PaymentProcessor<M>["find"]> {
    const call = () => this.#processor.find(operation);
    return this.#isolated(operation.kind, operation.account, call, (report) => report?.outcome ?? "not-found");
  }

  status(): ProcessorStatus {
    const { name: processor, mode } = this;
    return { processor, mode, breaker: this.#breaker.state, inFlight: this.#inFlight };
  }

  freeCalls(): number {
    if (!allowsCall(this.#breaker, this.#nowMs())) return 0;
    return this.#breaker.state === "closed" ? Math.max(0, this.#limits.maximumInFlight - this.#inFlight) : 1;
  }

  #isolated<Value, Fault extends Failure>(
    kind: ProcessorCall["kind"],
    account: ProcessorAccount | null,
    call: () => ResultAsync<Value, Fault | RateLimited>,
    outcomeOf: (value: Value) => CallOutcome,
    operation?: Operation<M>,
  ): ResultAsync<Value, Fault | RateLimited> {
    const startedMs = this.#nowMs();
    const { name: processor, mode } = this;
    const deferral = this.#deferralOf(account, startedMs);
    if (deferral !== null) {
      this.#onCall({ processor, mode, kind, outcome: "deferred", durationMs: 0 });
      return errAsync(deferral);
    }
    this.#breaker = afterStart(this.#breaker, startedMs);
    this.#count(account, 1);
    const isolated = async (): Promise<Result<Value, Fault | RateLimited>> => {
      try {
        const result = await call();
        const endedMs = this.#nowMs();
        const isAnswered = result.isOk() || !isUnanswered(result.error);
        this.#breaker = isAnswered ? afterAnswer() : afterFailure(this.#breaker, endedMs);
        const outcome = result.match(outcomeOf, errorOutcome);
        const refusal = result.isErr() ? refusalOf(result.error, operation) : undefined;
        this.#onCall({ processor, mode, kind, outcome, durationMs: endedMs - startedMs, ...(refusal && { refusal }) });
        return result;
      } finally {
        this.#count(account, -1);
      }
    };
    return new ResultAsync(isolated());
  }

  #deferralOf(account: ProcessorAccount | null, nowMs: number): RateLimited | null {
    const { maximumInFlight, maximumInFlightPerAccount } = this.#limits;
    if (!allowsCall(this.#breaker, nowMs) || this.#inFlight >= maximumInFlight) return DEFERRED;
    const isFull = account !== null && (this.#inFlightOf.get(account) ?? 0) >= maximumInFlightPerAccount;
    return isFull ? DEFERRED_BY_ACCOUNT : null;
  }

  #count(account: ProcessorAccount | null, change: 1 | -1): void {
    this.#inFlight += change;
    if (account === null) return;
    const inFlight = (this.#inFlightOf.get(account) ?? 0) + change;
    if (inFlight === 0) this.#inFlightOf.delete(account);
    else this.#inFlightOf.set(account, inFlight);
  }

  #nowMs(): number {
    return this.#clock.now().getTime();
  }
}

const isRefused = (error: Failure): error is Refused => error.type === "refused";

const refusalOf = (error: Failure, operation: Operation<Mode> | undefined): Refusal | undefined =>
  operation !== undefined && isRefused(error) ? { operation, detail: error.detail } : undefined;

const errorOutcome = ({ type }: Failure): CallOutcome =>
  type === "not-at-processor" ? "not-found" : (type as CallOutcome);
