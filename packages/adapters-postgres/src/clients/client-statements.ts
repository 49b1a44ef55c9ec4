import { auditing, isoTime } from "../audit/audit-statement.ts";
import { KEY_HINT } from "./plain-api-key.ts";

export interface ClientRow {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly mode: string;
  readonly status: string | null;
  readonly key_hint: string | null;
  readonly fee_basis_points: number;
  readonly fee_fixed: string;
  readonly processor_account: string | null;
  readonly processor_charges_enabled: boolean;
  readonly created_at: unknown;
  readonly updated_at: unknown;
}

export const COLUMNS = `id, name, email, mode, status::text as status, ${KEY_HINT} as key_hint,
  fee_basis_points, fee_fixed, processor_account, processor_charges_enabled, created_at::timestamptz as created_at, updated_at::timestamptz as updated_at`;

export const FIND = `select ${COLUMNS} from clients where bucket = :bucket and id = :id`;

/**
 * An older application's column may have no time zone. It then stores the UTC text unchanged. A null creation key
 * conflicts with nothing.
 */
export const CREATE = `with changed as (
    insert into clients (id, name, email, mode, status, fee_basis_points, fee_fixed, api_key, api_key_hint,
      creation_key, creation_fingerprint, created_at, updated_at)
    values (:id, :name, :email, :mode, :status, :fee_basis_points, :fee_fixed, :key, :hint,
      :creation, :fingerprint, :created, :updated)
    on conflict (creation_key) where creation_key is not null do nothing
    returning id as audit_client, api_key_hint, mode
  ), ${auditing("client-created", "json_build_object('keyHint', api_key_hint, 'mode', mode)")}
  select from changed`;

export const UPDATE = `with changed as (
    update clients set name = coalesce(:name, name), email = coalesce(:email, email),
      status = coalesce(:status, status),
      fee_basis_points = coalesce(:fee_basis_points, fee_basis_points), fee_fixed = coalesce(:fee_fixed, fee_fixed),
      processor_account = coalesce(:processor_account, processor_account),
      processor_charges_enabled = coalesce(:processor_charges_enabled, processor_charges_enabled),
      updated_at = :now
    where bucket = :bucket and id = :id
    returning ${COLUMNS}, id as audit_client
  ), ${auditing(
    "client-updated",
    `json_build_object('fields', cast(:fields as json), 'status', status, 'keyHint', key_hint,
      'fee', json_build_object('basisPoints', fee_basis_points, 'fixed', fee_fixed),
      'processorAccount', processor_account, 'processorChargesEnabled', processor_charges_enabled)`,
  )}
  select * from changed`;

const IN_OVERLAP = "former_api_key is not null and former_api_key_ends_at > clock_timestamp()";

/** The end of a `case` that records which key ended last: the former key, or the one that was recorded before. */
const ELSE_FORMER_HINT = "when former_api_key is not null then former_api_key_hint else ended_api_key_hint end";
const ELSE_FORMER_END = `when former_api_key is not null
  then least(former_api_key_ends_at, clock_timestamp()) else ended_api_key_at end`;

const REPLACED = "case when cast(:overlap as integer) = 0 and api_key is not null";

/** No row: the client does not exist, or an overlap is in progress. */
export const ROTATE = `with changed as (
    update clients set
      ended_api_key_hint = ${REPLACED} then ${KEY_HINT} ${ELSE_FORMER_HINT},
      ended_api_key_at = ${REPLACED} then clock_timestamp() ${ELSE_FORMER_END},
      former_api_key = case when cast(:overlap as integer) > 0 then api_key end,
      former_api_key_hint = case when cast(:overlap as integer) > 0 then ${KEY_HINT} end,
      former_api_key_ends_at = case when cast(:overlap as integer) > 0 and api_key is not null
        then clock_timestamp() + make_interval(secs => :overlap) end,
      api_key = :key, api_key_hint = :hint, api_key_revoked_at = null, updated_at = cast(:now as timestamptz)
    where bucket = :bucket and id = :id and (cast(:force as boolean) or (${IN_OVERLAP}) is not true)
    returning former_api_key_ends_at, id as audit_client
  ), ${auditing(
    "api-key-rotated",
    `json_build_object('keyHint', cast(:hint as text), 'overlapEndsAt', ${isoTime("former_api_key_ends_at")})`,
  )}
  select former_api_key_ends_at from changed`;

/** Ends a former key. */
const END_FORMER_KEY =
  "former_api_key = null, former_api_key_hint = null, former_api_key_ends_at = null, updated_at = cast(:now as timestamptz)";

/** Ends every key. */
export const END_KEYS = `ended_api_key_hint = case when api_key is not null then ${KEY_HINT} ${ELSE_FORMER_HINT},
    ended_api_key_at = case when api_key is not null then clock_timestamp() ${ELSE_FORMER_END},
    api_key = null, api_key_hint = null,
    api_key_revoked_at = coalesce(api_key_revoked_at, cast(:now as timestamptz)), ${END_FORMER_KEY}`;

/** Returns the hints of what ended. `isChange` is true if the call changes which keys work. */
const ending = (changes: string, endedHint: string, isChange: string, audited: string): string => `with ended as (
    select id as client_id, ${endedHint} as key_hint, case when ${IN_OVERLAP} then former_api_key_hint end as former_hint,
      ${isChange} as is_change
    from clients where bucket = :bucket and id = :id for update
  ), changed as (
    update clients set ${changes}
    from ended where bucket = :bucket and id = client_id
    returning ended.key_hint, ended.former_hint, ended.is_change, ended.client_id as audit_client
  ), ${audited}
  select key_hint, former_hint from changed`;

export const REVOKE = ending(
  END_KEYS,
  `case when api_key is not null then ${KEY_HINT} end`,
  "api_key is not null or api_key_revoked_at is null",
  auditing("api-key-revoked", "json_build_object('keyHint', key_hint, 'formerKeyHint', former_hint)", "is_change"),
);

export const END_FORMER = ending(
  `ended_api_key_hint = case when false then null ${ELSE_FORMER_HINT},
    ended_api_key_at = case when false then null ${ELSE_FORMER_END}, ${END_FORMER_KEY}`,
  "cast(null as text)",
  IN_OVERLAP,
  auditing("former-api-key-ended", "json_build_object('formerKeyHint', former_hint)", "is_change"),
);
