import type { ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { StoredApiKey } from "../client/credentials.ts";
import type { Page, PageRequest } from "../shared/page.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import type { Payment, PaymentId, PaymentNotFound } from "./payment.ts";

/** The credential is no longer the active client's own: revoked, rotated away, or the client is inactive. */
export interface CredentialNotCurrent {
  readonly type: "credential-not-current";
}

/** A payment as storage holds it. `replayed`: an earlier request with the same idempotency key made it. */
export interface RecordedPayment {
  readonly payment: Payment;
  readonly replayed: boolean;
}

/** Any method may fail with `storage-unavailable`. */
export interface PaymentRepository {
  /**
   * Stores the payment durably, if at that very moment `credential` is a valid key of the active client
   * `payment.clientId`; else `credential-not-current`, and nothing is stored. A credential that was ended
   * before this call returns success can't have been ended before the payment was stored.
   *
   * Where the client already has a payment with this idempotency key, nothing is stored and that payment
   * is returned, whatever its content. Of any number of calls at once with one key, exactly one stores.
   * On `storage-unavailable` the payment may have been stored or not; the call MUST NOT be repeated by
   * the storage itself once the write may have happened.
   */
  create(
    payment: Payment,
    credential: StoredApiKey,
    idempotencyKey: IdempotencyKey | null,
  ): ResultAsync<RecordedPayment, CredentialNotCurrent | StorageUnavailable>;

  /** Another client's payment is `payment-not-found`, the same as an absent one. */
  find(clientId: ClientId, id: PaymentId): ResultAsync<Payment, PaymentNotFound | StorageUnavailable>;

  /**
   * The client's payments by id, newest first. A cursor need not be the id of a payment. Descriptions and metadata of
   * a page MUST hold at most `MAXIMUM_PAGE_BYTES` together, so a page may hold fewer payments than `limit`, but at
   * least one. `next` and `previous` then continue after the page's own payments.
   */
  list(clientId: ClientId, request: PageRequest<PaymentId>): ResultAsync<Page<Payment, PaymentId>, StorageUnavailable>;
}
