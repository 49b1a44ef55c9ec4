import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { textArray } from "../connection/text-array.ts";
import { migrationStatus } from "../migrations/migrate.ts";

/**
 * What the service does with each table, and no more: payments are never changed, and nothing is deleted. A
 * migration that makes a table adds it here.
 */
const RIGHTS: Readonly<Record<string, string>> = {
  clients: "select, insert, update",
  payments: "select, insert",
  api_key_usage: "select, insert, update",
  payments_migrations: "select",
  request_quotas: "select, insert, update",
};

/** Who runs the service is to be no owner of the schema: then nothing that gets hold of it can change the schema. */
export class RuntimeRoleUnfit extends Error {
  override readonly name = "RuntimeRoleUnfit";
}

const ROLE = `select rolsuper as superuser, exists (
    select from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relname = any(?::text[])
      and pg_has_role(r.oid, c.relowner, 'member')
  ) as owner
  from pg_roles r where rolname = ?`;

const requireFit = async (trx: Knex, role: string): Promise<void> => {
  const { rows } = await sanitized(trx.raw(ROLE, [textArray(Object.keys(RIGHTS)), role]));
  const [found] = rows;
  if (found === undefined) {
    throw new RuntimeRoleUnfit(`There is no role ${role}: create it first, as deploy/postgres/create-roles.sql does.`);
  }
  if (found.superuser || found.owner) {
    const why = found.superuser ? "is a superuser" : "owns the tables";
    throw new RuntimeRoleUnfit(`The role ${role} ${why}, so no right can be kept from it: name another one.`);
  }
};

/**
 * Gives a role exactly the rights that the service needs on an up-to-date schema, and takes all others on its
 * tables from it. To be done by the owner of the tables, after every migration. Rejects with `RuntimeRoleUnfit`
 * where the role is missing, is a superuser or owns the tables, and with a `RangeError` where a migration is
 * pending.
 */
export const grantRuntimeRights = async (knex: Knex, role: string): Promise<void> => {
  if ((await migrationStatus(knex)).pending.length > 0) throw new RangeError("migrate first");
  await sanitized(
    knex.transaction(async (trx) => {
      await requireFit(trx, role);
      const { rows } = await trx.raw("select current_schema() as schema");
      await trx.raw("grant usage on schema ?? to ??", [rows[0].schema, role]);
      for (const [table, rights] of Object.entries(RIGHTS)) {
        await trx.raw("revoke all on table ?? from ??", [table, role]);
        await trx.raw(`grant ${rights} on table ?? to ??`, [table, role]);
      }
    }),
  );
};

/** How the role of this connection stands to what the service needs of it. */
export interface RuntimeRights {
  /** Such as `insert on payments`; also of tables that are not there. */
  readonly missing: readonly string[];
  /** It could change the schema, or take itself any right: more than the service needs. */
  readonly isOwner: boolean;
}

const MISSING = `select n.right || ' on ' || n.name as missing
  from unnest(?::text[], ?::text[]) with ordinality as n (name, "right", number)
  where not coalesce(has_table_privilege(to_regclass(n.name), n.right), false)
  order by n.number`;

/** Reads only. */
export const inspectRuntimeRights = async (knex: Knex): Promise<RuntimeRights> => {
  const needed = Object.entries(RIGHTS).flatMap(([name, rights]) => rights.split(", ").map((right) => [name, right]));
  const { rows: missing }: { rows: readonly { missing: string }[] } = await sanitized(
    knex.raw(MISSING, [textArray(needed.map(([name = ""]) => name)), textArray(needed.map(([, right = ""]) => right))]),
  );
  const { rows: role } = await sanitized(
    knex.raw(ROLE.replace("rolname = ?", "rolname = current_user"), [textArray(Object.keys(RIGHTS))]),
  );
  return { missing: missing.map((row) => row.missing), isOwner: role[0].superuser || role[0].owner };
};
