import { parseTime } from "@payments/domain";
import { Command, InvalidArgumentError, Option } from "commander";
import { wrapped } from "../terminal/wrap.ts";
import { version } from "../version.ts";
import { auditCommand } from "./audit/audit-command.ts";
import { clientsCommand } from "./clients/clients-command.ts";
import { addCompletion } from "./completion.ts";
import { keysCommand } from "./keys/keys-command.ts";
import { JSON_OPTION, lazily, secondsOf } from "./options.ts";
import { paymentsCommand } from "./payments/payments-command.ts";
import { receiptsCommand } from "./receipts/receipts-command.ts";
import { explainUsage, NPM_CALL, usageOf } from "./usage-error.ts";
import { listenCommand, webhooksCommand } from "./webhooks/webhooks-command.ts";

const NOTES = `
In a clone of the repository, \`payments\` is called \`${NPM_CALL}\`:
  ${NPM_CALL} payments list
\`--help\` after a command describes it.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 invalid configuration,
4 database unreachable.
Commands read the same environment variables as the service. Without
DATABASE_URL they use the embedded database in .data/.`;

const doctorCommand = (): Command =>
  new Command("doctor")
    .description(
      "check the configuration, the key set of admin tokens, the database, its encoding, connection, clock, durability, schema, rights and keys, and say what to fix; exit code 1 on a fault",
    )
    .option(...JSON_OPTION)
    .action(lazily(async () => (await import("./doctor/doctor.ts")).examine));

const MAX_TOKEN_LIFETIME_SECONDS = 365 * 86_400;

const parseLifetime = (text: string): number => {
  const seconds = secondsOf(text);
  if (seconds >= 1 && seconds <= MAX_TOKEN_LIFETIME_SECONDS) return seconds;
  throw new InvalidArgumentError("It must be a duration such as 90s, 15m or 12h, up to 365d.");
};

const adminTokenCommand = (): Command =>
  new Command("admin-token")
    .description("print a token that lets its holder manage clients and keys over HTTP")
    .option("--subject <name>", "the name of the admin in the audit log", "operator")
    .option(
      "--expires-in <time>",
      "how long the token is valid: 90s, 15m, 12h, up to JWT_MAX_LIFETIME_SECONDS",
      parseLifetime,
      3_600,
    )
    .option(...JSON_OPTION)
    .action(lazily(async () => (await import("./admin-token.ts")).printAdminToken));

const migrateCommand = (): Command =>
  new Command("migrate")
    .description("update the database schema, or show its state")
    .addCommand(
      new Command("up")
        .description("apply all pending migrations; several processes may run this at once")
        .option("--grant <role>", "grant this role the rights that the service needs, and no others on its tables")
        .option(...JSON_OPTION)
        .action(lazily(async () => (await import("./migrate.ts")).migrateUp)),
    )
    .addCommand(
      new Command("status")
        .description("list all migrations; exit code 1 if any is pending")
        .option(...JSON_OPTION)
        .action(lazily(async () => (await import("./migrate.ts")).printMigrationStatus)),
    );

/** A day that has started in UTC. */
const parseDay = (text: string): Date =>
  parseTime(`${text}T00:00:00Z`).match(
    (day) => {
      if (day.getTime() <= Date.now()) return day;
      throw new InvalidArgumentError(`This day has not started in UTC, where it is ${new Date().toISOString()}.`);
    },
    () => {
      throw new InvalidArgumentError("It must be a day such as 2026-01-02.");
    },
  );

const reconcileCommand = (): Command =>
  new Command("reconcile")
    .description(
      "compare a day of the processor's balance transactions with the stored payments of all clients, and print the differences; exit code 1 on a difference, or if no configured processor can confirm recorded movements",
    )
    .usage("--day <day> [options]")
    .requiredOption("--day <day>", "the day in UTC, such as 2026-01-02; today is compared so far", parseDay)
    .addOption(
      new Option("--mode <mode>", "only the payments of these clients; default: all").choices(["live", "test"]),
    )
    .option(...JSON_OPTION)
    .action(lazily(async () => (await import("./payments/reconcile.ts")).reconcileDay));

/** The operator's commands. Throws instead of ending the process, so that tests can run it. */
export const buildProgram = (): Command => {
  const program = new Command("payments")
    .description("Operates the payments API.")
    .version(version(), "-V, --version", "print the version")
    .addHelpText("after", NOTES)
    .addCommand(clientsCommand())
    .addCommand(keysCommand())
    .addCommand(paymentsCommand())
    .addCommand(reconcileCommand())
    .addCommand(webhooksCommand())
    .addCommand(listenCommand())
    .addCommand(receiptsCommand())
    .addCommand(auditCommand())
    .addCommand(doctorCommand())
    .addCommand(adminTokenCommand())
    .addCommand(migrateCommand());
  addCompletion(program);
  const prepare = (command: Command): void => {
    command
      .exitOverride()
      .configureHelp({ minWidthToWrap: 20, commandUsage: usageOf })
      .configureOutput({ outputError: (text, write) => write(wrapped(explainUsage(command, text), process.stderr)) });
    command.commands.forEach(prepare);
  };
  prepare(program);
  return program;
};
