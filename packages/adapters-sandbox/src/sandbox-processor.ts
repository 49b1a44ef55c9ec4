import {
  type Clock,
  type Fact,
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
  rehydrateFact,
  type StoredFact,
  toStoredFact,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { apply, authorize, type Effect, parametersOf, paymentOf, refused } from "./ledger.ts";
import { SANDBOX_PAYMENT_METHODS } from "./payment-methods.ts";

interface Row {
  readonly id: string;
  readonly payment: ProcessorReference;
  readonly kind: string;
  readonly parameters: string;
  readonly outcome: OperationReport["outcome"];
  readonly facts: readonly StoredFact[];
  readonly later_outcome: OperationReport["outcome"] | null;
  readonly later_facts: readonly StoredFact[] | null;
  readonly later_at: Date | null;
}

const INSERT = `insert into sandbox_operations
    (id, payment, kind, parameters, outcome, facts, later_outcome, later_facts, later_at, executed_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (id) do nothing
  returning id`;

const COLUMNS = "id, payment, kind, parameters, outcome, facts, later_outcome, later_facts, later_at";

/** A statement that failed may have been committed. The cause names no value of the statement. */
const unknownOutcome = (error: unknown): OutcomeUnknown => {
  const code = error instanceof Error ? (Reflect.get(error, "code") ?? error.name) : typeof error;
  return { type: "outcome-unknown", cause: `the sandbox's database: ${String(code)}` };
};

const isReported = ({ later_at }: Row, now: Date): boolean => later_at !== null && later_at <= now;

const factsOf = (row: Row, now: Date): readonly Fact[] =>
  [...row.facts, ...(isReported(row, now) ? (row.later_facts ?? []) : [])].map(rehydrateFact);

const reportOf = (row: Row, now: Date): OperationReport => ({
  payment: row.payment,
  outcome: (isReported(row, now) && row.later_outcome) || row.outcome,
  facts: factsOf(row, now),
});

/** All facts, also those that the sandbox has not reported yet. */
const everyFactOf = ({ facts, later_facts }: Row): readonly Fact[] =>
  [...facts, ...(later_facts ?? [])].map(rehydrateFact);

const DEFAULT_REPORT_DELAY_MS = 2_000;

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
  readonly #reportDelayMs: number;

  /** `reportDelayMs`: how long after an acknowledgement the result of `pm_reports_later` comes. */
  constructor(knex: Knex, clock: Clock, options: { readonly reportDelayMs?: number } = {}) {
    this.#knex = knex;
    this.#clock = clock;
    this.#reportDelayMs = options.reportDelayMs ?? DEFAULT_REPORT_DELAY_MS;
  }

  execute(operation: Operation<"test">): ResultAsync<OperationReport, ProcessorError> {
    const executed = operation.kind === "authorize" ? this.#authorize(operation) : this.#apply(operation);
    return ResultAsync.fromPromise(executed, unknownOutcome).andThen((result) => result);
  }

  retrieve(payment: ProcessorReference): ResultAsync<ProcessorReport, NotAtProcessor | ProcessorError> {
    return ResultAsync.fromPromise(this.#operationsOn(this.#knex, payment), unknownOutcome).andThen((rows) =>
      rows.length === 0
        ? err({ type: "not-at-processor" as const })
        : ok({ payment, facts: rows.flatMap((row) => factsOf(row, this.#clock.now())) }),
    );
  }

  find(operation: Operation<"test">): ResultAsync<OperationReport | null, ProcessorError> {
    return ResultAsync.fromPromise(this.#find(operation), unknownOutcome).map((row) =>
      row === undefined ? null : reportOf(row, this.#clock.now()),
    );
  }

  async #authorize(operation: OperationOf<"test", "authorize">): Promise<Result<OperationReport, ProcessorError>> {
    const now = this.#clock.now();
    const effect = authorize(operation, now);
    if (effect.isErr()) return err(effect.error);
    if (!(await this.#insert(this.#knex, operation, effect.value, now))) return this.#repeat(operation);
    if (SANDBOX_PAYMENT_METHODS[operation.paymentMethod ?? ""]?.losesResponse) {
      return err({ type: "outcome-unknown", cause: `${operation.paymentMethod} loses the first response` });
    }
    return ok({ payment: paymentOf(operation), outcome: effect.value.outcome, facts: effect.value.facts });
  }

  /** The lock on the authorization lets the operations on one payment take turns. */
  async #apply(
    operation: OperationOf<"test", "capture" | "cancel" | "refund">,
  ): Promise<Result<OperationReport, ProcessorError>> {
    const { payment } = operation;
    const lock = "select from sandbox_operations where payment = ? and kind = 'authorize' for update";
    const result = await this.#knex.transaction(async (trx): Promise<Result<OperationReport, Refused> | null> => {
      await trx.raw(lock, [payment]);
      const rows = await this.#operationsOn(trx, payment);
      const authorization = rows.find(({ kind }) => kind === "authorize");
      if (authorization === undefined) return err(refused("the sandbox has no such payment"));
      if (rows.some(({ id }) => id === operation.id)) return null;
      const now = this.#clock.now();
      const effect = apply(authorizationOf(authorization), rows.flatMap(everyFactOf), operation, now);
      if (effect.isErr()) return err(effect.error);
      if (!(await this.#insert(trx, operation, effect.value, now))) return null;
      return ok({ payment, outcome: effect.value.outcome, facts: effect.value.facts });
    });
    return result ?? this.#repeat(operation);
  }

  async #repeat(operation: Operation<"test">): Promise<Result<OperationReport, Refused>> {
    const row = await this.#find(operation);
    return row?.parameters === parametersOf(operation)
      ? ok(reportOf(row, this.#clock.now()))
      : err(refused("the operation's id was used with other parameters"));
  }

  /** False where the operation was executed before. */
  async #insert(knex: Knex, operation: Operation<"test">, effect: Effect, now: Date): Promise<boolean> {
    const { outcome, facts, later } = effect;
    const { rows } = await knex.raw(INSERT, [
      operation.id,
      paymentOf(operation),
      operation.kind,
      parametersOf(operation),
      outcome,
      JSON.stringify(facts.map(toStoredFact)),
      later?.outcome ?? null,
      later === null ? null : JSON.stringify(later.facts.map(toStoredFact)),
      later === null ? null : new Date(now.getTime() + this.#reportDelayMs),
      now,
    ] as Knex.RawBinding[]);
    return rows.length === 1;
  }

  async #find({ id }: Operation<"test">): Promise<Row | undefined> {
    const { rows } = await this.#knex.raw(`select ${COLUMNS} from sandbox_operations where id = ?`, [id]);
    return rows[0];
  }

  async #operationsOn(knex: Knex, payment: ProcessorReference): Promise<readonly Row[]> {
    const { rows } = await knex.raw(
      `select ${COLUMNS} from sandbox_operations where payment = ? order by executed_at, id`,
      [payment],
    );
    return rows;
  }
}

/** The parts of an authorization that decide about later operations. */
const authorizationOf = ({ parameters }: Row): OperationOf<"test", "authorize"> => {
  const stored = JSON.parse(parameters);
  return { ...stored, money: { ...stored.money, amount: BigInt(stored.money.amount) } };
};
