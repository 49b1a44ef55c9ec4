import { execute, type Migration } from "./migration.ts";

/**
 * The audit events of each client, chained by hash. A statement inserts `client_id`, `type`, `actor` and `details`; a
 * trigger adds the rest, so the service's role can choose neither time nor place in the chain. `audit_heads` has the
 * last sequence and hash of each client: it shows that last events were deleted. Its row lock orders the changes of a
 * client.
 *
 * Nothing changes or deletes an event: the service's role has no right, and a trigger stops the owner.
 */
export const auditEvents: Migration = {
  async up(trx) {
    const { rows } = await trx.raw("select quote_ident(current_schema()) as schema");
    await execute(
      trx,
      `create table audit_events (
        bucket smallint not null,
        client_id text not null,
        sequence bigint not null,
        id uuid not null,
        type text not null,
        actor json not null,
        details json not null,
        created_at timestamptz not null,
        hash bytea not null,
        primary key (bucket, client_id, sequence)
      )`,
      "create index audit_events_newest_first on audit_events (id)",
      `create table audit_heads (
        bucket smallint not null,
        client_id text not null,
        sequence bigint not null,
        hash bytea not null,
        primary key (bucket, client_id)
      )`,
      AUDIT_EVENT_HASH,
      chainAuditEvent(rows[0].schema),
      "create trigger audit_event_chained before insert on audit_events for each row execute function chain_audit_event()",
      KEEP_AUDIT_EVENTS,
      `create trigger audit_events_kept before update or delete or truncate on audit_events
        for each statement execute function keep_audit_events()`,
    );
  },

  async down(trx) {
    await execute(
      trx,
      "drop table audit_heads",
      "drop table audit_events",
      "drop function keep_audit_events",
      "drop function chain_audit_event",
      "drop function audit_event_hash",
    );
  },
};

/**
 * SHA-256 over the previous hash and the fields, each after its length in bytes: no two events have the same text.
 * `auditEventHash` computes the same.
 */
const AUDIT_EVENT_HASH = `create function audit_event_hash(previous bytea, fields text[]) returns bytea
  language sql immutable as $$
  select sha256(previous || convert_to(string_agg(octet_length(f.field) || ':' || f.field, '' order by f.number), 'UTF8'))
  from unnest(fields) with ordinality as f (field, number)
$$`;

/** Runs with the owner's rights: the service's role must not write heads. The id is a UUIDv7 of the database's clock. */
const chainAuditEvent = (schema: string): string => `create function chain_audit_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, ${schema}, pg_temp as $$
declare
  head record;
begin
  new.bucket := client_bucket(new.client_id);
  insert into audit_heads values (new.bucket, new.client_id, 0, '') on conflict do nothing;
  select h.sequence, h.hash into head from audit_heads h
    where h.bucket = new.bucket and h.client_id = new.client_id for update;
  new.sequence := head.sequence + 1;
  new.created_at := clock_timestamp();
  new.id := encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
    substring(int8send(floor(extract(epoch from new.created_at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1),
    'hex')::uuid;
  new.hash := audit_event_hash(head.hash, array[new.client_id, new.sequence::text, new.id::text, new.type,
    new.actor::text, new.details::text,
    to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')]);
  update audit_heads h set sequence = new.sequence, hash = new.hash
    where h.bucket = new.bucket and h.client_id = new.client_id;
  return new;
end $$`;

const KEEP_AUDIT_EVENTS = `create function keep_audit_events() returns trigger language plpgsql as $$
begin
  raise exception 'audit events cannot be changed or deleted' using errcode = 'insufficient_privilege';
end $$`;
