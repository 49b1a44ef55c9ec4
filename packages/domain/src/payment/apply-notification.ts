import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { Mode } from "../client/client.ts";
import type { Clock } from "../shared/clock.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ChargeRepository } from "./charge-repository.ts";
import type { ProcessorAccount, ProcessorReference } from "./facts.ts";
import type { PaymentNotFound } from "./payment.ts";
import type { NotAtProcessor, ProcessorError, ProcessorReport, Processors } from "./payment-processor.ts";
import type { Notification, PaymentOwner, ProcessorNotifications } from "./processor-notifications.ts";
import type { NotificationOutcome, ReceivedNotification, ReceivedNotifications } from "./received-notifications.ts";
import type { NoProcessor } from "./run-operation.ts";

/** A connected account that no client has. */
export interface AccountUnmatched {
  readonly type: "account-unmatched";
}

/** Reads the status of a connected account again. */
export type RefreshAccount = (
  mode: Mode,
  account: ProcessorAccount,
) => ResultAsync<void, AccountUnmatched | ProcessorError | StorageUnavailable>;

type ApplyError =
  | AccountUnmatched
  | NoProcessor
  | NotAtProcessor
  | PaymentNotFound
  | ProcessorError
  | StorageUnavailable;

const MINIMUM_RETRY_MS = 500;
const MAXIMUM_RETRY_MS = 3_600_000;
/** A payment's row is visible within seconds. After this time the payment is not one of this service. */
const UNMATCHED_AFTER_MS = 24 * 3_600_000;

const UNMATCHED: ReadonlySet<ApplyError["type"]> = new Set([
  "account-unmatched",
  "no-processor",
  "not-at-processor",
  "payment-not-found",
]);

const paymentNotFound: PaymentNotFound = { type: "payment-not-found" };

/**
 * Brings what a stored notification says to the payment that it is about. A notification may come before the payment's
 * row is visible, so an unknown payment is looked for again. Applying a notification twice changes nothing.
 */
export class ApplyNotification {
  readonly #notifications: ProcessorNotifications;
  readonly #received: ReceivedNotifications;
  readonly #charges: ChargeRepository;
  readonly #processors: Processors;
  readonly #refreshAccount: RefreshAccount;
  readonly #clock: Clock;

  constructor(
    notifications: ProcessorNotifications,
    received: ReceivedNotifications,
    charges: ChargeRepository,
    processors: Processors,
    refreshAccount: RefreshAccount,
    clock: Clock,
  ) {
    this.#notifications = notifications;
    this.#received = received;
    this.#charges = charges;
    this.#processors = processors;
    this.#refreshAccount = refreshAccount;
    this.#clock = clock;
  }

  /** The caller MUST hold the notification's lease. The error is that of the attempt; a later one follows. */
  execute(received: ReceivedNotification): ResultAsync<NotificationOutcome, ProcessorError | StorageUnavailable> {
    const says = this.#notifications.reread(received.rawBody).unwrapOr([]);
    const applied = says.reduce<ResultAsync<void, ApplyError>>(
      (before, notification) => before.andThen(() => this.#apply(notification)),
      okAsync(undefined),
    );
    return applied.andThen(() => this.#finish(received, "applied")).orElse((error) => this.#fail(received, error));
  }

  #fail(
    received: ReceivedNotification,
    error: ApplyError,
  ): ResultAsync<NotificationOutcome, ProcessorError | StorageUnavailable> {
    const isUnmatched = UNMATCHED.has(error.type);
    const ageMs = this.#clock.now().getTime() - received.receivedAt.getTime();
    if (isUnmatched && ageMs >= UNMATCHED_AFTER_MS) return this.#finish(received, "unmatched");
    const retryMs = Math.min(MINIMUM_RETRY_MS * 2 ** (received.attempts - 1), MAXIMUM_RETRY_MS);
    return this.#received
      .postpone(received, retryMs)
      .andThen(() => (isUnmatched ? okAsync("unmatched" as const) : errAsync(error as ProcessorError)));
  }

  #finish(
    received: ReceivedNotification,
    outcome: NotificationOutcome,
  ): ResultAsync<NotificationOutcome, StorageUnavailable> {
    return this.#received.finish(received, outcome).map(() => outcome);
  }

  #apply(notification: Notification): ResultAsync<void, ApplyError> {
    switch (notification.type) {
      case "facts":
        return this.#report(notification, notification.owner);
      case "changed":
        return this.#retrieve(notification.mode, notification.payment, notification.account).andThen((report) =>
          this.#report(report, null),
        );
      default:
        return this.#refreshAccount(notification.mode, notification.account);
    }
  }

  /** The owner that the processor returns is tried first: it is known before the processor's id of the payment is. */
  #report({ payment, facts }: ProcessorReport, owner: PaymentOwner | null): ResultAsync<void, ApplyError> {
    const found = owner === null ? this.#received.ownerOf(payment) : okAsync<PaymentOwner, StorageUnavailable>(owner);
    return found.andThen((known): ResultAsync<void, ApplyError> => {
      if (known === null) return errAsync(paymentNotFound);
      return this.#charges
        .report(known.clientId, known.paymentId, { payment, facts })
        .andThen(({ processorPayment }) =>
          processorPayment === payment ? okAsync(undefined) : errAsync(paymentNotFound),
        );
    });
  }

  #retrieve(
    mode: Mode,
    payment: ProcessorReference,
    account: ProcessorAccount | null,
  ): ResultAsync<ProcessorReport, ApplyError> {
    const processor = this.#processors[mode];
    return processor === null ? errAsync({ type: "no-processor" }) : processor.retrieve(payment, account);
  }
}
