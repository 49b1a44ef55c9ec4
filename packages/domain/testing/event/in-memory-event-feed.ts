import {
  type ClientId,
  type Clock,
  EVENT_RETENTION_MS,
  type EventCursor,
  type EventCursorUnknown,
  type EventFeed,
  type EventPage,
  type PaymentEventPage,
  type PaymentId,
} from "@payments/domain";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { InMemoryStorage } from "../shared/in-memory-storage.ts";

/** The position of an event is its place among the events of all clients. */
export class InMemoryEventFeed implements EventFeed {
  readonly #storage: InMemoryStorage;
  readonly #clock: Clock;

  constructor(storage: InMemoryStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  list(
    clientId: ClientId,
    { limit, after }: { readonly limit: number; readonly after: EventCursor | null },
  ): ResultAsync<EventPage, EventCursorUnknown> {
    const all = this.#storage.events.map((event, index) => ({ event, position: BigInt(index + 1) }));
    const own = all.filter(({ event }) => event.clientId === clientId);
    if (after !== null) {
      const named = all.find(({ event, position }) => event.id === after.id && position === after.position);
      const oldest = this.#clock.now().getTime() - EVENT_RETENTION_MS;
      const isOld = named !== undefined && named.event.createdAt.getTime() < oldest;
      if (!isOld && (named === undefined || !own.includes(named))) return errAsync({ type: "event-cursor-unknown" });
    }
    const following = own.filter(({ position }) => after === null || position > after.position);
    const page = following.slice(0, limit);
    const last = page.at(-1);
    return okAsync({
      events: page.map(({ event }) => event),
      next: last === undefined ? after : { position: last.position, id: last.event.id },
      hasMore: following.length > page.length,
    });
  }

  listByPayment(
    clientId: ClientId,
    paymentId: PaymentId,
    { limit, after }: { readonly limit: number; readonly after: number | null },
  ): ResultAsync<PaymentEventPage, never> {
    const following = this.#storage.events
      .filter((event) => event.clientId === clientId && event.paymentId === paymentId)
      .filter(({ sequence }) => Number(sequence) > (after ?? 0))
      .sort((one, other) => Number(one.sequence) - Number(other.sequence));
    return okAsync({ events: following.slice(0, limit), hasMore: following.length > limit });
  }
}
