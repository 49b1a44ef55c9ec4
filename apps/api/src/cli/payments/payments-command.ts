import { parseAmount, parsePaymentId, parseRefundReason, type RefundReason } from "@payments/domain";
import { Command, Option } from "commander";
import {
  CLIENT_ARGUMENT,
  JSON_OPTION,
  LIMIT_OPTION,
  lazily,
  PAYMENT_ARGUMENT,
  parsedBy,
  YES_OPTION,
} from "../options.ts";

const actions = () => import("./payment-actions.ts");
const chargeActions = () => import("./charge-actions.ts");

const AMOUNT_OPTION = [
  "--amount <amount>",
  "in the currency's minor unit; default: all that is left",
  parsedBy((raw) => parseAmount(Number(raw))),
] as const;

/** Commands that ask the processor. */
const chargeCommands = (): readonly Command[] => [
  new Command("capture")
    .description("capture an authorized payment, all of it or a part")
    .argument(...CLIENT_ARGUMENT)
    .argument(...PAYMENT_ARGUMENT)
    .option(...AMOUNT_OPTION)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(lazily(async () => (await chargeActions()).capturePayment)),
  new Command("cancel")
    .description("cancel a payment that is not captured")
    .argument(...CLIENT_ARGUMENT)
    .argument(...PAYMENT_ARGUMENT)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(lazily(async () => (await chargeActions()).cancelPayment)),
  new Command("refund")
    .description("refund a captured payment, all that is left or a part")
    .argument(...CLIENT_ARGUMENT)
    .argument(...PAYMENT_ARGUMENT)
    .option(...AMOUNT_OPTION)
    .option("--reason <text>", "a note that is stored with the refund", parsedBy<RefundReason>(parseRefundReason))
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(lazily(async () => (await chargeActions()).refundPayment)),
];

export const paymentsCommand = (): Command => {
  const payments = new Command("payments")
    .description("read, capture, cancel and refund the payments of clients")
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
  for (const command of chargeCommands()) payments.addCommand(command);
  return payments;
};
