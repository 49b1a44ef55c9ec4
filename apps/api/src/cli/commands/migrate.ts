import { grantRuntimeRights, migrate, migrationStatus, RuntimeRoleUnfit } from "@payments/adapters-postgres";
import { Command } from "commander";
import { CommandFailed, EXIT } from "../../exit-code.ts";
import { withDatabase } from "../database.ts";
import { JSON_OPTION, type JsonOption, print } from "../output.ts";

interface UpOptions extends JsonOption {
  readonly grant?: string;
}

const up = async ({ json, grant }: UpOptions): Promise<void> => {
  const applied = await withDatabase(async (knex) => {
    const names = await migrate(knex);
    if (grant !== undefined) await grantRuntimeRights(knex, grant).catch(throwAsCommandFailed);
    return names;
  });
  print(json, { applied, ...(grant !== undefined && { granted: grant }) }, [
    ...(applied.length === 0 ? ["Nothing to migrate."] : applied.map((name) => `applied ${name}`)),
    ...(grant === undefined ? [] : [`granted the service's rights to ${grant}`]),
  ]);
};

const throwAsCommandFailed = (error: unknown): never => {
  throw error instanceof RuntimeRoleUnfit ? new CommandFailed(error.message) : error;
};

const status = async ({ json }: JsonOption): Promise<void> => {
  const { applied, pending } = await withDatabase(migrationStatus);
  print(json, { applied, pending }, [
    ...applied.map((name) => `applied  ${name}`),
    ...pending.map((name) => `pending  ${name}`),
  ]);
  process.exitCode = pending.length === 0 ? EXIT.done : EXIT.failed;
};

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("bring the database's schema up to date, or show how it stands")
    .addCommand(
      new Command("up")
        .description("apply all pending migrations; safe to run at once in several places")
        .option("--grant <role>", "give this role the rights that the service needs, and no others on its tables")
        .option(...JSON_OPTION)
        .action(up),
    )
    .addCommand(
      new Command("status")
        .description("list migrations; exit code 1 if any is pending")
        .option(...JSON_OPTION)
        .action(status),
    );
