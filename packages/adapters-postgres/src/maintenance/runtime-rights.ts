import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { CREDENTIAL_LOCKS } from "../migrations/0006-credential-locks.ts";
import { migrationStatus } from "../migrations/migrate.ts";

/**
 * The rights that the service needs: it never changes payments and deletes only old events. A migration that creates a
 * table adds it here. `update` on an empty lock table is the right to lock it.
 */
const RIGHTS: readonly { readonly rights: string; readonly tables: readonly string[] }[] = [
  {
    rights: "select, insert, update",
    tables: [
      "clients",
      "signing_keys",
      "api_key_usage",
      "request_quotas",
      "sandbox_operations",
      "payment_operations",
      "charges",
      "disputes",
    ],
  },
  { rights: "select, insert", tables: ["payments", "payment_facts", "refunds", "audit_events"] },
  { rights: "select, insert, delete", tables: ["events", "onboarding_tokens"] },
  { rights: "select, insert, update, delete", tables: ["processor_notifications"] },
  { rights: "select, update", tables: ["event_positions"] },
  { rights: "select", tables: ["payments_migrations", "audit_heads"] },
  {
    rights: "select, insert, update, delete",
    tables: ["webhook_endpoints", "webhook_deliveries", "webhook_attempts"],
  },
  { rights: "update", tables: CREDENTIAL_LOCKS },
];

const TABLES = RIGHTS.flatMap(({ tables }) => tables);

/** The role of the service must not own the schema: then an attacker who controls the service cannot change it. */
export class RuntimeRoleUnfit extends Error {
  override readonly name = "RuntimeRoleUnfit";
}

const ROLE = `select rolsuper as superuser, exists (
    select from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relname = any(?::text[])
      and pg_has_role(r.oid, c.relowner, 'member')
  ) as owner
  from pg_roles r where rolname = ?`;

const requireFit = async (trx: Knex, role: string): Promise<void> => {
  const { rows } = await sanitized(trx.raw(ROLE, [textArray(TABLES), role]));
  const [found] = rows;
  if (found === undefined) {
    throw new RuntimeRoleUnfit(`The role ${role} does not exist. Create it with deploy/postgres/create-roles.sql.`);
  }
  if (found.superuser || found.owner) {
    const why = found.superuser ? "is a superuser" : "owns the tables";
    throw new RuntimeRoleUnfit(`The role ${role} ${why}, so its rights cannot be limited. Name another role.`);
  }
};

/**
 * Grants a role exactly the rights that the service needs, and revokes all others on its tables. The owner of the tables
 * must call it after every migration. Rejects with `RuntimeRoleUnfit` if the role does not exist, is a superuser or
 * owns the tables, and with a `RangeError` if a migration is pending.
 */
export const grantRuntimeRights = async (knex: Knex, role: string): Promise<void> => {
  if ((await migrationStatus(knex)).pending.length > 0) throw new RangeError("migrate first");
  await sanitized(
    knex.transaction(async (trx) => {
      await requireFit(trx, role);
      const { rows } = await trx.raw("select current_schema() as schema");
      await trx.raw("grant usage on schema ?? to ??", [rows[0].schema, role]);
      for (const { rights, tables } of RIGHTS) {
        const list = tables.map(() => "??").join(", ");
        await trx.raw(`revoke all on table ${list} from ??`, [...tables, role]);
        await trx.raw(`grant ${rights} on table ${list} to ??`, [...tables, role]);
      }
    }),
  );
};

/** The rights of this connection's role, compared with those that the service needs. */
export interface RuntimeRights {
  /** Such as `insert on payments`. Includes tables that do not exist. */
  readonly missing: readonly string[];
  /** The role can change the schema or grant itself any right. */
  readonly isOwner: boolean;
}

const MISSING = `select n.right || ' on ' || n.name as missing
  from unnest(?::text[], ?::text[]) with ordinality as n (name, "right", number)
  where not coalesce(has_table_privilege(to_regclass(n.name), n.right), false)
  order by n.number`;

/** One name for all lock tables: a role lacks the right on all of them or on none. */
const summarized = (missing: string): string => missing.replace(/ credential_lock_\d+$/, " credential_lock_*");

/** Only reads. */
export const inspectRuntimeRights = async (knex: Knex): Promise<RuntimeRights> => {
  const needed = RIGHTS.flatMap(({ rights, tables }) =>
    tables.flatMap((table) => rights.split(", ").map((right) => [table, right] as const)),
  );
  const { rows: missing }: { rows: readonly { missing: string }[] } = await sanitized(
    knex.raw(MISSING, [textArray(needed.map(([table]) => table)), textArray(needed.map(([, right]) => right))]),
  );
  const { rows: role } = await sanitized(
    knex.raw(ROLE.replace("rolname = ?", "rolname = current_user"), [textArray(TABLES)]),
  );
  return {
    missing: [...new Set(missing.map((row) => summarized(row.missing)))],
    isOwner: role[0].superuser || role[0].owner,
  };
};
