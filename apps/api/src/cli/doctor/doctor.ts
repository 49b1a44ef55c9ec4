import { PostgresError } from "@payments/adapters-postgres";
import { ConfigError, environment } from "../../config/environment.ts";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { adviceOnRefusal, adviceOnSilence } from "../../errors/report.ts";
import { isLocal } from "../../local/local-data.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withDatabase } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { coloured, print } from "../output.ts";
import { type Check, fault, type Status, skipped } from "./check.ts";
import { checkDatabase } from "./database-checks.ts";
import { checkAdminKeys, checkEnvironment } from "./environment-checks.ts";

const COLOURS: Readonly<Record<Status, "green" | "yellow" | "red">> = {
  ok: "green",
  warning: "yellow",
  skipped: "yellow",
  fault: "red",
};

const examineDatabase = async (): Promise<Check[]> => {
  try {
    return await withDatabase((container) => checkDatabase(container.get(T.Knex), isLocal(environment())));
  } catch (error) {
    if (error instanceof ConfigError) return [skipped("database", "the configuration names no usable database")];
    if (error instanceof CommandFailed) {
      return [fault("database", error.message, "Remove the cause, then start the service again.")];
    }
    if (!(error instanceof PostgresError)) throw error;
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

export const examine = async ({ json }: JsonOption): Promise<void> => {
  const checks = [...checkEnvironment(), ...(await checkAdminKeys()), ...(await examineDatabase())];
  const ok = checks.every(({ status }) => status !== "fault");
  print(json, { ok, checks }, checks.flatMap(linesOf));
  process.exitCode = ok ? EXIT.done : EXIT.failed;
};
