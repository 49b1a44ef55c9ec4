import { readFileSync } from "node:fs";
import { Command } from "commander";
import { accountsCommand } from "./commands/accounts/accounts.ts";
import { adminTokenCommand } from "./commands/admin-token.ts";
import { completionCommand } from "./commands/completion/completion.ts";
import { doctorCommand } from "./commands/doctor/doctor.ts";
import { keysCommand } from "./commands/keys/keys.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { paymentsCommand } from "./commands/payments/payments.ts";

/** From the package as it was installed, so that it can't differ from it. */
const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration not usable, 4 database out of reach.
Settings come from the same environment variables as the service's. Without DATABASE_URL
a command works on the embedded database in .data/.`;

/** The operator's commands. Throws instead of ending the process, so that tests can run it. */
export const buildProgram = (): Command => {
  const program = new Command("payments")
    .description("Operates the payments API.")
    .version(version(), "-V, --version", "print the version")
    .addHelpText("after", EXIT_CODES)
    .addCommand(accountsCommand())
    .addCommand(keysCommand())
    .addCommand(paymentsCommand())
    .addCommand(doctorCommand())
    .addCommand(adminTokenCommand())
    .addCommand(migrateCommand())
    .addCommand(completionCommand(() => program));
  const throwInsteadOfExit = (command: Command): void => {
    command.exitOverride();
    command.commands.forEach(throwInsteadOfExit);
  };
  throwInsteadOfExit(program);
  return program;
};
