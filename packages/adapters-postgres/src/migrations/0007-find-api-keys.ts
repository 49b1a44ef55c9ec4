import { execute, type Migration } from "./migration.ts";

/**
 * Looks keys up without being told a plain one, and without telling by the time it takes whether a key is held.
 *
 * A row of an older application that still holds a plain key is found by that key's SHA-256, so that no
 * statement has a key in it that PostgreSQL would write to its log.
 */
export const findApiKeys: Migration = {
  async up(trx) {
    await execute(trx, PLAIN_FORM, plainIndex("api_key"), plainIndex("former_api_key"), FIND_API_KEYS);
  },

  async down(trx) {
    await execute(
      trx,
      "drop function find_api_keys",
      "drop index clients_plain_former_api_key",
      "drop index clients_plain_api_key",
      "drop function plain_api_key_form",
    );
  },
};

/** Null for what does not look like a plain key; such a key is ASCII without a backslash, so `decode` takes it as it is. */
const PLAIN_FORM = `create function plain_api_key_form(stored text) returns text language sql immutable parallel safe
  return case when stored ~ '^[A-Za-z][A-Za-z0-9_]{0,30}_[0-9A-Za-z]{49}$'
    then 'plain-sha256:' || encode(sha256(decode(stored, 'escape')), 'hex') end`;

/** Holds nothing once all keys are digests. */
const plainIndex = (column: string): string =>
  `create index clients_plain_${column} on clients (plain_api_key_form(${column}))
    where plain_api_key_form(${column}) is not null`;

/**
 * For every form, in any order, the clients that hold it, or one row of nulls. Whatever the answer is, the same
 * indexes are searched and a row comes back: an unknown key takes as long as one that is held but refused.
 * Without the settings a session that planned it while there were few clients would go on reading all of them.
 */
const FIND_API_KEYS = `create function find_api_keys(forms text[]) returns table (
  form text, client_id text, active boolean, former boolean, ends_at timestamptz, ended boolean
) language plpgsql stable security invoker rows 10
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  return query
  select w.form, h.id::text, h.status::text = 'active', h.former, h.ends_at,
    h.former and h.ends_at > clock_timestamp() is not true
  from unnest(forms) as w (form)
  left join lateral (
    select c.id, c.status, false as former, null::timestamptz as ends_at from clients c where c.api_key = w.form
    union all
    select c.id, c.status, true, c.former_api_key_ends_at from clients c where c.former_api_key = w.form
    union all
    select c.id, c.status, false, null from clients c where plain_api_key_form(c.api_key) = w.form
    union all
    select c.id, c.status, true, c.former_api_key_ends_at from clients c
      where plain_api_key_form(c.former_api_key) = w.form
  ) h on true;
end $$`;
