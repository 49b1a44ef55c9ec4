import { okAsync, type ResultAsync } from "neverthrow";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type {
  NotificationMalformed,
  NotificationNotAuthentic,
  ProcessorNotifications,
} from "./processor-notifications.ts";
import type { ReceivedNotifications } from "./received-notifications.ts";

export type ReceiveNotificationError = NotificationMalformed | NotificationNotAuthentic | StorageUnavailable;

/** Checks a notification's proof and stores the notification. A background worker applies it. */
export class ReceiveNotification {
  /** The processor's name. */
  readonly processor: string;
  readonly #notifications: ProcessorNotifications;
  readonly #received: ReceivedNotifications;
  readonly #clock: Clock;

  constructor(processor: string, notifications: ProcessorNotifications, received: ReceivedNotifications, clock: Clock) {
    this.processor = processor;
    this.#notifications = notifications;
    this.#received = received;
    this.#clock = clock;
  }

  /** True if it was stored, false if it says nothing that this service needs. Only then is it acknowledged. */
  execute(
    rawBody: Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): ResultAsync<boolean, ReceiveNotificationError> {
    return this.#notifications
      .read(rawBody, headers, this.#clock.now())
      .asyncAndThen(([first]): ResultAsync<boolean, ReceiveNotificationError> => {
        if (first === undefined) return okAsync(false);
        return this.#received.add({ processor: this.processor, id: first.id, rawBody }).map(() => true);
      });
  }
}
