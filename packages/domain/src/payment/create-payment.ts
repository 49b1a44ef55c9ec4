import { err, ok, type ResultAsync } from "neverthrow";
import type { AuthenticatedClient } from "../client/api-key-authenticator.ts";
import type { Money } from "../money/money.ts";
import type { Clock } from "../shared/clock.ts";
import type { IdGenerator } from "../shared/ids.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import { type IdempotencyKey, isSameRequest } from "./idempotency-key.ts";
import { createPayment, type Description, type Metadata } from "./payment.ts";
import type { CredentialNotCurrent, PaymentRepository, RecordedPayment } from "./payment-repository.ts";

/** Only authentication decides which client the payment belongs to. */
export interface CreatePaymentCommand {
  readonly client: AuthenticatedClient;
  readonly money: Money;
  readonly description: Description | null;
  readonly metadata: Metadata;
  readonly idempotencyKey: IdempotencyKey | null;
}

/** The idempotency key was used before, for a request with different content. */
export interface IdempotencyKeyReused {
  readonly type: "idempotency-key-reused";
}

export type CreatePaymentError = CredentialNotCurrent | IdempotencyKeyReused | StorageUnavailable;

/** Creates a payment for the authenticated client, once per idempotency key. */
export class CreatePayment {
  readonly #payments: PaymentRepository;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;

  constructor(payments: PaymentRepository, ids: IdGenerator, clock: Clock) {
    this.#payments = payments;
    this.#ids = ids;
    this.#clock = clock;
  }

  execute(command: CreatePaymentCommand): ResultAsync<RecordedPayment, CreatePaymentError> {
    const { client, money, description, metadata, idempotencyKey } = command;
    const payment = createPayment(
      { clientId: client.clientId, money, description, metadata },
      this.#ids,
      this.#clock.now(),
    );
    return this.#payments
      .create(payment, client.credential, idempotencyKey, client.mode)
      .andThen((recorded) =>
        isSameRequest(recorded.payment, payment) ? ok(recorded) : err({ type: "idempotency-key-reused" as const }),
      );
  }
}
