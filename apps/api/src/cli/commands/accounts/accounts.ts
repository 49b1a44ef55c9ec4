import { parseClientId } from "@payments/domain";
import { Command } from "commander";
import { YES_OPTION } from "../../ask.ts";
import { JSON_OPTION } from "../../output.ts";
import { ACCOUNT_ARGUMENT, LIMIT_OPTION, parsedBy } from "../../parse.ts";
import { KEY_FILE_OPTION } from "../../private-file.ts";
import { activateAccount, deactivateAccount } from "./change-status.ts";
import { createAccount } from "./create-account.ts";
import { listAccounts } from "./list-accounts.ts";
import { showAccount } from "./show-account.ts";

export const accountsCommand = (): Command =>
  new Command("accounts")
    .description("accounts of clients: create, list, show, activate, deactivate")
    .addCommand(
      new Command("create")
        .description("create an account and show its API key, this once; asks for what is missing on a terminal")
        .option("--name <name>", "the client's name")
        .option("--email <address>", "the client's email address")
        .option(...KEY_FILE_OPTION)
        .option(...JSON_OPTION)
        .action(createAccount),
    )
    .addCommand(
      new Command("list")
        .description("list accounts, newest first")
        .option(...LIMIT_OPTION)
        .option("--after <account>", "only what is older than this account: for the next page", parsedBy(parseClientId))
        .option(...JSON_OPTION)
        .action(listAccounts),
    )
    .addCommand(
      new Command("show")
        .description("show an account, and when its keys were last used")
        .argument(...ACCOUNT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(showAccount),
    )
    .addCommand(
      new Command("activate")
        .description("let an inactive account in again")
        .argument(...ACCOUNT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(activateAccount),
    )
    .addCommand(
      new Command("deactivate")
        .description("lock an account out before this returns; its key stays, for when it is activated again")
        .argument(...ACCOUNT_ARGUMENT)
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(deactivateAccount),
    );
