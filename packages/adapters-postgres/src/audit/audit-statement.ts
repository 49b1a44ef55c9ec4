import type { Actor, AuditDetails, AuditEventType } from "@payments/domain";
import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";

/**
 * A part of a `with` list: appends an audit event for each row of `changed`, a part that returns `audit_client`. So the
 * change and its event are one statement. `details` is a SQL expression of type json over the columns of `changed`.
 * `:audit_actor` takes `auditActor(actor)`. Rows without `condition` get no event.
 */
export const auditing = (type: AuditEventType, details: string, condition = "true"): string => `audited as (
  insert into audit_events (client_id, type, actor, details)
  select audit_client, '${type}', cast(:audit_actor as json), ${details} from changed where ${condition}
  order by audit_client collate "C"
)`;

export const auditActor = (actor: Actor): string => JSON.stringify(actor);

/** A time in the JSON of details, as `Date.toISOString` prints it. */
export const isoTime = (time: string): string => `to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** An audit event before storage adds id, sequence, time and hash. */
export interface NewAuditEvent {
  readonly clientId: string;
  readonly type: AuditEventType;
  readonly actor: Actor;
  readonly details: AuditDetails;
}

const APPEND = `insert into audit_events (client_id, type, actor, details)
  select n.client_id, n.type, n.actor::json, n.details::json
  from unnest(?::text[], ?::text[], ?::text[], ?::text[]) as n (client_id, type, actor, details)
  order by n.client_id collate "C"`;

/** Appends audit events in the transaction of their changes. The order prevents deadlocks. */
export const appendAuditEvents = async (trx: Knex.Transaction, events: readonly NewAuditEvent[]): Promise<void> => {
  if (events.length === 0) return;
  const columns = [
    events.map(({ clientId }) => clientId),
    events.map(({ type }) => type),
    events.map(({ actor }) => auditActor(actor)),
    events.map(({ details }) => JSON.stringify(details)),
  ];
  await sanitized(trx.raw(APPEND, columns.map(textArray)));
};
