import type { Actor, ClientId, ClientNotFound } from "@payments/domain";
import type { Knex } from "knex";
import { err, ok, type Result } from "neverthrow";
import { auditActor, auditing } from "../audit/audit-statement.ts";
import { END_KEYS } from "../clients/client-statements.ts";
import { bucketOf } from "../connection/client-bucket.ts";
import { sanitized } from "../connection/postgres-error.ts";

export interface EraseOptions {
  readonly actor: Actor;
  /** Rows per transaction. */
  readonly batchSize: number;
}

/** Only a closed client is erased: an active one would go on to send personal data. */
export interface ClientActive {
  readonly type: "client-active";
}

/** The role of this connection cannot change payments, as the service's role cannot. */
export interface EraseNotAllowed {
  readonly type: "erase-not-allowed";
}

export interface ErasedClient {
  /** Rows whose texts were erased. Zero: nothing was left to erase. */
  readonly rows: number;
}

const ERASE_CLIENT = `with changed as (
    update clients set name = 'Erased client', email = :email, creation_fingerprint = null, ${END_KEYS}
    where bucket = :bucket and id = :id and status::text is distinct from 'active'
    returning id as audit_client
  ), deleted as (
    delete from webhook_endpoints where bucket = :bucket and client_id in (select audit_client from changed)
  ), ${auditing("client-erased", "cast('{}' as json)")}
  select from changed`;

const without = (json: string, field: string, empty: string): string =>
  `case when ${json} -> '${field}' is null then '{}' else '{"${field}": ${empty}}' end::jsonb`;

/** An event's copy of a payment, refund or endpoint. */
const OBJECT = "object::jsonb";

interface BatchResult {
  readonly rows: readonly { readonly upper: readonly string[] | null; readonly changed: string }[];
}

interface Erasure {
  readonly table: string;
  /** The columns after `client_id` in an index. */
  readonly cursor: readonly string[];
  /** Values below all others. */
  readonly start: readonly string[];
  readonly set: string;
  /** Rows that still hold texts. */
  readonly where: string;
}

const NIL = "00000000-0000-0000-0000-000000000000";

/** Instead of the content of a request. It equals no content, so a repeated request is refused. */
const ERASED = "erased";

/** Where a client's texts are stored. A migration that adds such a table or column adds it here. */
const ERASURES: readonly Erasure[] = [
  {
    table: "payments",
    cursor: ["id"],
    start: [NIL],
    set: "description = null, metadata = '{}'",
    where: "description is not null or metadata::text <> '{}'",
  },
  { table: "refunds", cursor: ["id"], start: [NIL], set: "reason = null", where: "reason is not null" },
  {
    table: "payment_operations",
    cursor: ["payment_id"],
    start: [NIL],
    // The key stays: without it, a repeated request of a client that is active again would be another refund.
    set: `parameters = jsonb_set(parameters::jsonb, '{request,content}', '"${ERASED}"')::json`,
    where: `parameters #>> '{request,content}' <> '${ERASED}'`,
  },
  {
    table: "events",
    cursor: ["position"],
    start: ["-1"],
    set: `object = (${OBJECT} || ${without(OBJECT, "description", "null")} || ${without(OBJECT, "metadata", "{}")}
      || ${without(OBJECT, "reason", "null")})::json`,
    where: `object ->> 'description' is not null or object ->> 'reason' is not null
      or coalesce(object ->> 'metadata', '{}') <> '{}'`,
  },
  {
    table: "webhook_deliveries",
    cursor: ["endpoint_id", "event_id"],
    start: [NIL, NIL],
    // Only test events are stored here. Each has a copy of its endpoint.
    set: `event = jsonb_set(jsonb_set(event::jsonb, '{data,object,description}', 'null', false),
      '{data,object,url}', 'null', false)::json, response = null`,
    where: `event #>> '{data,object,description}' is not null or event #>> '{data,object,url}' is not null
      or response is not null`,
  },
  {
    table: "webhook_attempts",
    cursor: ["endpoint_id", "event_id"],
    start: [NIL, NIL],
    set: "response = null",
    where: "response is not null",
  },
];

/** Erases the next rows of a client, in the order of the cursor. `upper` is null after the last. */
const eraseBatch = ({ table, cursor, set, where }: Erasure): string => {
  const columns = cursor.join(", ");
  const after = `(${columns}) > (${cursor.map((column) => `:${column}`).join(", ")})`;
  return `with batch as (
    select ${columns} from ${table} where bucket = :bucket and client_id = :client and ${after}
    order by ${columns} limit :batch_size
  ), range as (
    select ${columns} from batch order by ${cursor.map((column) => `${column} desc`).join(", ")} limit 1
  ), changed as (
    update ${table} set ${set}
    where bucket = :bucket and client_id = :client and ${after} and (${columns}) <= (select ${columns} from range)
      and (${where})
    returning 1
  )
  select (select array[${cursor.map((column) => `${column}::text`).join(", ")}] from range) as upper,
    (select count(*) from changed) as changed`;
};

const mayErase = async (knex: Knex): Promise<boolean> => {
  const rights = ERASURES.map(({ table }) => `has_table_privilege('${table}', 'update')`).join(" and ");
  const { rows } = await sanitized(knex.raw(`select ${rights} as allowed`));
  return rows[0].allowed;
};

/**
 * Replaces the name and email address of an inactive client, ends its keys, deletes its webhook endpoints, and erases the
 * descriptions, metadata and reasons of its payments, refunds and events, and what its endpoints responded. Amounts,
 * states, ids and idempotency keys stay.
 *
 * The first statement changes the client, its keys and endpoints, and stores the audit event. If a call is interrupted after that, a
 * repeated call completes it.
 */
export const eraseClient = async (
  knex: Knex,
  id: ClientId,
  { actor, batchSize }: EraseOptions,
): Promise<Result<ErasedClient, ClientNotFound | ClientActive | EraseNotAllowed>> => {
  if (!(await mayErase(knex))) return err({ type: "erase-not-allowed" });
  const client = { bucket: bucketOf(id), id };
  const { rows: known } = await sanitized(knex.raw("select from clients where bucket = :bucket and id = :id", client));
  if (known.length === 0) return err({ type: "client-not-found" });
  // An older application's table may require unique addresses.
  const email = `erased-${crypto.randomUUID()}@erased.invalid`;
  const bindings = { ...client, email, now: new Date().toISOString(), audit_actor: auditActor(actor) };
  const erased = await sanitized(knex.raw(ERASE_CLIENT, bindings));
  if (erased.rowCount === 0) return err({ type: "client-active" });
  let rows = 0;
  for (const erasure of ERASURES) {
    for (let after: readonly string[] | null = erasure.start; after !== null; ) {
      const values = after;
      const cursor = Object.fromEntries(erasure.cursor.map((column, index) => [column, values[index] ?? ""]));
      const range = { ...cursor, bucket: client.bucket, client: id, batch_size: batchSize };
      const batch: BatchResult = await sanitized(knex.raw(eraseBatch(erasure), range));
      rows += Number(batch.rows[0]?.changed);
      after = batch.rows[0]?.upper ?? null;
    }
  }
  return ok({ rows });
};
