import {
  type CaptureMethod,
  type ClientId,
  createRefundId,
  type Mode,
  type OperationId,
  type OperationOf,
  type Payment,
  type PaymentId,
  type PaymentMethod,
  type PlannedOperation,
  type ProcessorReference,
  type RefundId,
} from "@payments/domain";
import { euros } from "./facts.ts";

const originOf = <M extends Mode>(mode: M, id: string) => ({
  id: id as OperationId,
  paymentId: "01900000-0000-7000-8000-00000000aaaa" as PaymentId,
  clientId: "client-1" as ClientId,
  mode,
  account: null,
  plannedAt: new Date("2026-01-02T03:04:05.678Z"),
});

/** Operations on one payment in one mode, with distinct ids. */
export const operationsIn = <M extends Mode>(mode: M, nextId: () => string) => ({
  authorize: (paymentMethod: string | null, capture: CaptureMethod, amount = 1_000): OperationOf<M, "authorize"> =>
    ({
      ...originOf(mode, nextId()),
      kind: "authorize",
      ...euros(amount),
      fee: 0n,
      capture,
      paymentMethod: paymentMethod as PaymentMethod | null,
      returnUrl: "https://shop.example/return",
    }) as OperationOf<M, "authorize">,
  capture: (payment: ProcessorReference, amount: number): OperationOf<M, "capture"> =>
    ({ ...originOf(mode, nextId()), kind: "capture", payment, ...euros(amount) }) as OperationOf<M, "capture">,
  cancel: (payment: ProcessorReference): OperationOf<M, "cancel"> =>
    ({ ...originOf(mode, nextId()), kind: "cancel", payment }) as OperationOf<M, "cancel">,
  refund: (payment: ProcessorReference, amount: number): OperationOf<M, "refund"> => {
    const id = nextId();
    const fields = { kind: "refund", payment, refundId: createRefundId(id), ...euros(amount) };
    return { ...originOf(mode, id), ...fields } as OperationOf<M, "refund">;
  },
});

export type OperationsIn<M extends Mode> = ReturnType<typeof operationsIn<M>>;

/** The authorization of that payment, with a fee. */
export const authorizationFor = (
  template: OperationOf<"test", "authorize">,
  { id, clientId }: Payment,
): OperationOf<"test", "authorize"> => ({ ...template, paymentId: id, clientId, fee: 25n });

/** A refund and its operation, of that payment. */
export const plannedRefund = (
  template: OperationOf<"test", "refund">,
  refundId: RefundId,
  clientId: ClientId,
  paymentId: PaymentId,
): PlannedOperation => {
  const operation = { ...template, refundId, clientId, paymentId };
  const { money, plannedAt: createdAt } = operation;
  return { operation, refund: { id: refundId, paymentId, clientId, money, reason: null, createdAt } };
};
