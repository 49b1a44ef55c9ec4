import type { Knex } from "knex";
import { checkBuckets } from "../connection/client-bucket.ts";
import { sanitized } from "../connection/postgres-error.ts";
import { keepEventPositions } from "../events/event-positions.ts";
import { clientBucket } from "./0001-client-bucket.ts";
import { clients } from "./0002-clients.ts";
import { payments } from "./0003-payments.ts";
import { apiKeyUsage } from "./0004-api-key-usage.ts";
import { requestQuotas } from "./0005-request-quotas.ts";
import { credentialLocks } from "./0006-credential-locks.ts";
import { createPayments } from "./0007-create-payments.ts";
import { findApiKeys } from "./0008-find-api-keys.ts";
import { listPayments } from "./0009-list-payments.ts";
import { sandboxOperations } from "./0010-sandbox-operations.ts";
import { charges } from "./0011-charges.ts";
import { events } from "./0012-events.ts";
import { processorNotifications } from "./0013-processor-notifications.ts";
import { onboardingTokens } from "./0014-onboarding-tokens.ts";
import { webhookEndpoints } from "./0015-webhook-endpoints.ts";
import { webhookDeliveries } from "./0016-webhook-deliveries.ts";
import { auditEvents } from "./0017-audit-events.ts";
import { signingKeys } from "./0018-signing-keys.ts";
import { execute, type Migration } from "./migration.ts";

export interface MigrationStatus {
  /** Includes migrations of newer versions of this package. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** In the order in which they run. Databases store the names, so they never change. */
const migrations: ReadonlyMap<string, Migration> = new Map([
  ["0001-client-bucket", clientBucket],
  ["0002-clients", clients],
  ["0003-payments", payments],
  ["0004-api-key-usage", apiKeyUsage],
  ["0005-request-quotas", requestQuotas],
  ["0006-credential-locks", credentialLocks],
  ["0007-create-payments", createPayments],
  ["0008-find-api-keys", findApiKeys],
  ["0009-list-payments", listPayments],
  ["0010-sandbox-operations", sandboxOperations],
  ["0011-charges", charges],
  ["0012-events", events],
  ["0013-processor-notifications", processorNotifications],
  ["0014-onboarding-tokens", onboardingTokens],
  ["0015-webhook-endpoints", webhookEndpoints],
  ["0016-webhook-deliveries", webhookDeliveries],
  ["0017-audit-events", auditEvents],
  ["0018-signing-keys", signingKeys],
]);

/** Exclusive while migrations run. */
export const MIGRATION_LOCK = "1885434739, 1";

/** Not Knex's default name: an older application may keep its own migrations there. */
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
    if (migration === undefined) throw new RangeError(`The migration ${name} does not exist.`);
    return migration;
  }
}

/** For Knex's migrator, inside a transaction of the caller. */
export const migratorConfig: Knex.MigratorConfig = {
  migrationSource: new MigrationsFromCode(),
  tableName: TABLE,
  disableTransactions: true,
};

/** Only reads. Also works on an empty database. */
export const migrationStatus = async (knex: Knex): Promise<MigrationStatus> => {
  const { rows } = await sanitized(knex.raw("select to_regclass(?) is not null as found", [TABLE]));
  const applied: string[] = rows[0].found ? await sanitized(knex(TABLE).orderBy("id").pluck("name")) : [];
  const known = new Set(applied);
  return { applied, pending: [...migrations.keys()].filter((name) => !known.has(name)) };
};

/**
 * Applies all pending migrations or, on an error, none, and returns their names. Processes may call it at the same
 * time: one migrates, and the others wait for it. If nothing is pending it only reads, so that a role without rights on
 * the schema can start. Rejects with `BucketMismatch` if the database assigns clients to other buckets.
 */
export const migrate = async (knex: Knex): Promise<readonly string[]> => {
  const { pending } = await migrationStatus(knex);
  const applied = pending.length === 0 ? [] : await applyPending(knex);
  await checkBuckets(knex);
  await keepEventPositions(knex);
  return applied;
};

const applyPending = (knex: Knex): Promise<readonly string[]> =>
  sanitized(
    knex.transaction(async (trx) => {
      // Knex's own lock is a row of a table. It fails when several processes create the table at once.
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
