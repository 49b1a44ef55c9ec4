import { err, errAsync, ok, type Result, type ResultAsync } from "neverthrow";
import type { Mode } from "../client/client.ts";
import { feeOn } from "../money/fee.ts";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { type AnyAuthorization, type Charge, createOperationId, rehydrateCharge } from "./charge.ts";
import { newHistory } from "./charge-history.ts";
import type { ChargeRepository } from "./charge-repository.ts";
import type { CreatePaymentCommand, IdempotencyKeyReused } from "./create-payment.ts";
import { isSameRequest } from "./idempotency-key.ts";
import type { CaptureMethod, PaymentMethod } from "./operation.ts";
import { createPayment, type Payment } from "./payment.ts";
import type { CredentialNotCurrent } from "./payment-repository.ts";
import type { NoProcessor, RunOperation } from "./run-operation.ts";

export interface ChargePaymentCommand extends CreatePaymentCommand {
  readonly paymentMethod: PaymentMethod | null;
  readonly capture: CaptureMethod;
  readonly returnUrl: string | null;
  /** Called before the processor is: the payment is stored, and its charge is `processing`. */
  readonly onStored?: (stored: ChargedPayment) => void;
}

export interface ChargedPayment {
  readonly payment: Payment;
  readonly charge: Charge;
  readonly replayed: boolean;
}

/**
 * The processor has no such token. `known`: the tokens that it has, and nothing is stored. Null: only the processor knows
 * its tokens, so the payment was stored before it was asked, and has failed.
 */
export interface PaymentMethodUnknown {
  readonly type: "payment-method-unknown";
  readonly known: readonly string[] | null;
}

export type ChargePaymentError =
  | CredentialNotCurrent
  | IdempotencyKeyReused
  | NoProcessor
  | PaymentMethodUnknown
  | StorageUnavailable;

/** A request's lease outlasts its call of the processor, so that no driver repeats the call meanwhile. */
export const REQUEST_LEASE_MS = 30_000;

const isSameAuthorization = (one: AnyAuthorization, other: AnyAuthorization): boolean =>
  one.paymentMethod === other.paymentMethod && one.capture === other.capture && one.returnUrl === other.returnUrl;

const unlessMethodUnknown = (charged: ChargedPayment): Result<ChargedPayment, PaymentMethodUnknown> =>
  charged.charge.state.failure === "payment_method_unknown"
    ? err({ type: "payment-method-unknown", known: null })
    : ok(charged);

/** Stores a payment with its authorization, and then asks the processor, once per idempotency key. */
export class ChargePayment {
  readonly #charges: ChargeRepository;
  readonly #run: RunOperation;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;

  constructor(charges: ChargeRepository, run: RunOperation, ids: IdGenerator, clock: Clock) {
    this.#charges = charges;
    this.#run = run;
    this.#ids = ids;
    this.#clock = clock;
  }

  /** Whether payments of this mode are charged. Otherwise they are only recorded. */
  charges(mode: Mode): boolean {
    return this.#run.charges(mode);
  }

  execute(command: ChargePaymentCommand): ResultAsync<ChargedPayment, ChargePaymentError> {
    if (!this.#run.charges(command.client.mode)) return errAsync({ type: "no-processor" });
    const { client, money, description, metadata, idempotencyKey, paymentMethod, capture, returnUrl } = command;
    const known = this.#run.paymentMethods(client.mode);
    if (paymentMethod !== null && known !== null && !known.includes(paymentMethod)) {
      return errAsync({ type: "payment-method-unknown", known });
    }
    const now = this.#clock.now();
    const payment = createPayment({ clientId: client.clientId, money, description, metadata }, this.#ids, now);
    const authorization = {
      kind: "authorize",
      id: createOperationId(this.#ids.next()),
      paymentId: payment.id,
      clientId: payment.clientId,
      mode: client.mode,
      account: client.processorAccount,
      plannedAt: now,
      money,
      fee: feeOn(money.amount, client.fee),
      capture,
      paymentMethod,
      returnUrl,
    } as AnyAuthorization;
    return this.#charges
      .create(payment, authorization, client.credential, idempotencyKey, REQUEST_LEASE_MS)
      .andThen((recorded) => {
        if (!recorded.replayed) {
          command.onStored?.({ payment, charge: rehydrateCharge(authorization, null, []), replayed: false });
          return this.#run
            .first(authorization, newHistory(payment, authorization))
            .map((charge) => ({ payment, charge, replayed: false }));
        }
        return isSameRequest(recorded.payment, payment)
          ? this.#replay(recorded.payment, authorization)
          : errAsync({ type: "idempotency-key-reused" as const });
      })
      .andThen(unlessMethodUnknown);
  }

  /** The payment's current state. A request that recorded a payment without a charge was another one. */
  #replay(
    payment: Payment,
    authorization: AnyAuthorization,
  ): ResultAsync<ChargedPayment, IdempotencyKeyReused | StorageUnavailable> {
    return this.#charges.find(payment.clientId, [payment.id]).andThen((charges) => {
      const charge = charges.get(payment.id);
      return charge !== undefined && isSameAuthorization(charge.authorization, authorization)
        ? ok({ payment, charge, replayed: true })
        : err({ type: "idempotency-key-reused" as const });
    });
  }
}
