import {
  type ClientName,
  type EmailAddress,
  parseClientId,
  parseClientName,
  parseEmailAddress,
  parseIdempotencyKey,
} from "@payments/domain";
import { Command, Option } from "commander";
import {
  CLIENT_ARGUMENT,
  integer,
  JSON_OPTION,
  KEY_FILE_OPTION,
  LIMIT_OPTION,
  lazily,
  parsedBy,
  YES_OPTION,
} from "../options.ts";

const actions = () => import("./client-actions.ts");

export const clientsCommand = (): Command =>
  new Command("clients")
    .description("manage clients: a client is a merchant or system that sends payments with its own API key")
    .addCommand(
      new Command("create")
        .description("create a client and print its API key, which is never shown again; prompts for missing values")
        .option("--name <name>", "the client's name")
        .option("--email <address>", "the client's email address")
        .addOption(
          new Option("--mode <mode>", "live, or test for a client whose payments move no money")
            .choices(["live", "test"])
            .default("live"),
        )
        .option(
          "--idempotency-key <key>",
          "a value that you choose for this client: a repeated command with it creates no second client",
          parsedBy(parseIdempotencyKey),
        )
        .option(...KEY_FILE_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).createClient)),
    )
    .addCommand(
      new Command("list")
        .description("list clients, newest first")
        .option(...LIMIT_OPTION)
        .option(
          "--after <client>",
          "list only clients older than this one; use it for the next page",
          parsedBy(parseClientId),
        )
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).listClients)),
    )
    .addCommand(
      new Command("show")
        .description("show a client, its API keys and when they were last used")
        .argument(...CLIENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).showClient)),
    )
    .addCommand(
      new Command("update")
        .description("change a client's name, email address or fee")
        .argument(...CLIENT_ARGUMENT)
        .option("--name <name>", "the new name", parsedBy<ClientName>(parseClientName))
        .option("--email <address>", "the new email address", parsedBy<EmailAddress>(parseEmailAddress))
        .option(
          "--fee-basis-points <count>",
          "the platform's share of each new payment, in hundredths of a percent: 0 to 10000; needs --fee-fixed",
          integer,
        )
        .option(
          "--fee-fixed <amount>",
          "the platform's fixed fee on each new payment, in the minor unit of its currency; needs --fee-basis-points",
          integer,
        )
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).updateClient)),
    )
    .addCommand(
      new Command("activate")
        .description("accept the requests of an inactive client again; its API key still works")
        .argument(...CLIENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).activateClient)),
    )
    .addCommand(
      new Command("deactivate")
        .description("reject all requests of a client from now on; its API key is kept for a later `clients activate`")
        .argument(...CLIENT_ARGUMENT)
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).deactivateClient)),
    )
    .addCommand(
      new Command("erase")
        .description(
          "erase the personal data of an inactive client: name, email address, descriptions and metadata; payments stay. Run it as the owner of the tables",
        )
        .argument(...CLIENT_ARGUMENT)
        .option(...YES_OPTION)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await import("./erase-client.ts")).eraseClient)),
    );
