import {
  type ClientEvent,
  type ClientId,
  type EndpointCondition,
  type EventId,
  type Page,
  type PageRequest,
  pageOf,
  type StorageUnavailable,
  type TurnResult,
  toEventJson,
  toUuid,
  type WebhookDeliveries,
  type WebhookDelivery,
  type WebhookDeliveryNotFound,
  type WebhookEndpointId,
  type WebhookEndpointNotFound,
  type WebhookTurn,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, ResultAsync } from "neverthrow";
import { bucketOf } from "../connection/client-bucket.ts";
import { Coalescer } from "../connection/coalescer.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { positionBefore } from "./position-before.ts";
import {
  type AttemptRow,
  type ClaimedRow,
  type ClaimedTurn,
  type DeliveryRow,
  toDelivery,
  toTurn,
} from "./webhook-row.ts";
import { keysOf, type SettledTurn, toSettlement, withoutRepetition } from "./webhook-settlement.ts";
import { CLAIM, DISABLE, RENEW, REPLAY, SETTLE } from "./webhook-statements.ts";

const DELIVERY_COLUMNS = `client_id, endpoint_id, event_id, event_type, state, next_attempt_at, created_at, started_at,
  duration_ms, status, response, retry_after_ms, failure`;

/** Deliveries in `webhook_deliveries` and `webhook_attempts`, made from `events`. Turns that end together share a statement. */
export class KnexWebhookDeliveries implements WebhookDeliveries {
  readonly #knex: Knex;
  readonly #settlements: Coalescer<SettledTurn, undefined>;

