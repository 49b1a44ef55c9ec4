import { grantRuntimeRights, migrate, migrationStatus, RuntimeRoleUnfit } from "@payments/adapters-postgres";
import { CommandFailed, EXIT } from "../errors/command-failed.ts";
import { TOKENS as T } from "../modules/tokens.ts";
import { requireUtf8 } from "../start/prepare-schema.ts";
import { withDatabase } from "./context.ts";
import type { JsonOption } from "./options.ts";
import { print } from "./output.ts";

const throwAsCommandFailed = (error: unknown): never => {
  throw error instanceof RuntimeRoleUnfit ? new CommandFailed(error.message) : error;
};

export const migrateUp = async ({ json, grant }: JsonOption & { readonly grant?: string }): Promise<void> => {
  const applied = await withDatabase(async (container) => {
    const knex = container.get(T.Knex);
    await requireUtf8(knex);
    const names = await migrate(knex);
    if (grant !== undefined) await grantRuntimeRights(knex, grant).catch(throwAsCommandFailed);
    return names;
  });
  print(json, { applied, ...(grant !== undefined && { granted: grant }) }, [
    ...(applied.length === 0 ? ["Nothing to migrate."] : applied.map((name) => `applied ${name}`)),
    ...(grant === undefined ? [] : [`granted the service's rights to ${grant}`]),
  ]);
};

export const printMigrationStatus = async ({ json }: JsonOption): Promise<void> => {
  const { applied, pending } = await withDatabase((container) => migrationStatus(container.get(T.Knex)));
  print(json, { applied, pending }, [
    ...applied.map((name) => `applied  ${name}`),
    ...pending.map((name) => `pending  ${name}`),
  ]);
  process.exitCode = pending.length === 0 ? EXIT.done : EXIT.failed;
};
