import type { Result } from "neverthrow";
import type { ClientId, Mode } from "../client/client.ts";
import type { Fact, ProcessorAccount, ProcessorReference } from "./facts.ts";
import type { PaymentId } from "./payment.ts";

/** The sender did not prove that it is the processor, or the notification is too old. Nothing may be stored. */
export interface NotificationNotAuthentic {
  readonly type: "notification-not-authentic";
  readonly reason: "signature-missing" | "signature-wrong" | "timestamp-outside-tolerance";
}

/** The sender is the processor, but the body has no form that the adapter knows. */
export interface NotificationMalformed {
  readonly type: "notification-malformed";
}

/** A payment of this service with its client. */
export interface PaymentOwner {
  readonly clientId: ClientId;
  readonly paymentId: PaymentId;
}

/** What a notification says about one payment, or about a connected account. */
export type Notification =
  | {
      readonly type: "facts";
      /** The processor's id of the notification, the same in every delivery of it. */
      readonly id: string;
      readonly payment: ProcessorReference;
      /** The payment of this service, or null if the processor does not return its id. */
      readonly owner: PaymentOwner | null;
      readonly facts: readonly Fact[];
    }
  /** Something changed about this payment: call `PaymentProcessor.retrieve`. */
  | {
      readonly type: "changed";
      readonly id: string;
      readonly mode: Mode;
      readonly account: ProcessorAccount | null;
      readonly payment: ProcessorReference;
    }
  /** A client's connected account changed or left: call `ConnectedAccounts.status`. */
  | {
      readonly type: "account-changed";
      readonly id: string;
      readonly mode: Mode;
      readonly account: ProcessorAccount;
    };

/**
 * Reads the processor's webhooks. Reading is pure: the same request at the same time gives the same result.
 *
 * Adyen sends several notifications in one body, each with its own HMAC. The adapter rejects the body if one of them is
 * not authentic, because Adyen then delivers all of them again. Mollie signs nothing and sends an id: its adapter
 * returns `changed`, and the lookup is the proof.
 */
export interface ProcessorNotifications {
  /**
   * `rawBody` is the body byte for byte, and the header names are in lower case. `now` decides whether the timestamp is
   * within the processor's tolerance. An event type without meaning for payments and accounts gives an
   * empty list.
   */
  read(
    rawBody: Uint8Array,
    headers: Readonly<Record<string, string>>,
    now: Date,
  ): Result<readonly Notification[], NotificationNotAuthentic | NotificationMalformed>;

  /** What `read` returned for this body, without the proof: the secrets may have changed since it was stored. */
  reread(rawBody: Uint8Array): Result<readonly Notification[], NotificationMalformed>;
}