  constructor(knex: Knex) {
    this.#knex = knex;
    this.#settlements = new Coalescer((batch) => this.#settle(batch), {
      batchSize: 16,
      concurrency: 2,
      queueSize: 1_024,
      answerWithinMs: 30_000,
    });
  }

  claim(
    condition: EndpointCondition,
    limit: number,
    deliveriesPerTurn: number,
    leaseMs: number,
  ): ResultAsync<readonly WebhookTurn[], StorageUnavailable> {
    const parameters = { failing: condition === "failing", limit, deliveriesPerTurn, leaseMs };
    return ResultAsync.fromPromise(this.#rows<ClaimedRow>(CLAIM, parameters), unavailableOrThrow).map((rows) =>
      rows.map(toTurn),
    );
  }

  settle(turn: WebhookTurn, result: TurnResult): ResultAsync<void, StorageUnavailable> {
    const { disable } = result;
    const settled = { turn: turn as ClaimedTurn, result };
    const stored = disable === null ? this.#settlements.add(settled) : this.#disable(settled, disable);
    return ResultAsync.fromPromise(stored, unavailableOrThrow);
  }

  renew(turns: readonly WebhookTurn[], leaseMs: number): ResultAsync<void, StorageUnavailable> {
    const renewed = this.#rows(RENEW, { ...keysOf(turns), leaseMs });
    return ResultAsync.fromPromise(renewed, unavailableOrThrow).map(() => undefined);
  }

  list(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    page: PageRequest<EventId>,
  ): ResultAsync<Page<WebhookDelivery, EventId>, StorageUnavailable> {
    const { limit, after, before } = page;
    const cursor = before ?? after;
    const [comparison, order] = before === null ? ["<", "desc"] : [">", "asc"];
    const rows = this.#rows<DeliveryRow>(
      `select ${DELIVERY_COLUMNS} from webhook_deliveries d
      where bucket = :bucket and client_id = :clientId and endpoint_id = :endpointId
        ${cursor === null ? "" : `and event_id ${comparison} :cursor`}
        and exists (select from webhook_endpoints w
          where w.bucket = d.bucket and w.client_id = d.client_id and w.id = d.endpoint_id)
      order by event_id ${order} limit :limit`,
      {
        bucket: bucketOf(clientId),
        clientId,
        endpointId: toUuid(endpointId),
        ...(cursor !== null && { cursor: toUuid(cursor) }),
        limit: limit + 1,
      },
    );
    const read = rows.then((found) => this.#withAttempts(clientId, endpointId, found));
    return ResultAsync.fromPromise(read, unavailableOrThrow).map((items) => pageOf(items, page));
  }

  resend(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    id: EventId,
  ): ResultAsync<WebhookDelivery, WebhookDeliveryNotFound | StorageUnavailable> {
    const rows = this.#rows<DeliveryRow>(
      `update webhook_deliveries d set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp()
      where bucket = :bucket and client_id = :clientId and endpoint_id = :endpointId and event_id = :eventId
        and exists (select from webhook_endpoints w
          where w.bucket = d.bucket and w.client_id = d.client_id and w.id = d.endpoint_id)
      returning ${DELIVERY_COLUMNS}`,
      { bucket: bucketOf(clientId), clientId, endpointId: toUuid(endpointId), eventId: toUuid(id) },
    );
    const read = rows.then((found) => this.#withAttempts(clientId, endpointId, found));
    return ResultAsync.fromPromise(read, unavailableOrThrow).andThen(([delivery]) =>
      delivery === undefined ? err({ type: "webhook-delivery-not-found" } as const) : ok(delivery),
    );
  }

  add(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    event: ClientEvent,
  ): ResultAsync<WebhookDelivery, WebhookEndpointNotFound | StorageUnavailable> {
    const rows = this.#rows<DeliveryRow>(
      `insert into webhook_deliveries
        (bucket, client_id, endpoint_id, event_id, event_position, event_type, event, state, next_attempt_at)
      select bucket, client_id, id, :eventId, 0, :type, :event, 'pending', clock_timestamp() from webhook_endpoints
      where bucket = :bucket and client_id = :clientId and id = :endpointId
      returning ${DELIVERY_COLUMNS}`,
      {
        bucket: bucketOf(clientId),
        clientId,
        endpointId: toUuid(endpointId),
        eventId: toUuid(event.id),
        type: event.type,
        event: JSON.stringify(toEventJson(event)),
      },
    );
    return ResultAsync.fromPromise(rows, unavailableOrThrow).andThen(([row]) =>
      row === undefined ? err({ type: "webhook-endpoint-not-found" } as const) : ok(toDelivery(row, [])),
    );
  }

  replay(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    since: Date,
  ): ResultAsync<void, WebhookEndpointNotFound | StorageUnavailable> {
    const key = { bucket: bucketOf(clientId), clientId };
    const replayed = async (): Promise<boolean> => {
      const position = await positionBefore(this.#knex, key, since);
      const { rowCount } = await sanitized(
        this.#knex.raw(REPLAY, { ...key, endpointId: toUuid(endpointId), since, position } as never),
      );
      return rowCount === 1;
    };
    return ResultAsync.fromPromise(replayed(), unavailableOrThrow).andThen((isFound) =>
      isFound ? ok() : err({ type: "webhook-endpoint-not-found" } as const),
    );
  }

  deleteOlderThan(ageMs: number, limit: number): ResultAsync<number, StorageUnavailable> {
    const deleted = async (): Promise<number> => {
      const counts = [
        ["webhook_attempts", "started_at"],
        ["webhook_deliveries", "created_at"],
      ].map(async ([table, column]) => {
        const { rowCount } = await sanitized(
          this.#knex.raw(
            `delete from ?? where ctid = any(array(
              select ctid from ?? where ?? < clock_timestamp() - ? * interval '1 millisecond' limit ? for update skip locked
            ))`,
            [table, table, column, ageMs, limit] as never,
          ),
        );
        return Number(rowCount);
      });
      return Math.max(...(await Promise.all(counts)));
    };
    return ResultAsync.fromPromise(deleted(), unavailableOrThrow);
  }

  async #settle(batch: readonly SettledTurn[]): Promise<readonly undefined[]> {
    for (const distinct of withoutRepetition(batch)) await this.#rows(SETTLE, toSettlement(distinct));
    return batch.map(() => undefined);
  }

  async #disable(settled: SettledTurn, { reason, event }: NonNullable<TurnResult["disable"]>): Promise<void> {
    const { turn } = settled;
    const { clientId, id, url } = turn.endpoint;
    const { type, mode, createdAt: at } = event;
    const key = { bucket: bucketOf(clientId), clientId, endpointId: toUuid(id), lease: turn.lease, url };
    const object = JSON.stringify(event.object);
    await this.#knex.transaction(async (trx) => {
      await this.#rows(SETTLE, toSettlement([settled]), trx);
      await this.#rows(DISABLE, { ...key, reason, at, eventId: toUuid(event.id), type, mode, object }, trx);
    });
  }

  async #withAttempts(
    clientId: ClientId,
    endpointId: WebhookEndpointId,
    deliveries: readonly DeliveryRow[],
  ): Promise<readonly WebhookDelivery[]> {
    const attempts = await this.#rows<AttemptRow>(
      `select event_id, started_at, duration_ms, status, response, retry_after_ms, failure from webhook_attempts
      where bucket = :bucket and client_id = :clientId and endpoint_id = :endpointId
        and event_id = any(cast(:events as uuid[])) order by event_id, number`,
      {
        bucket: bucketOf(clientId),
        clientId,
        endpointId: toUuid(endpointId),
        events: textArray(deliveries.map(({ event_id }) => event_id)),
      },
    );
    return deliveries.map((row) => toDelivery(row, attempts));
  }

  async #rows<Row>(sql: string, parameters: object, knex: Knex = this.#knex): Promise<readonly Row[]> {
    const { rows } = await sanitized(knex.raw(sql, parameters as never));
    return rows;
  }
}
