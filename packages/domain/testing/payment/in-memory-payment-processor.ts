import {
  type Clock,
  type Fact,
  type Mode,
  type NotAtProcessor,
  type Operation,
  type OperationReport,
  type PaymentProcessor,
  type ProcessorCapabilities,
  type ProcessorError,
  type ProcessorReference,
  type ProcessorReport,
  parseProcessorReference,
  type Refused,
} from "@payments/domain";
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from "neverthrow";
import { expectOk } from "../shared/result.ts";

/**
 * What happens to the next call: it never leaves, it is lost on the way, its response is lost after the processor
 * executed it, or the processor is too busy.
 */
export type ProcessorFault = "not-sent" | "request-lost" | "response-lost" | "rate-limited";

interface Ledger {
  readonly reference: ProcessorReference;
  authorized: bigint;
  captured: bigint;
  refunded: bigint;
  open: boolean;
  readonly facts: Fact[];
}

interface Executed {
  readonly parameters: string;
  readonly result: Result<OperationReport, Refused>;
}

const refused = (detail: string): Result<OperationReport, Refused> => err({ type: "refused", detail });

const parametersOf = (operation: Operation<Mode>): string =>
  JSON.stringify(operation, (_, value) => (typeof value === "bigint" ? value.toString() : value));

/** A processor that reports results at once and forgets nothing. It knows three payment methods. */
export class InMemoryPaymentProcessor<M extends Mode> implements PaymentProcessor<M> {
  readonly name = "in-memory";
  readonly mode: M;
  readonly capabilities: ProcessorCapabilities = {
    idempotencyKeyLifetimeMs: 24 * 3_600_000,
    partialCapture: true,
    repeatedCapture: false,
    synchronousCapture: true,
    synchronousRefund: true,
  };
  /** By the processor's id of the payment: the judge of what was charged. */
  readonly ledger = new Map<ProcessorReference, Ledger>();
  /** What a `rate-limited` call is told. */
  retryAfterMs: number | null = null;
  readonly #executed = new Map<string, Executed>();
  readonly #faults: ProcessorFault[] = [];
  readonly #clock: Clock;
  #references = 0;

  constructor(mode: M, clock: Clock) {
    this.mode = mode;
    this.#clock = clock;
  }

  /** The next calls meet these faults, one each. */
  fail(...faults: readonly ProcessorFault[]): void {
    this.#faults.push(...faults);
  }

  execute(operation: Operation<M>): ResultAsync<OperationReport, ProcessorError> {
    const fault = this.#faults.shift();
    if (fault === "not-sent") return errAsync({ type: "not-sent", cause: fault });
    if (fault === "rate-limited") return errAsync({ type: "rate-limited", retryAfterMs: this.retryAfterMs });
    const result = fault === "request-lost" ? undefined : this.#once(operation);
    if (result === undefined || fault === "response-lost") return errAsync({ type: "outcome-unknown", cause: fault });
    return result.match<ResultAsync<OperationReport, ProcessorError>>(okAsync, errAsync);
  }

  retrieve(payment: ProcessorReference): ResultAsync<ProcessorReport, NotAtProcessor> {
    const found = this.ledger.get(payment);
    return found === undefined ? errAsync({ type: "not-at-processor" }) : okAsync({ payment, facts: [...found.facts] });
  }

  find(operation: Operation<M>): ResultAsync<OperationReport | null, never> {
    return okAsync(this.#executed.get(operation.id)?.result.unwrapOr(null) ?? null);
  }

  #once(operation: Operation<Mode>): Result<OperationReport, Refused> {
    const parameters = parametersOf(operation);
    const earlier = this.#executed.get(operation.id);
    if (earlier !== undefined) {
      return earlier.parameters === parameters ? earlier.result : refused("the key was used with other parameters");
    }
    const result = this.#effectOf(operation);
    this.#executed.set(operation.id, { parameters, result });
    return result;
  }

  #effectOf(operation: Operation<Mode>): Result<OperationReport, Refused> {
    if (operation.kind === "authorize") return this.#authorize(operation);
    const ledger = this.ledger.get(operation.payment);
    if (ledger === undefined) return refused("no such payment");
    if (operation.kind === "refund") return this.#refund(operation, ledger);
    if (!ledger.open) return refused("the payment has no open authorization");
    ledger.open = false;
    if (operation.kind === "cancel") return this.#report(operation, ledger, [{ type: "canceled" }]);
    if (operation.money.amount > ledger.authorized) {
      ledger.open = true;
      return refused("the amount is above the authorization");
    }
    ledger.captured = operation.money.amount;
    return this.#report(operation, ledger, [{ type: "captured", money: operation.money }]);
  }

  #authorize(operation: Extract<Operation<Mode>, { kind: "authorize" }>): Result<OperationReport, Refused> {
    const { paymentMethod, money, capture } = operation;
    if (!["approved", "declined", "needs-action"].includes(paymentMethod ?? "")) {
      return err({ type: "refused", detail: "no such method", failure: "payment_method_unknown" });
    }
    const reference = this.#reference("payment");
    const ledger: Ledger = { reference, authorized: 0n, captured: 0n, refunded: 0n, open: false, facts: [] };
    this.ledger.set(reference, ledger);
    if (paymentMethod === "declined") {
      return this.#report(operation, ledger, [{ type: "declined", code: "card_declined", final: true }], "declined");
    }
    if (paymentMethod === "needs-action") {
      ledger.open = true;
      const action = { type: "redirect", url: "https://bank.example/authenticate" } as const;
      return this.#report(operation, ledger, [{ type: "action-required", action }], "pending");
    }
    ledger.authorized = money.amount;
    if (capture === "manual") {
      ledger.open = true;
      return this.#report(operation, ledger, [{ type: "authorized", money }]);
    }
    ledger.captured = money.amount;
    return this.#report(operation, ledger, [
      { type: "authorized", money },
      { type: "captured", money },
    ]);
  }

  #refund(operation: Extract<Operation<Mode>, { kind: "refund" }>, ledger: Ledger): Result<OperationReport, Refused> {
    const { money, refundId } = operation;
    if (ledger.refunded + money.amount > ledger.captured) return refused("the amount is above what was captured");
    ledger.refunded += money.amount;
    return this.#report(operation, ledger, [{ type: "refund-succeeded", money, refundId }]);
  }

  #report(
    { mode, account }: Operation<Mode>,
    ledger: Ledger,
    changes: readonly object[],
    outcome: OperationReport["outcome"] = "succeeded",
  ): Result<OperationReport, Refused> {
    const occurredAt = this.#clock.now();
    const facts = changes.map(
      (change) => ({ ...change, reference: this.#reference("object"), mode, account, occurredAt }) as Fact,
    );
    ledger.facts.push(...facts);
    return ok({ payment: ledger.reference, outcome, facts });
  }

  #reference(kind: string): ProcessorReference {
    this.#references += 1;
    return expectOk(parseProcessorReference(`${kind}-${this.#references}`));
  }
}
