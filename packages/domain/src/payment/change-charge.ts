import { err, errAsync, ok, type Result, ResultAsync } from "neverthrow";
import type { Actor } from "../audit/audit-event.ts";
import type { ClientId } from "../client/client.ts";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { type Charge, createOperationId, type TrackedOperation } from "./charge.ts";
import { type ChargeHistory, chargeOf } from "./charge-history.ts";
import { REQUEST_LEASE_MS } from "./charge-payment.ts";
import type { ChargeRepository, PlannedOperation } from "./charge-repository.ts";
import type { IdempotencyKeyReused } from "./create-payment.ts";
import type { ProcessorReference } from "./facts.ts";
import type { PaymentStatus } from "./fold.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { AnyOperation, RepeatableRequest } from "./operation.ts";
import type { PaymentId, PaymentNotFound } from "./payment.ts";
import type { Processors } from "./payment-processor.ts";
import {
  type AmountAboveAuthorized,
  type PaymentNotCancelable,
  type PaymentNotCapturable,
  planCancel,
  planCapture,
} from "./plan.ts";
import {
  type AmountAboveCaptured,
  createRefundId,
  type PaymentNotRefundable,
  planRefund,
  type Refund,
  type RefundReason,
} from "./refund.ts";
import type { NoProcessor, RunOperation } from "./run-operation.ts";

type Failure<Rule> = Rule | IdempotencyKeyReused | PaymentNotFound | NoProcessor | StorageUnavailable;

export type CapturePaymentError = Failure<PaymentNotCapturable | AmountAboveAuthorized>;
export type CancelPaymentError = Failure<PaymentNotCancelable>;
export type RefundPaymentError = Failure<PaymentNotRefundable | AmountAboveCaptured>;

/** `replayed`: an earlier request with the same idempotency key made the change. The charge is as it is now. */
export interface ChangedCharge {
  readonly charge: Charge;
  readonly replayed: boolean;
}

export interface MadeRefund {
  readonly refund: Refund;
  readonly replayed: boolean;
}

interface Change extends ChangedCharge {
  readonly operation: AnyOperation;
}

/** Called when the operation is stored. The caller waits for the processor until the promise resolves. */
export type WaitForProcessor = () => Promise<void>;

/** The change, unless the payment ended in another way while the operation was on its way. */
const unlessEnded =
  <Type extends string>(type: Type, ...ends: readonly PaymentStatus[]) =>
  ({ charge, replayed }: ChangedCharge) =>
    ends.includes(charge.state.status) ? err({ type, status: charge.state.status }) : ok({ charge, replayed });

const captured = unlessEnded("payment-not-capturable", "canceled", "expired", "failed");
const canceled = unlessEnded("payment-not-cancelable", "succeeded", "expired", "failed");

type Decide<Rule> = (
  charge: Charge,
  operations: readonly TrackedOperation[],
) => Result<PlannedOperation, Rule | NoProcessor>;

const requestOf = (key: IdempotencyKey | null, ...content: readonly unknown[]): RepeatableRequest | null =>
  key === null ? null : { key, content: JSON.stringify(content) };

const keyOf = (operation: AnyOperation): RepeatableRequest | undefined =>
  operation.kind === "authorize" ? undefined : operation.request;

/**
 * Captures, cancels and refunds charged payments. The rules are checked against everything that is stored of the
 * payment, in the step that stores the operation, so requests at the same time cannot exceed an amount together. A
 * request with the idempotency key of an earlier one changes nothing: it returns the earlier one's result as it is now,
 * or `idempotency-key-reused` if the two differ.
 */
export class ChangeCharge {
  readonly #charges: ChargeRepository;
  readonly #run: RunOperation;
  readonly #processors: Processors;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;
  #actor: Actor | null = null;

  constructor(charges: ChargeRepository, run: RunOperation, processors: Processors, ids: IdGenerator, clock: Clock) {
    this.#charges = charges;
    this.#run = run;
    this.#processors = processors;
    this.#ids = ids;
    this.#clock = clock;
  }

