import { hash } from "node:crypto";
import {
  type AnyOperation,
  type ChargeChange,
  type ChargeHistory,
  type Fact,
  fingerprintOf,
  movementOf,
  type PlannedOperation,
  type Settlement,
  type StorageUnavailable,
  storageUnavailable,
  toPlanDetails,
  toStoredFact,
  toStoredOperation,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result } from "neverthrow";
import type { NewAuditEvent } from "../audit/audit-statement.ts";
import { bucketOf } from "../connection/client-bucket.ts";
import { isRepeatable, isRowFault, PostgresError, sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";

/** A change to store, with what it does to an operation. */
export interface StoredChange {
  readonly change: ChargeChange;
  readonly settled: { readonly operation: AnyOperation; readonly settlement: Settlement } | null;
  readonly planned: { readonly operation: AnyOperation; readonly leaseMs: number } | null;
}

/** A change, with the operation that it settles or plans. */
export type Decided = Omit<StoredChange, "change"> & {
  readonly later: ChargeHistory;
  /** Of a change that is decided under the lock. */
  readonly audited?: readonly NewAuditEvent[];
};

export const auditEventsOf = ({ operation, actor }: PlannedOperation): readonly NewAuditEvent[] =>
  actor === undefined
    ? []
    : [{ clientId: operation.clientId, type: "operation-planned", actor, details: toPlanDetails(operation) }];

/** `stored: false`: another change came first. `thrown` is a bug in this change or in its batch. */
export type ChangeOutcome = Result<{ readonly stored: boolean }, StorageUnavailable> | { readonly thrown: unknown };

const ATTEMPTS = 3;

const NAME = "store_charge_changes";
const SQL = `select number from store_charge_changes(
  ?::smallint[], ?::text[], ?::uuid[], ?::integer[], ?::integer[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[],
  ?::text[], ?::uuid[], ?::text[], ?::double precision[], ?::integer[], ?::uuid[], ?::timestamptz[], ?::json[],
  ?::integer[], ?::uuid[], ?::text[], ?::text[], ?::integer[], ?::json[], ?::timestamptz[], ?::json, ?::json, ?::json)`;

const numbers = (values: readonly (number | bigint | null)[]): string =>
  `{${values.map((value) => value ?? "NULL").join()}}`;

/** The items of all changes, each with the position of its change from 1. */
const owned = <Item>(
  batch: readonly StoredChange[],
  itemsOf: (change: ChargeChange) => readonly Item[],
): readonly (readonly [number, Item])[] =>
  batch.flatMap(({ change }, index) => itemsOf(change).map((item) => [index + 1, item] as const));

const jsonOrNull = (rows: readonly object[]): string | null => (rows.length === 0 ? null : JSON.stringify(rows));

const plannedRows = (batch: readonly StoredChange[]): readonly object[] =>
  batch.flatMap(({ planned }, index) => {
    if (planned === null) return [];
    const { operation, leaseMs } = planned;
    const { uuid, mode, kind, parameters, plannedAt } = toStoredOperation(operation);
    const request_key = "request" in operation ? operation.request?.key : undefined;
    const row = { id: uuid, mode, kind, request_key, parameters, planned_at: plannedAt, lease_ms: leaseMs };
    return [{ owner: index + 1, ...row }];
  });

const refundRows = (batch: readonly StoredChange[]): readonly object[] =>
  batch.flatMap(({ change: { before, after }, planned }, index) =>
    after.refunds.slice(before.refunds.length).map(({ id, reference, money, reason, createdAt }) => ({
      owner: index + 1,
      id: toUuid(id),
      operation_id: reference === null && planned !== null ? toUuid(planned.operation.id) : null,
      reference,
      amount: money.amount.toString(),
      currency: money.currency,
      reason,
      created_at: createdAt,
    })),
  );

const disputeRows = (batch: readonly StoredChange[]): readonly object[] =>
  owned(batch, ({ after }) => after.disputes).map(([owner, { id, reference, money, status, createdAt }]) => ({
    owner,
    id: toUuid(id),
    reference,
    amount: money.amount.toString(),
    currency: money.currency,
    status,
    created_at: createdAt,
  }));

/** 128 bits, enough to tell the facts of one payment apart. */
const toFingerprint = (fact: Fact): string => hash("sha256", fingerprintOf(fact), "hex").slice(0, 32);

/** In the order of the function's parameters. */
const toParameters = (batch: readonly StoredChange[]): (string | null)[] => {
  const histories = batch.map(({ change }) => change.after);
  const states = batch.map(({ change }) => change.charge.state);
  const facts = owned(batch, ({ before, after }) => after.facts.slice(before.facts.length));
  const events = owned(batch, (change) => change.events);
  return [
    numbers(histories.map(({ payment }) => bucketOf(payment.clientId))),
    textArray(histories.map(({ payment }) => payment.clientId)),
    textArray(histories.map(({ payment }) => toUuid(payment.id))),
    numbers(batch.map(({ change }) => change.before.version)),
    numbers(histories.map(({ sequence }) => sequence)),
    textArray(states.map(({ status }) => status)),
    numbers(states.map(({ amountCaptured }) => amountCaptured)),
    numbers(states.map(({ amountRefunded }) => amountRefunded)),
    numbers(states.map(({ amountDisputed }) => amountDisputed)),
    textArray(histories.map(({ processorPayment }) => processorPayment)),
    textArray(batch.map(({ settled }) => settled && toUuid(settled.operation.id))),
    textArray(batch.map(({ settled }) => settled?.settlement.state ?? null)),
    numbers(batch.map(({ settled }) => settled?.settlement.retryInMs ?? null)),
    numbers(facts.map(([owner]) => owner)),
    textArray(facts.map(([, fact]) => toFingerprint(fact))),
    textArray(facts.map(([, fact]) => (movementOf(fact) === null ? null : fact.occurredAt.toISOString()))),
    textArray(facts.map(([, fact]) => JSON.stringify(toStoredFact(fact)))),
    numbers(events.map(([owner]) => owner)),
    textArray(events.map(([, { id }]) => toUuid(id))),
    textArray(events.map(([, { type }]) => type)),
    textArray(events.map(([, { mode }]) => mode)),
    numbers(events.map(([, { sequence }]) => sequence)),
    textArray(events.map(([, { object }]) => JSON.stringify(object))),
    textArray(events.map(([, { createdAt }]) => createdAt.toISOString())),
    jsonOrNull(plannedRows(batch)),
    jsonOrNull(refundRows(batch)),
    jsonOrNull(disputeRows(batch)),
  ];
};

/** Stores a batch of changes with one statement, in the pool or in a transaction. */
export const storeChanges = async (knex: Knex, batch: readonly StoredChange[]): Promise<ReadonlySet<number>> => {
  const statement = knex.raw(SQL, toParameters(batch) as Knex.Value[]).options({ name: NAME });
  const { rows }: { rows: readonly { readonly number: number }[] } = await sanitized(statement);
  return new Set(rows.map(({ number }) => number - 1));
};

const nameOf = ({ change: { after } }: StoredChange): string => `${after.payment.clientId}\0${after.payment.id}`;

/**
 * Stores concurrent changes with one statement, and returns one outcome per change. Batches of several processes lock
 * charges in the same order, and a deadlock is repeated. Never rejects.
 */
export const writeChanges = async (knex: Knex, batch: readonly StoredChange[]): Promise<readonly ChangeOutcome[]> => {
  const ordered = batch
    .map((change, index) => ({ change, index, name: nameOf(change) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const outcomes: ChangeOutcome[] = [];
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await storeChanges(
        knex,
        ordered.map(({ change }) => change),
      );
      for (const [position, { index }] of ordered.entries()) outcomes[index] = ok({ stored: stored.has(position) });
      return outcomes;
    } catch (error) {
      if (attempt < ATTEMPTS && isRepeatable(error)) continue;
      if (!isRowFault(error) || batch.length === 1) return batch.map(() => toOutcome(error));
      for (const change of batch) outcomes.push(...(await writeChanges(knex, [change])));
      return outcomes;
    }
  }
};

const toOutcome = (error: unknown): ChangeOutcome =>
  error instanceof PostgresError && error.unavailable ? err(storageUnavailable(error)) : { thrown: error };
