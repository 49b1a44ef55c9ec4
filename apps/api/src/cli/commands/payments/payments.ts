import { parsePaymentId } from "@payments/domain";
import { Command, Option } from "commander";
import { JSON_OPTION } from "../../output.ts";
import { ACCOUNT_ARGUMENT, LIMIT_OPTION, PAYMENT_ARGUMENT, parsedBy } from "../../parse.ts";
import { exportPayments } from "./export-payments.ts";
import { listPayments } from "./list-payments.ts";
import { showPayment } from "./show-payment.ts";

export const paymentsCommand = (): Command =>
  new Command("payments")
    .description("payments of an account: list, show, export")
    .addCommand(
      new Command("list")
        .description("list an account's payments, newest first")
        .argument(...ACCOUNT_ARGUMENT)
        .option(...LIMIT_OPTION)
        .option(
          "--after <payment>",
          "only what is older than this payment: for the next page",
          parsedBy(parsePaymentId),
        )
        .option(...JSON_OPTION)
        .action(listPayments),
    )
    .addCommand(
      new Command("show")
        .description("show a payment")
        .argument(...ACCOUNT_ARGUMENT)
        .argument(...PAYMENT_ARGUMENT)
        .option(...JSON_OPTION)
        .action(showPayment),
    )
    .addCommand(
      new Command("export")
        .description("write all payments of an account, newest first; amounts are in the currency's minor unit")
        .argument(...ACCOUNT_ARGUMENT)
        .addOption(
          new Option(
            "--format <format>",
            "csv (RFC 4180 with a heading; an apostrophe stands before text that a spreadsheet would take for a formula) or jsonl (a JSON document a line)",
          )
            .choices(["csv", "jsonl"])
            .default("csv"),
        )
        .option("--output <file>", "a new file, readable by its owner alone, instead of stdout")
        .action(exportPayments),
    );
