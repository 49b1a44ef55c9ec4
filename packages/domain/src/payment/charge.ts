import { isTypeId, toTypeId } from "../shared/ids.ts";
import type { Fact, ProcessorReference } from "./facts.ts";
import { foldPayment, type PaymentState } from "./fold.ts";
import type { AnyOperation, OperationId, OperationState } from "./operation.ts";
import type { Refund, RefundStatus } from "./refund.ts";

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

/** An operation of the payment with its current state. */
export interface TrackedOperation {
  readonly operation: AnyOperation;
  readonly state: OperationState;
}

const OPERATION_PREFIX = "op";

export const createOperationId = (uuid: string): OperationId => toTypeId(OPERATION_PREFIX, uuid) as OperationId;

export const isOperationId = (raw: string): raw is OperationId => isTypeId(OPERATION_PREFIX, raw);

/** The processor's report on a refund outweighs the state of the request for it. */
export const refundStatus = (
  state: PaymentState,
  refund: Pick<Refund, "id">,
  requested: OperationState,
): RefundStatus => {
  const reported = state.refunds.find(({ refundId }) => refundId === refund.id);
  return reported?.status ?? (requested === "declined" ? "failed" : "pending");
};
