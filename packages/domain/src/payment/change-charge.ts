import { err, ok, type Result, type ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { type Charge, createOperationId } from "./charge.ts";
import { REQUEST_LEASE_MS } from "./charge-payment.ts";
import type { ChargeRepository, PlannedOperation } from "./charge-repository.ts";
import type { ProcessorReference } from "./facts.ts";
import type { AnyOperation } from "./operation.ts";
import type { PaymentId, PaymentNotFound } from "./payment.ts";
import type { Processors } from "./payment-processor.ts";
import {
  type AmountAboveAuthorized,
  type AmountAboveCaptured,
  type PaymentNotCancelable,
  type PaymentNotCapturable,
  type PaymentNotRefundable,
  planCancel,
  planCapture,
  planRefund,
} from "./plan.ts";
import { createRefundId, type Refund, type RefundReason } from "./refund.ts";
import type { NoProcessor, RunOperation } from "./run-operation.ts";

type Failure<Rule> = Rule | PaymentNotFound | NoProcessor | StorageUnavailable;

export type CapturePaymentError = Failure<PaymentNotCapturable | AmountAboveAuthorized>;
export type CancelPaymentError = Failure<PaymentNotCancelable>;
export type RefundPaymentError = Failure<PaymentNotRefundable | AmountAboveCaptured>;

/**
 * Captures, cancels and refunds charged payments. The rules are checked against everything that is stored of the
 * payment, in the step that stores the operation, so requests at the same time cannot exceed an amount together.
 */
export class ChangeCharge {
  readonly #charges: ChargeRepository;
  readonly #run: RunOperation;
  readonly #processors: Processors;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;

  constructor(charges: ChargeRepository, run: RunOperation, processors: Processors, ids: IdGenerator, clock: Clock) {
    this.#charges = charges;
    this.#run = run;
    this.#processors = processors;
    this.#ids = ids;
    this.#clock = clock;
  }

  /** Captures all of the authorization, or `amount` of it. */
  capture(client: ClientId, id: PaymentId, amount: bigint | null): ResultAsync<Charge, CapturePaymentError> {
    return this.#charges
      .plan(client, id, REQUEST_LEASE_MS, (charge, operations) => {
        const repeatable = this.#processors[charge.authorization.mode]?.capabilities.repeatedCapture ?? false;
        return planCapture(charge.state, operations, amount, repeatable).andThen((planned) => {
          const money = { ...charge.authorization.money, amount: planned };
          return this.#planned(charge, (payment) => ({ kind: "capture", payment, money }), {
            type: "payment-not-capturable",
            status: charge.state.status,
          } as const);
        });
      })
      .andThen(({ operation }) => this.#run.first(operation));
  }

  cancel(client: ClientId, id: PaymentId): ResultAsync<Charge, CancelPaymentError> {
    return this.#charges
      .plan(client, id, REQUEST_LEASE_MS, (charge, operations) =>
        planCancel(charge.state, operations).andThen(() =>
          this.#planned(charge, (payment) => ({ kind: "cancel", payment }), {
            type: "payment-not-cancelable",
            status: charge.state.status,
          } as const),
        ),
      )
      .andThen(({ operation }) => this.#run.first(operation));
  }

  /** Refunds what is left of the captured amount, or `amount` of it. */
  refund(
    client: ClientId,
    id: PaymentId,
    amount: bigint | null,
    reason: RefundReason | null,
  ): ResultAsync<Refund, RefundPaymentError> {
    const now = this.#clock.now();
    const refundId = createRefundId(this.#ids.next());
    const start = this.#charges.plan(client, id, REQUEST_LEASE_MS, (charge, operations) =>
      planRefund(charge.state, operations, amount).andThen((planned) => {
        const money = { ...charge.authorization.money, amount: planned };
        const refund = { id: refundId, paymentId: id, clientId: client, money, reason, createdAt: now };
        return this.#planned(
          charge,
          (payment) => ({ kind: "refund", payment, refundId, money }),
          { type: "payment-not-refundable", status: charge.state.status } as const,
          refund,
        );
      }),
    );
    return start.andThen(({ operation }) =>
      this.#run
        .first(operation)
        .andThen(() => this.#charges.findRefund(client, refundId))
        .mapErr((error) => (error.type === "refund-not-found" ? { type: "payment-not-found" as const } : error)),
    );
  }

  /** The processor must know the payment before anything else can be asked of it. */
  #planned<Unready>(
    { authorization, processorPayment }: Charge,
    parametersOf: (payment: ProcessorReference) => object,
    unready: Unready,
    refund: PlannedOperation["refund"] = null,
  ): Result<PlannedOperation, Unready> {
    if (processorPayment === null) return err(unready);
    const { paymentId, clientId, mode, account } = authorization;
    const origin = {
      id: createOperationId(this.#ids.next()),
      paymentId,
      clientId,
      mode,
      account,
      plannedAt: this.#clock.now(),
    };
    return ok({ operation: { ...origin, ...parametersOf(processorPayment) } as AnyOperation, refund });
  }
}
