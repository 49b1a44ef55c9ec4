import type {
  Clock,
  NotificationOutcome,
  PaymentOwner,
  ProcessorReference,
  ReceivedNotification,
  ReceivedNotifications,
} from "@payments/domain";
import { okAsync, type ResultAsync } from "neverthrow";

interface Entry {
  notification: ReceivedNotification;
  dueAt: number;
  outcome: NotificationOutcome | null;
}

export class InMemoryReceivedNotifications implements ReceivedNotifications {
  /** Set an owner to play a payment whose id at the processor is known. */
  readonly owners = new Map<ProcessorReference, PaymentOwner>();
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add({
    processor,
    id,
    rawBody,
  }: Pick<ReceivedNotification, "processor" | "id" | "rawBody">): ResultAsync<void, never> {
    const key = `${processor} ${id}`;
    const receivedAt = this.#clock.now();
    if (!this.#entries.has(key)) {
      const notification = { processor, id, rawBody, receivedAt, attempts: 0 };
      this.#entries.set(key, { notification, dueAt: receivedAt.getTime(), outcome: null });
    }
    return okAsync(undefined);
  }

  claim(limit: number, leaseMs: number): ResultAsync<readonly ReceivedNotification[], never> {
    const now = this.#clock.now().getTime();
    const due = [...this.#entries.values()]
      .filter(({ dueAt, outcome }) => outcome === null && dueAt <= now)
      .sort((one, other) => one.dueAt - other.dueAt)
      .slice(0, limit);
    for (const entry of due) {
      entry.dueAt = now + leaseMs;
      entry.notification = { ...entry.notification, attempts: entry.notification.attempts + 1 };
    }
    return okAsync(due.map(({ notification }) => notification));
  }

  finish(notification: ReceivedNotification, outcome: NotificationOutcome): ResultAsync<void, never> {
    this.#entryOf(notification).outcome = outcome;
    return okAsync(undefined);
  }

  postpone(notification: ReceivedNotification, milliseconds: number): ResultAsync<void, never> {
    this.#entryOf(notification).dueAt = this.#clock.now().getTime() + milliseconds;
    return okAsync(undefined);
  }

  ownerOf(payment: ProcessorReference): ResultAsync<PaymentOwner | null, never> {
    return okAsync(this.owners.get(payment) ?? null);
  }

  forgetFinished(olderThanMs: number): ResultAsync<void, never> {
    const limit = this.#clock.now().getTime() - olderThanMs;
    for (const [key, { notification, outcome }] of this.#entries) {
      if (outcome !== null && notification.receivedAt.getTime() < limit) this.#entries.delete(key);
    }
    return okAsync(undefined);
  }

  #entryOf({ processor, id }: ReceivedNotification): Entry {
    const entry = this.#entries.get(`${processor} ${id}`);
    if (entry === undefined) throw new RangeError("a claimed notification is stored");
    return entry;
  }
}