  /** For changes that the client did not ask for: each has an audit event with the actor. */
  by(actor: Actor): ChangeCharge {
    const change = new ChangeCharge(this.#charges, this.#run, this.#processors, this.#ids, this.#clock);
    change.#actor = actor;
    return change;
  }

  /**
   * Captures all of the authorization, or a part: `amount`. `payment-not-capturable` also if the payment was canceled or
   * expired while the capture was on its way.
   */
  capture(
    client: ClientId,
    id: PaymentId,
    amount: bigint | null,
    key: IdempotencyKey | null = null,
    wait?: WaitForProcessor,
  ): ResultAsync<ChangedCharge, CapturePaymentError> {
    const request = requestOf(key, "capture", id, amount?.toString());
    const decide: Decide<PaymentNotCapturable | AmountAboveAuthorized> = (charge, operations) => {
      const repeatable = this.#processors[charge.authorization.mode]?.capabilities.repeatedCapture ?? false;
      return planCapture(charge.state, operations, amount, repeatable).andThen((planned) => {
        const money = { ...charge.authorization.money, amount: planned };
        const unready = { type: "payment-not-capturable", status: charge.state.status } as const;
        return this.#planned(charge, request, (payment) => ({ kind: "capture", payment, money }), unready);
      });
    };
    return this.#change(client, id, request, decide, wait).andThen(captured);
  }

  /** `payment-not-cancelable` also if the payment was captured or ended while the cancellation was on its way. */
  cancel(
    client: ClientId,
    id: PaymentId,
    key: IdempotencyKey | null = null,
    wait?: WaitForProcessor,
  ): ResultAsync<ChangedCharge, CancelPaymentError> {
    const request = requestOf(key, "cancel", id);
    const decide: Decide<PaymentNotCancelable> = (charge, operations) =>
      planCancel(charge.state, operations).andThen(() => {
        const unready = { type: "payment-not-cancelable", status: charge.state.status } as const;
        return this.#planned(charge, request, (payment) => ({ kind: "cancel", payment }), unready);
      });
    return this.#change(client, id, request, decide, wait).andThen(canceled);
  }

  /** Refunds what is left of the captured amount, or a part: `amount`. */
  refund(
    client: ClientId,
    id: PaymentId,
    amount: bigint | null,
    reason: RefundReason | null,
    key: IdempotencyKey | null = null,
    wait?: WaitForProcessor,
  ): ResultAsync<MadeRefund, RefundPaymentError> {
    const createdAt = this.#clock.now();
    const refundId = createRefundId(this.#ids.next());
    const request = requestOf(key, "refund", id, amount?.toString(), reason);
    const decide: Decide<PaymentNotRefundable | AmountAboveCaptured> = (charge, operations) =>
      planRefund(charge.state, operations, amount).andThen((planned) => {
        const money = { ...charge.authorization.money, amount: planned };
        const refund = { id: refundId, paymentId: id, clientId: client, money, reason, createdAt };
        const unready = { type: "payment-not-refundable", status: charge.state.status } as const;
        return this.#planned(
          charge,
          request,
          (payment) => ({ kind: "refund", payment, refundId, money }),
          unready,
          refund,
        );
      });
    return this.#change(client, id, request, decide, wait).andThen(({ operation, replayed }) =>
      this.#charges
        .findRefund(client, operation.kind === "refund" ? operation.refundId : refundId)
        .map((refund) => ({ refund, replayed }))
        .mapErr((error) => (error.type === "refund-not-found" ? { type: "payment-not-found" as const } : error)),
    );
  }

  /** Plans an operation and runs it, unless an earlier request with the same key did. */
  #change<Rule>(
    client: ClientId,
    id: PaymentId,
    request: RepeatableRequest | null,
    decide: Decide<Rule>,
    wait: WaitForProcessor | undefined,
  ): ResultAsync<Change, Failure<Rule>> {
    let repeated: AnyOperation | undefined;
    const planned = this.#charges.plan<Rule | NoProcessor | IdempotencyKeyReused>(
      client,
      id,
      REQUEST_LEASE_MS,
      (charge, operations) => {
        const earlier = operations.find(({ operation }) => request !== null && keyOf(operation)?.key === request.key);
        if (earlier === undefined) return decide(charge, operations);
        repeated = keyOf(earlier.operation)?.content === request?.content ? earlier.operation : undefined;
        return err({ type: "idempotency-key-reused" });
      },
    );
    return planned
      .andThen(({ operation, history }) =>
        this.#attempt(operation, history, wait).map((charge) => ({ charge, operation, replayed: false })),
      )
      .orElse((error): ResultAsync<Change, Failure<Rule>> => {
        const operation = repeated;
        if (operation === undefined) return errAsync(error);
        return this.#current(client, id).map((charge) => ({ charge, operation, replayed: true }));
      });
  }

  /** The charge as it was stored if the processor takes longer than the caller waits. The attempt continues. */
  #attempt(
    operation: AnyOperation,
    history: ChargeHistory,
    wait: WaitForProcessor | undefined,
  ): ResultAsync<Charge, NoProcessor | StorageUnavailable> {
    const attempt = this.#run.first(operation, history);
    if (wait === undefined) return attempt;
    const stored = wait().then(() => ok<Charge, NoProcessor | StorageUnavailable>(chargeOf(history)));
    return new ResultAsync(Promise.race([attempt, stored]));
  }

  #current(client: ClientId, id: PaymentId): ResultAsync<Charge, PaymentNotFound | StorageUnavailable> {
    return this.#charges.find(client, [id]).andThen((charges) => {
      const charge = charges.get(id);
      return charge === undefined ? err({ type: "payment-not-found" as const }) : ok(charge);
    });
  }

  /**
   * The processor must know the payment before it can execute another operation. Without a processor nothing is
   * planned: an operation that is stored would be executed as soon as there is one.
   */
  #planned<Unready>(
    { authorization, processorPayment }: Charge,
    request: RepeatableRequest | null,
    parametersOf: (payment: ProcessorReference) => object,
    unready: Unready,
    refund: PlannedOperation["refund"] = null,
  ): Result<PlannedOperation, Unready | NoProcessor> {
    const { paymentId, clientId, mode, account } = authorization;
    if (this.#processors[mode] === null) return err({ type: "no-processor" });
    if (processorPayment === null) return err(unready);
    const [id, plannedAt] = [createOperationId(this.#ids.next()), this.#clock.now()];
    const parameters = { ...parametersOf(processorPayment), ...(request !== null && { request }) };
    const operation = { id, paymentId, clientId, mode, account, plannedAt, ...parameters } as AnyOperation;
    return ok({ operation, refund, ...(this.#actor !== null && { actor: this.#actor }) });
  }
}
