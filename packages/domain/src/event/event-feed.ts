import { ok, type Result, type ResultAsync } from "neverthrow";
import type { ClientId } from "../client/client.ts";
import type { PaymentId } from "../payment/payment.ts";
import type { Brand } from "../shared/brand.ts";
import { isTypeId } from "../shared/ids.ts";
import { type InvalidValue, invalidValue } from "../shared/invalid-value.ts";
import type { StorageUnavailable } from "../shared/storage-unavailable.ts";
import type { ClientEvent, EventId } from "./event.ts";

/** A place in a client's feed: right after one event. */
export interface EventCursor {
  /** Grows with the order of the feed. Events of one transaction share it, and their ids order them. */
  readonly position: bigint;
  readonly id: EventId;
}

/** The text of a cursor, as clients send it back. */
export type EventCursorText = Brand<string, "EventCursorText">;

const CURSOR = /^(evt_\w{26})\.([1-9]\d{0,17})$/;

export const toEventCursorText = ({ id, position }: EventCursor): EventCursorText =>
  `${id}.${position}` as EventCursorText;

export const parseEventCursor = (raw: string): Result<EventCursor, InvalidValue> => {
  const [, id = "", position = ""] = CURSOR.exec(raw) ?? [];
  return isTypeId("evt", id)
    ? ok({ id: id as EventId, position: BigInt(position) })
    : invalidValue("must be a cursor of an earlier page");
};

/** The cursor names no event of this client: it is another client's, or an event that no longer exists. */
export interface EventCursorUnknown {
  readonly type: "event-cursor-unknown";
}

export interface EventPage {
  readonly events: readonly ClientEvent[];
  /** Where the reader continues: right after the last event, or the cursor of the request if there is none. */
  readonly next: EventCursor | null;
  readonly hasMore: boolean;
}

export interface PaymentEventPage {
  readonly events: readonly ClientEvent[];
  readonly hasMore: boolean;
}

/** Events of one payment have no gaps in their sequence, so a number is a cursor of its history. */
export const parseEventSequence = (raw: string): Result<number, InvalidValue> =>
  /^[1-9]\d{0,8}$/.test(raw) ? ok(Number(raw)) : invalidValue("must be a cursor of an earlier page");

/** How long events are kept. Then they are deleted in small batches. */
export const EVENT_RETENTION_MS = 30 * 24 * 3_600_000;

/** Every method may fail with `storage-unavailable`. */
export interface EventFeed {
  /**
   * The client's events after the cursor, oldest first; from the oldest kept event if it is null. A page may have fewer
   * events than `limit`: their objects hold at most `MAXIMUM_PAGE_BYTES` together, but a page has at least one event
   * if there is one.
   *
   * A reader that follows `next` MUST get every event exactly once, also while other transactions commit. So an event
   * that an older, still open transaction may precede is held back.
   *
   * `event-cursor-unknown` for a cursor younger than `EVENT_RETENTION_MS` that names no event of this client. An older
   * cursor is accepted, because its event may be deleted, unless its position lies beyond every event that a reader can
   * have seen.
   */
  list(
    clientId: ClientId,
    request: { readonly limit: number; readonly after: EventCursor | null },
  ): ResultAsync<EventPage, EventCursorUnknown | StorageUnavailable>;

  /**
   * The kept events of one payment whose sequence is above `after`, by sequence. Empty for another client's payment.
   * Pages are bounded as those of `list`.
   */
  listByPayment(
    clientId: ClientId,
    paymentId: PaymentId,
    request: { readonly limit: number; readonly after: number | null },
  ): ResultAsync<PaymentEventPage, StorageUnavailable>;
}
