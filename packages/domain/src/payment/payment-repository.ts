import type { ResultAsync } from "neverthrow";
import type { ClientId, Mode } from "../client/client.ts";
import type { StoredApiKey } from "../client/credentials.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { PaymentStatus } from "./fold.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { Payment, PaymentId, PaymentNotFound } from "./payment.ts";

/** The credential is not a valid key of an active client: it ended, or the client is inactive. */
export interface CredentialNotCurrent {
  readonly type: "credential-not-current";
}

/** A stored payment. `replayed`: an earlier request with the same idempotency key created it. */
export interface RecordedPayment {
  readonly payment: Payment;
  readonly replayed: boolean;
}

/** Which payments a list has: those that match all given fields. Both times are exclusive. */
export interface PaymentFilter {
  readonly status?: PaymentStatus;
  readonly idempotencyKey?: IdempotencyKey;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
}

/** Every method may fail with `storage-unavailable`. */
export interface PaymentRepository {
  /**
   * Stores the payment and its event `payment.created` durably if `credential` is a valid key of the active client `payment.clientId` at that moment.
   * Otherwise the error is `credential-not-current`, and nothing is stored. No payment may be committed after
   * `ClientRepository` reported the end of its credential.
   *
   * If the client already has a payment with this idempotency key, nothing is stored and that payment is returned,
   * whatever its content. Of any number of concurrent calls with one key, exactly one stores its payment. On
   * `storage-unavailable` the payment may be stored or not. Storage MUST NOT repeat a write that may have happened.
   */
  create(
    payment: Payment,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
    mode: Mode,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent | StorageUnavailable>;

  /** Returns the payment. Another client's payment is `payment-not-found`, like an absent one. */
  find(clientId: ClientId, id: PaymentId): ResultAsync<Payment, PaymentNotFound | StorageUnavailable>;

  /**
   * Returns the client's payments by id, newest first. A cursor need not be the id of a payment. Descriptions and
   * metadata of a page MUST hold at most `MAXIMUM_PAGE_BYTES` together, so a page may have fewer payments than `limit`,
   * but at least one. `next` and `previous` then continue after the page's own payments.
   *
   * The status is that of the stored charge, or `created` without one. Storage may end a page of `created` payments
   * early, also an empty one, to bound its work: `next` or `previous` then continues where it stopped.
   */
  list(
    clientId: ClientId,
    request: PageRequest<PaymentId>,
    filter?: PaymentFilter,
  ): ResultAsync<Page<Payment, PaymentId>, StorageUnavailable>;
}
