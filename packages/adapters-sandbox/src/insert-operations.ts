import { type Operation, toStoredFact } from "@payments/domain";
import type { Knex } from "knex";
import { type Effect, parametersOf, paymentOf } from "./ledger.ts";

/** An operation that the sandbox executed. */
export interface ExecutedOperation {
  readonly operation: Operation<"test">;
  readonly effect: Effect;
  readonly clientSecret: string | null;
  readonly executedAt: Date;
  /** When a later result is reported. */
  readonly laterAt: Date;
}

/** Concurrent items share calls of `work`, which returns the outcomes in the order of the items. */
export type Coalesce = <Item, Outcome>(
  work: (items: readonly Item[]) => Promise<readonly Outcome[]>,
) => (item: Item) => Promise<Outcome>;

/** One call for each item. */
export const uncoalesced: Coalesce = (work) => async (item) => {
  const [outcome] = await work([item]);
  return outcome as Awaited<ReturnType<typeof work>>[number];
};

const INSERT = `insert into sandbox_operations
    (id, payment, kind, parameters, client_secret, outcome, facts, later_outcome, later_facts, later_at, executed_at)
  select id, payment, kind, parameters, client_secret, outcome, facts, later_outcome, later_facts, later_at, executed_at
  from json_to_recordset(?::json) as o (id text, payment text, kind text, parameters text, client_secret text,
    outcome text, facts json, later_outcome text, later_facts json, later_at timestamptz, executed_at timestamptz)
  order by id
  on conflict (id) do nothing
  returning id`;

/** PostgreSQL stores the JSON of `parameters` as the text that it is here. An absent field is null. */
const toRow = ({ operation, effect, clientSecret, executedAt, laterAt }: ExecutedOperation) => ({
  id: operation.id,
  payment: paymentOf(operation),
  kind: operation.kind,
  parameters: parametersOf(operation),
  client_secret: clientSecret,
  outcome: effect.outcome,
  facts: effect.facts.map(toStoredFact),
  executed_at: executedAt,
  ...(effect.later !== null && {
    later_outcome: effect.later.outcome,
    later_facts: effect.later.facts.map(toStoredFact),
    later_at: laterAt,
  }),
});

/** Stores the operations with one statement. False for an operation that was executed before, also in the batch. */
export const insertOperations = async (
  knex: Knex,
  batch: readonly ExecutedOperation[],
): Promise<readonly boolean[]> => {
  // The name lets PostgreSQL plan the statement once per connection.
  const statement = knex.raw(INSERT, [JSON.stringify(batch.map(toRow))]).options({ name: "insert_sandbox_operations" });
  const { rows }: { rows: readonly { readonly id: string }[] } = await statement;
  const inserted = new Set(rows.map(({ id }) => id));
  return batch.map(({ operation }) => inserted.delete(operation.id));
};
