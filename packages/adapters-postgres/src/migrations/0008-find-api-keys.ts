import { execute, type Migration } from "./migration.ts";

/**
 * Looks up keys by their stored forms, in a time that does not reveal whether a client holds the key.
 *
 * An older application's row may still hold a plain key. Its SHA-256 finds it, so that no statement contains a key
 * that PostgreSQL could log.
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

/** Null unless the text looks like a plain key. Such a key is ASCII without a backslash, so `decode` keeps its bytes. */
const PLAIN_FORM = `create function plain_api_key_form(stored text) returns text language sql immutable parallel safe
  return case when stored ~ '^[A-Za-z][A-Za-z0-9_]{0,30}_[0-9A-Za-z]{49}$'
    then 'plain-sha256:' || encode(sha256(decode(stored, 'escape')), 'hex') end`;

/** Empty once all keys are digests. */
const plainIndex = (column: string): string =>
  `create index clients_plain_${column} on clients (plain_api_key_form(${column}))
    where plain_api_key_form(${column}) is not null`;

const nearest = (form: string, former: string, endsAt: string): string =>
  `(select ${form} = w.form as held, c.id, c.mode, c.fee_basis_points, c.fee_fixed, c.processor_account, c.status, ${former} as former, ${endsAt} as ends_at
      from clients c where ${form} >= w.form order by ${form} limit 1)`;

/**
 * Returns one row per form. It searches the index for the nearest form and compares that form last. So a known key and
 * an unknown one read the same pages and return rows of the same size. A row has an id only if a client holds the form.
 *
 * The plan is made once per session, because planning takes as long as the search. The other settings prevent a plan
 * that scans all clients: a session may make its plan while the table is small.
 */
const FIND_API_KEYS = `create function find_api_keys(forms text[]) returns table (
  form text, held boolean, client_id text, mode text, fee_basis_points integer, fee_fixed bigint, processor_account text,
  active boolean, former boolean, ends_at timestamptz, ended boolean
) language plpgsql stable security invoker rows 10
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan as $$
begin
  return query
  select w.form, coalesce(h.held, false), case when h.held then h.id::text else repeat('-', 36) end,
    h.mode, h.fee_basis_points, h.fee_fixed, h.processor_account, h.status::text = 'active', h.former, h.ends_at, h.former and h.ends_at > clock_timestamp() is not true
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
