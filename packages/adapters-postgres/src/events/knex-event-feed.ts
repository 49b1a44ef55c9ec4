import {
  type ClientId,
  type Clock,
  createEventId,
  EVENT_RETENTION_MS,
  type EventCursor,
  type EventCursorUnknown,
  type EventFeed,
  type EventPage,
  MAXIMUM_PAGE_BYTES,
  type PaymentEventPage,
  type PaymentId,
  type StorageUnavailable,
  toUuid,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import type { DatabaseStatistics } from "../connection/database-statistics.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { ReadQueue } from "../connection/read-queue.ts";
import { EVENT_COLUMNS, type EventRow, HAS_OBJECT, RECORDED_PAYMENT, toEvent } from "./event-row.ts";

interface ListedRow extends EventRow {
  /** Only in the feed. A bigint, so the driver returns text. */
  readonly position: string;
  readonly found: string;
}

/** Bounds the bytes of a page. `found` counts the events that it could have if their objects were small. */
const boundedPage = (events: string, order: string): string => `select * from (
    select e.*, row_number() over page as number, count(*) over () as found,
      sum(coalesce(octet_length(e.object::text),
        octet_length(e.metadata::text) + coalesce(octet_length(e.description), 0))) over page as bytes
    from (
      ${events}
      order by ${order} limit :limit
    ) e
    window page as (order by ${order})
  ) p where p.number = 1 or p.bytes <= ${MAXIMUM_PAGE_BYTES} order by p.number`;

/** The horizon is read in the same snapshot as the events, so no event below it is still invisible. */
const LIST = boundedPage(
  `select ${EVENT_COLUMNS}, e.position from events e ${RECORDED_PAYMENT}
      where e.bucket = :bucket and e.client_id = :clientId and (e.position, e.id) > (:position, :id)
        and e.position < event_horizon() and ${HAS_OBJECT}`,
  "e.position, e.id",
);

const IS_KNOWN = `select exists (
    select from events where bucket = :bucket and client_id = :clientId and position = :position and id = :id
  ) as known`;

/** The event of an old cursor may be deleted, but no reader was given a place beyond the horizon. */
const IS_PAST = "select cast(:position as bigint) < event_horizon() as known";

/** The index has no event of a payment that is only recorded: it has this event alone. */
const LIST_BY_PAYMENT = boundedPage(
  `select ${EVENT_COLUMNS} from (
        select bucket, client_id, id, type, mode, payment_id, sequence, object, created_at from events
        where bucket = :bucket and client_id = :clientId and payment_id = :id and sequence > :after
        union all
        select bucket, client_id, id, 'payment.created', null, null, null, null, created_at from payments r
        where bucket = :bucket and client_id = :clientId and id = :id and created_at >= :keptSince and :after < 1
          and not exists (
            select from charges c where c.bucket = r.bucket and c.client_id = r.client_id and c.payment_id = r.id
          )
      ) e ${RECORDED_PAYMENT}`,
  "e.sequence",
);

const NO_ID = "00000000-0000-0000-0000-000000000000";

/** The first 48 bits of a UUIDv7 are its time in milliseconds. */
const timeOf = (uuid: string): number => Number.parseInt(uuid.replace("-", "").slice(0, 12), 16);

const cursorOf = ({ position, id }: ListedRow): EventCursor => ({ position: BigInt(position), id: createEventId(id) });

export interface KnexEventFeedOptions {
  readonly clock: Clock;
  /** The most reads in flight at once; each takes a connection. Half as many for one client. Default 2. */
  readonly readConcurrency?: number;
  /** How long a read may wait for its turn. Default 1000. */
  readonly readQueueTimeoutMs?: number;
  /** Gets the queue `event-reads`. */
  readonly statistics?: DatabaseStatistics;
}

/** The table `events`. */
export class KnexEventFeed implements EventFeed {
  readonly #knex: Knex;
  readonly #clock: Clock;
  readonly #reads: ReadQueue;

  constructor(knex: Knex, options: KnexEventFeedOptions) {
    const { clock, readConcurrency = 2, readQueueTimeoutMs = 1_000, statistics } = options;
    this.#knex = knex;
    this.#clock = clock;
    this.#reads = new ReadQueue({
      concurrency: readConcurrency,
      concurrencyPerClient: Math.ceil(readConcurrency / 2),
      queueSize: 4_096,
      queueTimeoutMs: readQueueTimeoutMs,
    });
    statistics?.addQueue("event-reads", () => this.#reads.statistics());
  }

  list(
    clientId: ClientId,
    { limit, after }: { readonly limit: number; readonly after: EventCursor | null },
  ): ResultAsync<EventPage, EventCursorUnknown | StorageUnavailable> {
    const owner = { bucket: bucketOf(clientId), clientId };
    const place = { position: String(after?.position ?? 0), id: after === null ? NO_ID : toUuid(after.id) };
    const read = async (): Promise<Result<EventPage, EventCursorUnknown>> => {
      if (after !== null && !(await this.#isKnown(after, { ...owner, ...place }))) {
        return err({ type: "event-cursor-unknown" });
      }
      const { rows }: { rows: readonly ListedRow[] } = await sanitized(
        this.#knex.raw(LIST, { ...owner, ...place, limit: limit + 1 }),
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return ok({
        events: page.map(toEvent),
        next: last === undefined ? after : cursorOf(last),
        hasMore: Number(rows[0]?.found ?? 0) > page.length,
      });
    };
    return ResultAsync.fromPromise(this.#reads.run(clientId, read), unavailableOrThrow).andThen((page) => page);
  }

  listByPayment(
    clientId: ClientId,
    paymentId: PaymentId,
    { limit, after }: { readonly limit: number; readonly after: number | null },
  ): ResultAsync<PaymentEventPage, StorageUnavailable> {
    const key = { bucket: bucketOf(clientId), clientId, id: toUuid(paymentId) };
    const place = { keptSince: new Date(this.#keptSince()), after: after ?? 0, limit: limit + 1 };
    const read = () => sanitized(this.#knex.raw(LIST_BY_PAYMENT, { ...key, ...place }));
    return ResultAsync.fromPromise(this.#reads.run(clientId, read), unavailableOrThrow).map(
      ({ rows }: { rows: readonly ListedRow[] }) => {
        const page = rows.slice(0, limit);
        return { events: page.map(toEvent), hasMore: Number(rows[0]?.found ?? 0) > page.length };
      },
    );
  }

  #keptSince(): number {
    return this.#clock.now().getTime() - EVENT_RETENTION_MS;
  }

  async #isKnown({ id }: EventCursor, place: Readonly<Record<string, string | number>>): Promise<boolean> {
    const isKept = timeOf(toUuid(id)) > this.#keptSince();
    const { rows } = await sanitized(this.#knex.raw(isKept ? IS_KNOWN : IS_PAST, place));
    return rows[0].known;
  }
}
