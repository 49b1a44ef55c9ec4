import { ok, type Result, type ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import { type Money, rehydrateMoney } from "../money/money.ts";
import type { Brand } from "../shared/brand.ts";
import { isTypeId, toTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { groupBy, withinLimit } from "./discrepancy.ts";
import type { Fact, FactOf, ProcessorReference } from "./facts.ts";
import type { PaymentId } from "./payment.ts";

export type DisputeId = Brand<string, "DisputeId">;
export type DisputeStatus = "open" | "won" | "lost";

const ID_PREFIX = "dp";

export const createDisputeId = (uuid: string): DisputeId => toTypeId(ID_PREFIX, uuid) as DisputeId;

export const parseDisputeId = (raw: string): Result<DisputeId, InvalidValue> =>
  isTypeId(ID_PREFIX, raw) ? ok(raw as DisputeId) : invalidValue("must be the id of a dispute");

export interface DisputeNotFound {
  readonly type: "dispute-not-found";
}

/** A payer's objection to a payment. `createdAt`: when this service learned of it. */
export interface Dispute {
  readonly id: DisputeId;
  readonly paymentId: PaymentId;
  readonly clientId: ClientId;
  readonly money: Money;
  readonly status: DisputeStatus;
  /** The processor's id of it. */
  readonly reference: ProcessorReference;
  readonly createdAt: Date;
}

/** From storage. */
export const rehydrateDispute = (stored: {
  readonly uuid: string;
  readonly paymentId: PaymentId;
  readonly clientId: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: string;
  readonly reference: string;
  readonly createdAt: Date;
}): Dispute => ({
  id: createDisputeId(stored.uuid),
  paymentId: stored.paymentId,
  clientId: stored.clientId as ClientId,
  money: rehydrateMoney(stored.amount, stored.currency),
  status: stored.status as DisputeStatus,
  reference: stored.reference as ProcessorReference,
  createdAt: stored.createdAt,
});

/** The disputes that `ChargeRepository` stores with the changes of charges. */
export interface DisputeRepository {
  /** The client's disputes by id, newest first. */
  list(clientId: ClientId, request: PageRequest<DisputeId>): ResultAsync<Page<Dispute, DisputeId>, StorageUnavailable>;

  find(clientId: ClientId, id: DisputeId): ResultAsync<Dispute, DisputeNotFound | StorageUnavailable>;
}

/** A dispute as the processor's facts describe it. `won`: the client keeps the money. */
export interface ReportedDispute {
  readonly reference: ProcessorReference;
  readonly amount: bigint;
  readonly status: DisputeStatus;
}

type DisputeFact = FactOf<"dispute-opened" | "dispute-closed">;

const isDisputeFact = (fact: Fact): fact is DisputeFact => fact.type.startsWith("dispute-");

const statusOf = (facts: readonly DisputeFact[]): DisputeStatus =>
  facts.find((fact) => fact.type === "dispute-closed")?.outcome ?? "open";

/** The disputes that fit into the captured amount. Refunds do not lower it: a refunded payment can be disputed. */
export const foldDisputes = (
  facts: readonly Fact[],
  captured: bigint,
): { readonly disputes: readonly ReportedDispute[]; readonly exceeding: readonly Fact[] } => {
  const reported = groupBy(facts.filter(isDisputeFact), ({ reference }) => reference).map((group) => {
    const [{ reference, money }] = group;
    const dispute = { reference, amount: money.amount, status: statusOf(group) };
    return { dispute, facts: group, takes: dispute.status === "won" ? 0n : dispute.amount };
  });
  const { fitting, exceeding } = withinLimit(reported, captured);
  return { disputes: fitting.map(({ dispute }) => dispute), exceeding: exceeding.flatMap((item) => item.facts) };
};

/** What open and lost disputes withhold. */
export const disputedAmount = (disputes: readonly ReportedDispute[]): bigint =>
  disputes.reduce((sum, { status, amount }) => (status === "won" ? sum : sum + amount), 0n);
