import {
  type BalanceTransactions,
  type Clock,
  type Fact,
  type Movement,
  movementOf,
  type Period,
  type ProcessorError,
  type ProcessorReference,
} from "@payments/domain";
import type { Knex } from "knex";
import { ResultAsync } from "neverthrow";
import { REFERENCE_PREFIX } from "./ledger.ts";
import { type Row, reportedFactsOf } from "./operation-row.ts";
import { unknownOutcome } from "./sandbox-processor.ts";

const SELECT =
  "select facts, later_facts, later_at from sandbox_operations where executed_at < ? order by executed_at, id";

/** The sandbox's record of the money that it pretended to move. */
export class SandboxBalance implements BalanceTransactions<"test"> {
  readonly name = "sandbox";
  readonly mode = "test";
  readonly #knex: Knex;
  readonly #clock: Clock;

  constructor(knex: Knex, clock: Clock) {
    this.#knex = knex;
    this.#clock = clock;
  }

  list({ from, to }: Period): ResultAsync<readonly Movement[], ProcessorError> {
    const statement = Promise.resolve(this.#knex.raw(SELECT, [to]));
    const isWithin = ({ occurredAt }: Fact): boolean => occurredAt >= from && occurredAt < to;
    return ResultAsync.fromPromise(statement, unknownOutcome).map(({ rows }: { rows: readonly Row[] }) =>
      rows
        .flatMap((row) => reportedFactsOf(row, this.#clock.now()))
        .filter(isWithin)
        .flatMap((fact) => movementOf(fact) ?? []),
    );
  }

  isOwn(reference: ProcessorReference): boolean {
    return reference.startsWith(REFERENCE_PREFIX);
  }
}
