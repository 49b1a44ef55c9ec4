import { randomBytes } from "node:crypto";
import {
  type Clock,
  type NotAtProcessor,
  type Operation,
  type OperationOf,
  type OperationReport,
  type OutcomeUnknown,
  type PaymentProcessor,
  type ProcessorCapabilities,
  type ProcessorError,
  type ProcessorReference,
  type ProcessorReport,
  type Refused,
  toStoredFact,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { type Coalesce, type ExecutedOperation, insertOperations, uncoalesced } from "./insert-operations.ts";
import { apply, authorize, type Effect, parametersOf, paymentOf, refused } from "./ledger.ts";
import {
  authorizationOf,
  COLUMNS,
  factsInEffect,
  lockPayment,
  operationsOn,
  type Row,
  reportedFactsOf,
  reportOf,
} from "./operation-row.ts";
import { SANDBOX_PAYMENT_METHODS } from "./payment-methods.ts";

/** A statement that failed may have been committed. The cause names no value of the statement. */
export const unknownOutcome = (error: unknown): OutcomeUnknown => {
  const code = error instanceof Error ? (Reflect.get(error, "code") ?? error.name) : typeof error;
  return { type: "outcome-unknown", cause: `the sandbox's database: ${String(code)}` };
};

const SECRET_BYTES = 24;

export const newClientSecret = (payment: ProcessorReference): string =>
  `${payment}_secret_${randomBytes(SECRET_BYTES).toString("base64url")}`;

export interface SandboxOptions {
  /** The page where a payer authenticates. */
  readonly authenticationUrl: () => string;
  /** How long after a report that is not final the final one comes. Default 2,000. */
  readonly reportDelayMs?: number;
  /** How long the response to `pm_slow` takes. Default 30,000. */
  readonly slowResponseMs?: number;
  /** How concurrent authorizations share a statement. Default: they do not. */
  readonly coalesce?: Coalesce;
}

const DEFAULT_REPORT_DELAY_MS = 2_000;
const DEFAULT_SLOW_RESPONSE_MS = 30_000;

/** Does not keep a stopping process alive. */
const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

const FAULT_MS = 1_000;

/** What a payment method makes of requests in the first second of their operation. */
const requestFault = (
  { plannedAt }: Operation<"test">,
  paymentMethod: string | null,
  now: Date,
): ProcessorError | null => {
  if (now.getTime() - plannedAt.getTime() >= FAULT_MS) return null;
  switch (SANDBOX_PAYMENT_METHODS[paymentMethod ?? ""]?.firstSecond) {
    case "unreachable":
      return { type: "not-sent", cause: `${paymentMethod} cannot be reached at first` };
    case "request-lost":
      return { type: "outcome-unknown", cause: `${paymentMethod} loses the first requests` };
    case "rate-limited":
      return { type: "rate-limited", retryAfterMs: 2 * FAULT_MS };
    default:
      return null;
  }
};

/** The columns of a result that comes later. */
export const laterOf = ({ later }: Effect, now: Date, { reportDelayMs = DEFAULT_REPORT_DELAY_MS }: SandboxOptions) =>
  later === null
    ? ([null, null, null] as const)
    : ([
        later.outcome,
        JSON.stringify(later.facts.map(toStoredFact)),
        new Date(now.getTime() + reportDelayMs),
      ] as const);

/**
 * The built-in processor. It is deterministic: the payment method selects the outcome. It remembers every operation, so
 * idempotency keys never expire.
 */
export class SandboxProcessor implements PaymentProcessor<"test"> {
  readonly name = "sandbox";
  readonly mode = "test";
  readonly capabilities: ProcessorCapabilities = {
    idempotencyKeyLifetimeMs: Number.POSITIVE_INFINITY,
    partialCapture: true,
    repeatedCapture: false,
    synchronousCapture: true,
    synchronousRefund: true,
    paymentMethods: Object.keys(SANDBOX_PAYMENT_METHODS),
  };
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #options: SandboxOptions;
  /** False where the operation was executed before. */
  readonly #insert: (executed: ExecutedOperation) => Promise<boolean>;

  constructor(knex: Knex, clock: Clock, options: SandboxOptions) {
    this.#insert = (options.coalesce ?? uncoalesced)((batch) => insertOperations(knex, batch));
    this.#knex = knex;
    this.#clock = clock;
    this.#options = options;
  }

  execute(operation: Operation<"test">): ResultAsync<OperationReport, ProcessorError> {
    const executed = operation.kind === "authorize" ? this.#authorize(operation) : this.#apply(operation);
    return ResultAsync.fromPromise(executed, unknownOutcome).andThen((result) => result);
  }

  retrieve(payment: ProcessorReference): ResultAsync<ProcessorReport, NotAtProcessor | ProcessorError> {
    return ResultAsync.fromPromise(operationsOn(this.#knex, payment), unknownOutcome).andThen((rows) =>
      rows.length === 0
        ? err({ type: "not-at-processor" as const })
        : ok({ payment, facts: rows.flatMap((row) => reportedFactsOf(row, this.#clock.now())) }),
    );
  }

  find(operation: Operation<"test">): ResultAsync<OperationReport | null, ProcessorError> {
    return ResultAsync.fromPromise(this.#find(operation), unknownOutcome).map((row) =>
      row === undefined ? null : reportOf(row, this.#clock.now()),
    );
  }

  async #authorize(operation: OperationOf<"test", "authorize">): Promise<Result<OperationReport, ProcessorError>> {
    const now = this.#clock.now();
    const fault = requestFault(operation, operation.paymentMethod, now);
    if (fault !== null) return err(fault);
    const clientSecret = newClientSecret(paymentOf(operation));
    const access = { clientSecret, authenticationUrl: this.#options.authenticationUrl() };
    const effect = authorize(operation, now, access);
    if (effect.isErr()) return err(effect.error);
    const { losesResponse, isSlow, reportsTwice } = SANDBOX_PAYMENT_METHODS[operation.paymentMethod ?? ""] ?? {};
    const isNew = await this.#insert(this.#executed(operation, effect.value, now, clientSecret));
    if (!isNew) return this.#repeat(operation);
    if (losesResponse) {
      return err({ type: "outcome-unknown", cause: `${operation.paymentMethod} loses the first response` });
    }
    if (isSlow) await delay(this.#options.slowResponseMs ?? DEFAULT_SLOW_RESPONSE_MS);
    const { outcome, facts } = effect.value;
    return ok({ payment: paymentOf(operation), outcome, facts: reportsTwice ? [...facts, ...facts] : facts });
  }

  async #apply(
    operation: OperationOf<"test", "capture" | "cancel" | "refund">,
  ): Promise<Result<OperationReport, ProcessorError>> {
    const { payment } = operation;
    const result = await this.#knex.transaction(
      async (trx): Promise<Result<OperationReport, ProcessorError> | null> => {
        const rows = await lockPayment(trx, payment);
        const authorization = rows?.find(({ kind }) => kind === "authorize");
        if (rows === undefined || authorization === undefined) return err(refused("the sandbox has no such payment"));
        if (rows.some(({ id }) => id === operation.id)) return null;
        const now = this.#clock.now();
        const authorized = authorizationOf(authorization);
        const fault = requestFault(operation, authorized.paymentMethod, now);
        if (fault !== null) return err(fault);
        const effect = apply(
          authorized,
          rows.flatMap((row) => factsInEffect(row, now)),
          operation,
          now,
        );
        if (effect.isErr()) return err(effect.error);
        const [isNew] = await insertOperations(trx, [this.#executed(operation, effect.value, now)]);
        if (!isNew) return null;
        return ok({ payment, outcome: effect.value.outcome, facts: effect.value.facts });
      },
    );
    return result ?? this.#repeat(operation);
  }

  async #repeat(operation: Operation<"test">): Promise<Result<OperationReport, Refused>> {
    const row = await this.#find(operation);
    return row?.parameters === JSON.stringify(parametersOf(operation))
      ? ok(reportOf(row, this.#clock.now()))
      : err(refused("the operation's id was used with other parameters"));
  }

  #executed(
    operation: Operation<"test">,
    effect: Effect,
    executedAt: Date,
    clientSecret: string | null = null,
  ): ExecutedOperation {
    const { reportDelayMs = DEFAULT_REPORT_DELAY_MS } = this.#options;
    const laterAt = new Date(executedAt.getTime() + reportDelayMs);
    return { operation, effect, clientSecret, executedAt, laterAt };
  }

  async #find({ id }: Operation<"test">): Promise<Row | undefined> {
    const { rows } = await this.#knex.raw(`select ${COLUMNS} from sandbox_operations where id = ?`, [id]);
    return rows[0];
  }
}
