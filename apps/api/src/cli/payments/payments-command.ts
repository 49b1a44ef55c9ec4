import { parsePaymentId } from "@payments/domain";
import { Command, Option } from "commander";
import { CLIENT_ARGUMENT, JSON_OPTION, LIMIT_OPTION, lazily, PAYMENT_ARGUMENT, parsedBy } from "../options.ts";

const actions = () => import("./payment-actions.ts");

export const paymentsCommand = (): Command =>
  new Command("payments")
    .description("read the payments of a client")
    .addCommand(
      new Command("list")
        .description("list a client's payments, newest first")
        .argument(...CLIENT_ARGUMENT)
        .option(...LIMIT_OPTION)
        .option(
          "--after <payment>",
          "list only payments older than this one; use it for the next page",
          parsedBy(parsePaymentId),
        )
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).listPayments)),
    )
    .addCommand(
      new Command("show")
        .description("show a payment")
        .argument(...CLIENT_ARGUMENT)
        .argument(...PAYMENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(lazily(async () => (await actions()).showPayment)),
    )
    .addCommand(
      new Command("export")
        .description("write all payments of a client, newest first; amounts are in the currency's minor unit")
        .argument(...CLIENT_ARGUMENT)
        .addOption(
          new Option(
            "--format <format>",
            "csv (RFC 4180 with a heading; text that a spreadsheet would run as a formula starts with an apostrophe) or jsonl (one JSON document per line)",
          )
            .choices(["csv", "jsonl"])
            .default("csv"),
        )
        .option("--output <file>", "a new file instead of stdout; only its owner can read it")
        .action(lazily(async () => (await import("./export-payments.ts")).exportPayments)),
    );
