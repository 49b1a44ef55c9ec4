import type { AuditDetails } from "../audit/audit-event.ts";
import { toTypeId, toUuid } from "../shared/ids.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { type Fact, fingerprintOf, type ProcessorReference } from "./facts.ts";
import { foldPayment, type PaymentState } from "./fold.ts";
import type { AnyOperation, OperationId, OperationState } from "./operation.ts";
import { rehydratePaymentId } from "./payment.ts";

export type AnyAuthorization = Extract<AnyOperation, { readonly kind: "authorize" }>;

/** How a payment is charged. A payment that is only recorded has no charge. */
export interface Charge {
  readonly authorization: AnyAuthorization;
  /** The processor's id of the payment; null until the processor reported it. */
  readonly processorPayment: ProcessorReference | null;
  readonly state: PaymentState;
}

/** From storage: the charge is the authorization and the fold of the payment's facts. */
export const rehydrateCharge = (
  authorization: AnyAuthorization,
  processorPayment: ProcessorReference | null,
  facts: readonly Fact[],
): Charge => {
  const { money, mode, account } = authorization;
  const state = foldPayment({ money, mode, account, requested: true }, facts);
  return { authorization, processorPayment, state };
};

/**
 * Whether a report may have come before the one that it depends on: a capture before its authorization, or a refund or
 * dispute before the capture. An amount above the payment's own never agrees with it.
 */
const mayBeEarly = ({ reason, fact }: Discrepancy, { authorization, state }: Charge): boolean => {
  if (!("money" in fact) || fact.money.amount > authorization.money.amount) return false;
  if (reason === "above-authorized") return state.amountAuthorized === 0n;
  return reason === "above-captured" && state.amountCaptured === 0n;
};

/**
 * The contradictions that these facts are, or that they bring about. Which facts fit within an amount follows from their
 * references and not from their arrival, so a new fact can push a stored one out.
 */
export const discrepanciesAmong = (facts: readonly Fact[], charge: Charge): readonly Discrepancy[] => {
  const { discrepancies } = charge.state;
  if (discrepancies.length === 0) return [];
  const reported = new Set(facts.map(fingerprintOf));
  const hasAmount = facts.some((fact) => "money" in fact);
  return discrepancies.filter(
    (discrepancy) =>
      (reported.has(fingerprintOf(discrepancy.fact)) || (hasAmount && discrepancy.reason.startsWith("above-"))) &&
      !mayBeEarly(discrepancy, charge),
  );
};

/** An operation of the payment with its current state. */
export interface TrackedOperation {
  readonly operation: AnyOperation;
  readonly state: OperationState;
}

const OPERATION_PREFIX = "op";

export const createOperationId = (uuid: string): OperationId => toTypeId(OPERATION_PREFIX, uuid) as OperationId;

/** An operation as storage holds it: `parameters` is JSON. */
export interface StoredOperation {
  readonly uuid: string;
  readonly paymentUuid: string;
  readonly clientId: string;
  readonly mode: string;
  readonly kind: string;
  readonly plannedAt: Date;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const withAmounts = (parameters: Readonly<Record<string, unknown>>, convert: (amount: never) => unknown) =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      if (name === "fee") return [name, convert(value as never)];
      if (name !== "money") return [name, value];
      const { amount, currency } = value as { readonly amount: never; readonly currency: string };
      return [name, { amount: convert(amount), currency }];
    }),
  );

export const toStoredOperation = (operation: AnyOperation): StoredOperation => {
  const { id, paymentId, clientId, mode, kind, plannedAt, ...parameters } = operation;
  return {
    uuid: toUuid(id),
    paymentUuid: toUuid(paymentId),
    clientId,
    mode,
    kind,
    plannedAt,
    parameters: withAmounts(parameters, String),
  };
};

/** From storage. The exact parameters come back: every attempt repeats them. */
export const rehydrateOperation = ({ uuid, paymentUuid, parameters, ...stored }: StoredOperation): AnyOperation =>
  ({
    ...stored,
    ...withAmounts(parameters, BigInt),
    id: createOperationId(uuid),
    paymentId: rehydratePaymentId(paymentUuid),
  }) as AnyOperation;

/** What the audit event of a planned operation says. */
export const toPlanDetails = (operation: AnyOperation): AuditDetails => {
  const { id, paymentId, kind } = operation;
  const money = "money" in operation ? operation.money : null;
  return { operationId: id, paymentId, kind, amount: money && Number(money.amount), currency: money?.currency ?? null };
};
