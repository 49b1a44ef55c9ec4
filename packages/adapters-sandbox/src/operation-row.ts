import {
  type Fact,
  type OperationOf,
  type OperationReport,
  type ProcessorReference,
  rehydrateFact,
  type StoredFact,
} from "@payments/domain";
import type { Knex } from "knex";
import { REFERENCE_PREFIX } from "./ledger.ts";

/** A row of `sandbox_operations`. */
export interface Row {
  readonly id: string;
  readonly payment: ProcessorReference;
  readonly kind: string;
  readonly parameters: string;
  /** Of an authorization: the payer's secret, and the payment method that the payer chose in the browser. */
  readonly client_secret: string | null;
  readonly confirmed_with: string | null;
  readonly outcome: OperationReport["outcome"];
  readonly facts: readonly StoredFact[];
  readonly later_outcome: OperationReport["outcome"] | null;
  readonly later_facts: readonly StoredFact[] | null;
  readonly later_at: Date | null;
}

export const COLUMNS = `id, payment, kind, parameters, client_secret, confirmed_with, outcome, facts, later_outcome,
  later_facts, later_at`;

const isReported = ({ later_at }: Row, now: Date): boolean => later_at !== null && later_at <= now;

/** How long a payment waits for its payer's next step. */
const PAYER_TIMEOUT_MS = 24 * 3_600_000;

/** A payer who takes no step lets the payment expire. */
const expiryOf = ({ kind, outcome, later_at, facts }: Row, now: Date): readonly Fact[] => {
  const last = facts.at(-1);
  if (kind !== "authorize" || outcome !== "pending" || later_at !== null || last === undefined) return [];
  const { reference, mode, account, occurredAt: steppedAt } = rehydrateFact(last);
  const occurredAt = new Date(steppedAt.getTime() + PAYER_TIMEOUT_MS);
  return occurredAt <= now ? [{ type: "expired", reference, mode, account, occurredAt }] : [];
};

export const reportedFactsOf = (row: Row, now: Date): readonly Fact[] => [
  ...[...row.facts, ...(isReported(row, now) ? (row.later_facts ?? []) : [])].map(rehydrateFact),
  ...expiryOf(row, now),
];

export const reportOf = (row: Row, now: Date): OperationReport => ({
  payment: row.payment,
  outcome: expiryOf(row, now).length > 0 ? "declined" : (isReported(row, now) && row.later_outcome) || row.outcome,
  facts: reportedFactsOf(row, now),
});

/** All facts, also those that the sandbox has not reported yet. */
export const everyFactOf = (row: Row, now: Date): readonly Fact[] => [
  ...[...row.facts, ...(row.later_facts ?? [])].map(rehydrateFact),
  ...expiryOf(row, now),
];

/** What operations already did at this time. An authorization that expires later is still open. */
export const factsInEffect = (row: Row, now: Date): readonly Fact[] => {
  const later = (row.later_facts ?? []).filter(({ type }) => type !== "expired" || isReported(row, now));
  return [...[...row.facts, ...later].map(rehydrateFact), ...expiryOf(row, now)];
};

/** The parts of an authorization that decide about later operations. */
export const authorizationOf = ({ parameters, confirmed_with }: Row): OperationOf<"test", "authorize"> => {
  const stored = JSON.parse(parameters);
  return {
    ...stored,
    money: { ...stored.money, amount: BigInt(stored.money.amount) },
    paymentMethod: confirmed_with ?? stored.paymentMethod,
  };
};

/** `paymentOf` an authorization puts a prefix before its id. */
const authorizationId = (payment: string): string => payment.slice(REFERENCE_PREFIX.length);

/** The lock on the authorization lets the operations on one payment take turns. Undefined: there is no such payment. */
export const lockPayment = async (trx: Knex, payment: string): Promise<readonly Row[] | undefined> => {
  const lock = "select from sandbox_operations where id = ? and payment = ? for update";
  const { rows } = await trx.raw(lock, [authorizationId(payment), payment]);
  return rows.length === 0 ? undefined : operationsOn(trx, payment);
};

/** Only what follows the authorization is indexed by its payment. */
const OPERATIONS_ON = `select ${COLUMNS} from (
    select * from sandbox_operations where id = ? and payment = ?
    union all
    select * from sandbox_operations where payment = ? and kind <> 'authorize'
  ) o order by executed_at, id`;

export const operationsOn = async (knex: Knex, payment: string): Promise<readonly Row[]> => {
  const { rows } = await knex.raw(OPERATIONS_ON, [authorizationId(payment), payment, payment]);
  return rows;
};
