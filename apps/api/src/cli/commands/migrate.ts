import { migrate, migrationStatus } from "@payments/adapters-postgres";
import { Command } from "commander";
import { EXIT } from "../../exit-code.ts";
import { withDatabase } from "../database.ts";
import { JSON_OPTION, type JsonOption, print } from "../output.ts";

const up = async ({ json }: JsonOption): Promise<void> => {
  const applied = await withDatabase(migrate);
  print(json, { applied }, applied.length === 0 ? ["Nothing to do."] : applied.map((name) => `applied ${name}`));
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
        .option(...JSON_OPTION)
        .action(up),
    )
    .addCommand(
      new Command("status")
        .description("list migrations; exit code 1 if any is pending")
        .option(...JSON_OPTION)
        .action(status),
    );
