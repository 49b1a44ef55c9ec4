import { PostgresError } from "@payments/adapters-postgres";
import { Command } from "commander";
import { ConfigError } from "../../../config/config-error.ts";
import { environment } from "../../../config/environment.ts";
import { adviceOnRefusal, adviceOnSilence } from "../../../database-advice.ts";
import { CommandFailed, EXIT } from "../../../exit-code.ts";
import { isLocal } from "../../../local-data.ts";
import { withDatabase } from "../../database.ts";
import { coloured, JSON_OPTION, type JsonOption, print } from "../../output.ts";
import { type Check, fault, type Status, skipped } from "./check.ts";
import { checkAdminKeys } from "./check-admin-keys.ts";
import { checkDatabase } from "./check-database.ts";
import { checkEnvironment } from "./check-environment.ts";

const COLOURS: Readonly<Record<Status, "green" | "yellow" | "red">> = {
  ok: "green",
  warning: "yellow",
  skipped: "yellow",
  fault: "red",
};

const examineDatabase = async (): Promise<Check[]> => {
  try {
    return await withDatabase((knex) => checkDatabase(knex, isLocal(environment())));
  } catch (error) {
    if (error instanceof ConfigError) return [skipped("database", "the configuration does not say where it is")];
    if (!(error instanceof PostgresError || error instanceof CommandFailed)) throw error;
    if (error instanceof CommandFailed) {
      return [fault("database", error.message, "Remove that cause, then start the service again.")];
    }
    const advice = adviceOnRefusal(error);
    return [
      advice === undefined
        ? fault("database", `no answer: ${error.message}`, adviceOnSilence())
        : fault("database", `refused: ${error.message}`, advice),
    ];
  }
};

const linesOf = ({ check, status, finding, advice }: Check): string[] => [
  `${coloured(COLOURS[status], status.padEnd(7))}  ${check}: ${finding}`,
  ...(advice === null ? [] : [`${" ".repeat(9)}${advice}`]),
];

const examine = async ({ json }: JsonOption): Promise<void> => {
  const checks = [...checkEnvironment(), ...(await checkAdminKeys()), ...(await examineDatabase())];
  const isWell = checks.every(({ status }) => status !== "fault");
  print(json, { ok: isWell, checks }, checks.flatMap(linesOf));
  process.exitCode = isWell ? EXIT.done : EXIT.failed;
};

export const doctorCommand = (): Command =>
  new Command("doctor")
    .description(
      "check configuration, key set of admin tokens, database, connection, clock, durability, schema, rights and keys, and say what to do; exit code 1 on a fault",
    )
    .option(...JSON_OPTION)
    .action(examine);
