import type { Knex } from "knex";
import { sanitized } from "../connection/postgres-error.ts";
import { MIGRATION_LOCK } from "./advisory-locks.ts";
import { migrations } from "./index.ts";
import { execute, type Migration } from "./migration.ts";

export interface MigrationStatus {
  /** Also those of a newer version of this package, which this one does not know. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** Not Knex's default name: an older application may have migrations of its own there. */
const TABLE = "payments_migrations";

class MigrationsFromCode implements Knex.MigrationSource<string> {
  async getMigrations(): Promise<string[]> {
    return [...migrations.keys()];
  }

  getMigrationName(name: string): string {
    return name;
  }

  async getMigration(name: string): Promise<Migration> {
    const migration = migrations.get(name);
    if (migration === undefined) throw new RangeError(`there is no migration ${name}`);
    return migration;
  }
}

/** For Knex's own migrator, inside a transaction of the caller. */
export const migratorConfig: Knex.MigratorConfig = {
  migrationSource: new MigrationsFromCode(),
  tableName: TABLE,
  disableTransactions: true,
};

/** Reads only, and works on an empty database too. */
export const migrationStatus = async (knex: Knex): Promise<MigrationStatus> => {
  const { rows } = await sanitized(knex.raw("select to_regclass(?) is not null as found", [TABLE]));
  const applied: string[] = rows[0].found ? await sanitized(knex(TABLE).orderBy("id").pluck("name")) : [];
  const known = new Set(applied);
  return { applied, pending: [...migrations.keys()].filter((name) => !known.has(name)) };
};

/**
 * Brings the schema up to date and returns the names of what was applied: all of it or, on an error,
 * nothing. Any number of processes may do so at once: one works, the others wait for it. Where nothing is
 * pending it only reads, so that a role without rights on the schema can start.
 */
export const migrate = async (knex: Knex): Promise<readonly string[]> => {
  if ((await migrationStatus(knex)).pending.length === 0) return [];
  return sanitized(
    knex.transaction(async (trx) => {
      // Knex's own lock is a row in a table, which breaks when several processes create that table at once.
      await execute(
        trx,
        "set local lock_timeout = 0",
        "set local statement_timeout = 0",
        `select pg_advisory_xact_lock(${MIGRATION_LOCK})`,
      );
      if ((await migrationStatus(trx)).pending.length === 0) return [];
      const [, applied]: [number, string[]] = await trx.migrate.latest(migratorConfig);
      return applied;
    }),
  );
};
