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

const nearest = (form: string, former: string, endsAt: string): string =>
  `(select ${form} = w.form as held, c.id, c.mode, c.status, ${former} as former, ${endsAt} as ends_at
      from clients c where ${form} >= w.form order by ${form} limit 1)`;

/**
 * For every form one row, whether it is held or not. What is searched is the nearest form that an index has, and
 * whether that is the one is decided last, so that a key that is held costs what an unknown one does: the same pages
 * are read, and an answer of the same size is made. An id is in it only where the form is held.
 *
 * Planned once for a session: planning takes as long as the search. Without the other settings a session that planned
 * it while there were few clients would go on reading all of them when there are many.
 */
const FIND_API_KEYS = `create function find_api_keys(forms text[]) returns table (
  form text, held boolean, client_id text, mode text, active boolean, former boolean, ends_at timestamptz, ended boolean
) language plpgsql stable security invoker rows 10
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
begin
  return query
  select w.form, coalesce(h.held, false), case when h.held then h.id::text else repeat('-', 36) end,
    h.mode, h.status::text = 'active', h.former, h.ends_at, h.former and h.ends_at > clock_timestamp() is not true
  from unnest(forms) as w (form)
  left join lateral (
    select n.* from (
      ${nearest("c.api_key", "false", "null::timestamptz")}
      union all
      ${nearest("c.former_api_key", "true", "c.former_api_key_ends_at")}
      union all
      ${nearest("plain_api_key_form(c.api_key)", "false", "null::timestamptz")}
      union all
      ${nearest("plain_api_key_form(c.former_api_key)", "true", "c.former_api_key_ends_at")}
    ) n order by n.held desc limit 1
  ) h on true;
end $$`;
