import {
  type Actor,
  type AuditDetails,
  type AuditEventType,
  type ClientId,
  type EncryptedSecret,
  MAXIMUM_WEBHOOK_ENDPOINTS,
  type OverlapSeconds,
  rotateWebhookSecrets,
  type StorageUnavailable,
  toUuid,
  type WebhookEndpoint,
  type WebhookEndpointChanges,
  type WebhookEndpointId,
  type WebhookEndpointLimitReached,
  type WebhookEndpointNotFound,
  type WebhookEndpointRepository,
  type WebhookSecrets,
} from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { appendAuditEvents } from "../audit/audit-statement.ts";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized, unavailableOrThrow } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { type EndpointRow, toEndpoint } from "./webhook-row.ts";
import { ENDPOINT_COLUMNS, LAST_UUID } from "./webhook-statements.ts";

const notFound: WebhookEndpointNotFound = { type: "webhook-endpoint-not-found" };

const keyOf = (clientId: ClientId, id: WebhookEndpointId) => ({
  bucket: bucketOf(clientId),
  client_id: clientId,
  id: toUuid(id),
});

const secretColumns = ({ current, former }: WebhookSecrets) => ({
  secret: current,
  former_secret: former?.secret ?? null,
  former_secret_ends_at: former?.endsAt ?? null,
});

const audit = (
  trx: Knex.Transaction,
  type: AuditEventType,
  { clientId, id }: { readonly clientId: ClientId; readonly id: WebhookEndpointId },
  actor: Actor,
  details: AuditDetails,
): Promise<void> => appendAuditEvents(trx, [{ clientId, type, actor, details: { endpointId: id, ...details } }]);

/** Creations of one client take turns, so that their count holds until the row is stored. */
const LOCK = "select pg_advisory_xact_lock(hashtextextended('webhook endpoints of ' || ?, 0))";

/** The cursor starts before every transaction that is still open. */
const START = { feed_position: "event_horizon() - 1", feed_event_id: `'${LAST_UUID}'` };

/** Endpoints in the table `webhook_endpoints`. */
export class KnexWebhookEndpointRepository implements WebhookEndpointRepository {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  create(endpoint: WebhookEndpoint, actor: Actor): ResultAsync<void, WebhookEndpointLimitReached | StorageUnavailable> {
    const { clientId, eventTypes } = endpoint;
    const created = this.#knex.transaction(async (trx): Promise<Result<void, WebhookEndpointLimitReached>> => {
      await sanitized(trx.raw(LOCK, [clientId]));
      const owned = { bucket: bucketOf(clientId), client_id: clientId };
      const [{ count } = { count: 0 }] = await sanitized(trx("webhook_endpoints").where(owned).count());
      if (Number(count) >= MAXIMUM_WEBHOOK_ENDPOINTS) return err({ type: "webhook-endpoint-limit-reached" });
      await sanitized(
        trx("webhook_endpoints").insert({
          ...keyOf(clientId, endpoint.id),
          url: endpoint.url,
          event_types: eventTypes === null ? null : textArray(eventTypes),
          description: endpoint.description,
          disabled_reason: endpoint.disabledReason,
          ...secretColumns(endpoint.secrets),
          feed_position: trx.raw(START.feed_position),
          feed_event_id: trx.raw(START.feed_event_id),
          created_at: endpoint.createdAt,
          updated_at: endpoint.updatedAt,
        }),
      );
      await audit(trx, "webhook-endpoint-created", endpoint, actor, { eventTypes });
      return ok();
    });
    return ResultAsync.fromPromise(created, unavailableOrThrow).andThen((result) => result);
  }

  list(clientId: ClientId): ResultAsync<readonly WebhookEndpoint[], StorageUnavailable> {
    const statement = this.#knex.raw(
      `select ${ENDPOINT_COLUMNS} from webhook_endpoints where bucket = ? and client_id = ? order by id desc`,
      [bucketOf(clientId), clientId],
    );
    return ResultAsync.fromPromise(sanitized(statement), unavailableOrThrow).map(
      ({ rows }: { rows: readonly EndpointRow[] }) => rows.map(toEndpoint),
    );
  }

  find(
    clientId: ClientId,
    id: WebhookEndpointId,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable> {
    return this.#one(this.#knex("webhook_endpoints").where(keyOf(clientId, id)));
  }

  update(
    clientId: ClientId,
    id: WebhookEndpointId,
    requested: WebhookEndpointChanges,
    now: Date,
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable> {
    const { url, eventTypes, description, disabledReason } = requested;
    const changes = {
      // The failures of another URL do not count.
      ...(url !== undefined && {
        url,
        failing_since: this.#knex.raw("case when url = ? then failing_since end", [url]),
      }),
      ...(eventTypes !== undefined && { event_types: eventTypes === null ? null : textArray(eventTypes) }),
      ...(description !== undefined && { description }),
      ...(disabledReason !== undefined && { disabled_reason: disabledReason }),
      ...(disabledReason === null && { failing_since: null }),
      updated_at: now,
    };
    const details = { changed: Object.keys(requested), ...(disabledReason !== undefined && { disabledReason }) };
    const updated = this.#knex.transaction(async (trx) => {
      const rows: readonly EndpointRow[] = await sanitized(
        trx("webhook_endpoints").where(keyOf(clientId, id)).update(changes).returning("*"),
      );
      if (rows.length > 0) await audit(trx, "webhook-endpoint-updated", { clientId, id }, actor, details);
      return rows;
    });
    return this.#one(updated);
  }

  rotateSecret(
    clientId: ClientId,
    id: WebhookEndpointId,
    next: EncryptedSecret,
    overlapSeconds: OverlapSeconds,
    actor: Actor,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable> {
    const rotated = this.#knex.transaction(async (trx): Promise<readonly EndpointRow[]> => {
      const key = keyOf(clientId, id);
      const [row]: readonly (EndpointRow & { now: Date })[] = await sanitized(
        trx("webhook_endpoints").select("*", trx.raw("clock_timestamp() as now")).where(key).forUpdate(),
      );
      if (row === undefined) return [];
      const secrets = rotateWebhookSecrets(toEndpoint(row).secrets, next, overlapSeconds, row.now);
      const changes = { ...secretColumns(secrets), updated_at: row.now };
      await audit(trx, "webhook-secret-rotated", { clientId, id }, actor, { overlapSeconds });
      return sanitized(trx("webhook_endpoints").where(key).update(changes).returning("*"));
    });
    return this.#one(rotated);
  }

  delete(
    clientId: ClientId,
    id: WebhookEndpointId,
    actor: Actor,
  ): ResultAsync<void, WebhookEndpointNotFound | StorageUnavailable> {
    const deleted = this.#knex.transaction(async (trx) => {
      const rows: readonly EndpointRow[] = await sanitized(
        trx("webhook_endpoints").where(keyOf(clientId, id)).delete().returning("*"),
      );
      if (rows.length > 0) await audit(trx, "webhook-endpoint-deleted", { clientId, id }, actor, {});
      return rows;
    });
    return this.#one(deleted).map(() => undefined);
  }

  #one(
    statement: PromiseLike<readonly EndpointRow[]>,
  ): ResultAsync<WebhookEndpoint, WebhookEndpointNotFound | StorageUnavailable> {
    return ResultAsync.fromPromise(sanitized(statement), unavailableOrThrow).andThen(([row]) =>
      row === undefined ? err(notFound) : ok(toEndpoint(row)),
    );
  }
}
