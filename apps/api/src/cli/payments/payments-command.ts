import {
  type OperationId,
  type PaymentStatus,
  type ProcessorReference,
  parseAmount,
  parseIdempotencyKey,
  parseOperationId,
  parsePaymentId,
  parseProcessorReference,
  parseRefundReason,
  parseReviewReason,
  parseTime,
  type RefundReason,
  type ReviewReason,
} from "@payments/domain";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  CLIENT_ARGUMENT,
  JSON_OPTION,
  LIMIT_OPTION,
  lazily,
  OPTIONAL_CLIENT,
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

const STATUSES: readonly PaymentStatus[] = [
  ...(["created", "requires_action", "processing", "authorized"] as const),
  ...(["succeeded", "failed", "canceled", "expired"] as const),
];

const statusOption = () => new Option("--status <status>", "only payments with this status").choices(STATUSES);

const parseDayOrTime = (text: string): Date =>
  parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text).match(
    (time) => time,
    () => {
      throw new InvalidArgumentError(
        "It must be a day or a time with seconds, such as 2026-01-02 or 2026-01-02T15:04:05Z.",
      );
    },
  );

const CREATED_AFTER = [
  "--created-after <time>",
  "only payments created after this time; a day starts in UTC",
  parseDayOrTime,
] as const;
const CREATED_BEFORE = [
  "--created-before <time>",
  "only payments created before this time; a day starts in UTC",
  parseDayOrTime,
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
  new Command("review")
    .description(
      "list the operations of all clients whose outcome a person must decide, the longest waiting first; with a client and an operation, decide it",
    )
    .argument(...OPTIONAL_CLIENT)
    .argument("[operation]", "the operation's id", parsedBy<OperationId>(parseOperationId))
    .addOption(
      new Option(
        "--as <outcome>",
        "succeeded: the processor executed it, and what it reports about the payment is stored; declined: the processor never did",
      ).choices(["succeeded", "declined"]),
    )
    .option("--reason <text>", "how you know; it is stored in the audit log", parsedBy<ReviewReason>(parseReviewReason))
    .option(
      "--processor-payment <id>",
      "the processor's id of the payment, which an authorization that succeeded needs",
      parsedBy<ProcessorReference>(parseProcessorReference),
    )
    .option(...LIMIT_OPTION)
    .option(...YES_OPTION)
    .option(...JSON_OPTION)
    .action(lazily(async () => (await import("./review-actions.ts")).review)),
];

export const paymentsCommand = (): Command => {
  const payments = new Command("payments")
    .description("read, capture, cancel and refund the payments of clients")
    .addCommand(
      new Command("list")
        .description("list payments, newest first: of a client, or of all clients, client by client")
        .argument(...OPTIONAL_CLIENT)
        .option(...LIMIT_OPTION)
        .addOption(statusOption())
        .option(...CREATED_AFTER)
        .option(...CREATED_BEFORE)
        .option(
          "--idempotency-key <key>",
          "list only the payment that was created with this key",
          parsedBy(parseIdempotencyKey),
        )
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
        .description(
          "write all payments of a client, or of all clients, newest first; amounts are in the currency's minor unit",
        )
        .argument(...OPTIONAL_CLIENT)
        .addOption(
          new Option(
            "--format <format>",
            "csv (RFC 4180 with a heading; text that a spreadsheet would run as a formula starts with an apostrophe) or jsonl (one JSON document per line)",
          )
            .choices(["csv", "jsonl"])
            .default("csv"),
        )
        .addOption(statusOption())
        .option(...CREATED_AFTER)
        .option(...CREATED_BEFORE)
        .option("--output <file>", "a new file instead of stdout; only its owner can read it")
        .action(lazily(async () => (await import("./export-payments.ts")).exportPayments)),
    );
  for (const command of chargeCommands()) payments.addCommand(command);
  return payments;
};
