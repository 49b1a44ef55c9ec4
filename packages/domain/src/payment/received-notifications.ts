import type { ResultAsync } from "neverthrow";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ProcessorReference } from "./facts.ts";
import type { PaymentOwner } from "./processor-notifications.ts";

/** A notification as it was received. The processor's proof was checked before it was stored. */
export interface ReceivedNotification {
  /** The processor's name. */
  readonly processor: string;
  /** The processor's id of the notification. */
  readonly id: string;
  readonly rawBody: Uint8Array;
  readonly receivedAt: Date;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
}

/** `unmatched`: it is about a payment or an account that this service does not know. */
export type NotificationOutcome = "applied" | "unmatched";

/** The notifications of all processors, each with its lease. Any method may fail with `storage-unavailable`. */
export interface ReceivedNotifications {
  /** Stores the notification durably, due at once. One that is stored already stays as it is. */
  add(notification: Pick<ReceivedNotification, "processor" | "id" | "rawBody">): ResultAsync<void, StorageUnavailable>;

  /** Leases due notifications, the longest waiting first. No two calls get the same one. */
  claim(limit: number, leaseMs: number): ResultAsync<readonly ReceivedNotification[], StorageUnavailable>;

  /** The notification is never due again. */
  finish(notification: ReceivedNotification, outcome: NotificationOutcome): ResultAsync<void, StorageUnavailable>;

  /** The notification is due again after this time. */
  postpone(notification: ReceivedNotification, milliseconds: number): ResultAsync<void, StorageUnavailable>;

  /** The payment with this id at its processor, or null. */
  ownerOf(payment: ProcessorReference): ResultAsync<PaymentOwner | null, StorageUnavailable>;

  /** Removes finished notifications that are older than this. */
  forgetFinished(olderThanMs: number): ResultAsync<void, StorageUnavailable>;
}
