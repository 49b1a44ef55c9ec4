import type { ClientId, Mode } from "../client/client.ts";
import type { Charge } from "./charge.ts";
import type { Dispute, DisputeId, DisputeStatus } from "./dispute.ts";
import { FAILURE_MESSAGES, type FailureCode, type NextAction } from "./facts.ts";
import type { PaymentStatus } from "./fold.ts";
import type { CaptureMethod } from "./operation.ts";
import type { Metadata, Payment, PaymentId } from "./payment.ts";
import type { Refund, RefundId, RefundStatus } from "./refund.ts";

/** A payment as clients see it, in responses and in events. Amounts are in the currency's minor unit. */
export interface PaymentJson {
  readonly id: PaymentId;
  readonly clientId: ClientId;
  readonly mode: Mode;
  readonly amount: number;
  readonly currency: string;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly status: PaymentStatus;
  readonly capture: CaptureMethod | null;
  readonly amountCaptured: number;
  readonly amountRefunded: number;
  readonly amountDisputed: number;
  readonly fee: number;
  readonly nextAction: NextAction | null;
  readonly failure: { readonly code: FailureCode; readonly message: string } | null;
  readonly createdAt: string;
}

export interface RefundJson {
  readonly id: RefundId;
  readonly paymentId: PaymentId;
  readonly amount: number;
  readonly currency: string;
  readonly reason: string | null;
  readonly status: RefundStatus;
  readonly createdAt: string;
}

export interface DisputeJson {
  readonly id: DisputeId;
  readonly paymentId: PaymentId;
  readonly amount: number;
  readonly currency: string;
  readonly status: DisputeStatus;
  readonly createdAt: string;
}

/** A payment that is only recorded. */
const RECORDED = {
  status: "created",
  capture: null,
  amountCaptured: 0,
  amountRefunded: 0,
  amountDisputed: 0,
  fee: 0,
  nextAction: null,
  failure: null,
} as const;

/** Processors take no fee above what was captured. */
const feeOf = (fee: bigint, captured: bigint): bigint => (captured > 0n && captured < fee ? captured : fee);

const toChargeJson = ({ authorization, state }: Charge) => ({
  status: state.status,
  capture: authorization.capture,
  amountCaptured: Number(state.amountCaptured),
  amountRefunded: Number(state.amountRefunded),
  amountDisputed: Number(state.amountDisputed),
  fee: Number(feeOf(authorization.fee, state.amountCaptured)),
  nextAction: state.nextAction,
  failure: state.failure && { code: state.failure, message: FAILURE_MESSAGES[state.failure] },
});

/** `parseAmount` keeps amounts within the integers that a JSON number holds exactly. */
export const toPaymentJson = (
  { id, clientId, money, description, metadata, createdAt }: Payment,
  mode: Mode,
  charge?: Charge | undefined,
): PaymentJson => ({
  id,
  clientId,
  mode,
  amount: Number(money.amount),
  currency: money.currency,
  description,
  metadata,
  ...(charge === undefined ? RECORDED : toChargeJson(charge)),
  createdAt: createdAt.toISOString(),
});

export const toRefundJson = ({ id, paymentId, money, reason, status, createdAt }: Refund): RefundJson => ({
  id,
  paymentId,
  amount: Number(money.amount),
  currency: money.currency,
  reason,
  status,
  createdAt: createdAt.toISOString(),
});

export const toDisputeJson = ({ id, paymentId, money, status, createdAt }: Dispute): DisputeJson => ({
  id,
  paymentId,
  amount: Number(money.amount),
  currency: money.currency,
  status,
  createdAt: createdAt.toISOString(),
});
