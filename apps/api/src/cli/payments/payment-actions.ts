import {
  type ClientId,
  moneyText,
  type Payment,
  type PaymentFilter,
  type PaymentId,
  type PaymentJson,
  toPaymentJson,
} from "@payments/domain";
import { CommandFailed, EXIT } from "../../errors/command-failed.ts";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withContainer } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { found } from "../outcome.ts";
import { facts, hint, print, table } from "../output.ts";
import { type FoundPayment, findPayments } from "./find-payments.ts";

interface ListOptions extends JsonOption, PaymentFilter {
  readonly limit: number;
  readonly after?: PaymentId;
}

/** The first payments, and whether there are more. */
const firstOf = async (
  pages: AsyncIterable<readonly FoundPayment[]>,
  limit: number,
): Promise<{ readonly items: readonly FoundPayment[]; readonly isMore: boolean }> => {
  const items: FoundPayment[] = [];
  for await (const page of pages) {
    items.push(...page);
    if (items.length > limit) break;
  }
  return { items: items.slice(0, limit), isMore: items.length > limit };
};

const FILTERED_PAGE_SIZE = 500;
const HEADING = ["PAYMENT", "AMOUNT", "CAPTURED", "REFUNDED", "STATUS", "CREATED", "DESCRIPTION"];

/** An amount of the payment as the API shows it, in its currency. */
const textOf = ({ money }: Payment, amount: number): string => moneyText({ ...money, amount: BigInt(amount) });

/** A client's payments, or those of all clients: then the list has the client of each, and no next page. */
export const listPayments = async (client: ClientId | undefined, options: ListOptions): Promise<void> => {
  const { limit, after, json, ...filter } = options;
  if (client === undefined && after !== undefined) {
    throw new CommandFailed("--after needs a client: name it before the options.", EXIT.usage);
  }
  // A page of payments without a charge may be almost empty.
  const pageSize = Object.keys(filter).length === 0 ? limit + 1 : FILTERED_PAGE_SIZE;
  const { items, isMore } = await withContainer((container) =>
    firstOf(findPayments(container, client, filter, { pageSize, after: after ?? null }), limit),
  );
  const rows = items.map(({ payment, json: { status, amountCaptured, amountRefunded } }) => [
    ...(client === undefined ? [payment.clientId] : []),
    payment.id,
    moneyText(payment.money),
    textOf(payment, amountCaptured),
    textOf(payment, amountRefunded),
    status,
    payment.createdAt.toISOString(),
    payment.description ?? "",
  ]);
  const last = items.at(-1)?.payment.id ?? null;
  const next = isMore && client !== undefined ? last : null;
  const shown = { data: items.map((item) => item.json), hasMore: isMore, next };
  print(json, shown, table(client === undefined ? ["CLIENT", ...HEADING] : HEADING, rows));
  if (isMore && !json)
    hint(
      next === null ? "There are more: raise --limit, or use `payments export`." : `There are more: --after ${next}`,
    );
};

const AMOUNTS = [
  ["captured", "amountCaptured"],
  ["refunded", "amountRefunded"],
  ["disputed", "amountDisputed"],
  ["fee", "fee"],
] as const;

const paymentFacts = (payment: Payment, { mode, status, failure, ...shown }: PaymentJson): [string, string][] => [
  ["payment", payment.id],
  ["client", payment.clientId],
  ["amount", moneyText(payment.money)],
  ["description", payment.description ?? ""],
  ...Object.entries(payment.metadata).map(([key, value]): [string, string] => [`metadata ${key}`, value]),
  ["mode", mode],
  ["status", status],
  ...(failure === null ? [] : [["failure", `${failure.code}: ${failure.message}`] as [string, string]]),
  ...AMOUNTS.map(([name, field]): [string, string] => [name, textOf(payment, shown[field])]),
  ["created", payment.createdAt.toISOString()],
];

export const showPayment = async (clientId: ClientId, id: PaymentId, { json }: JsonOption): Promise<void> => {
  const [payment, shown] = await withContainer(async (container) => {
    const { mode } = await found(container.get(T.ClientRepository).find(clientId));
    const payment = await found(container.get(T.PaymentRepository).find(clientId, id));
    const charges = await found(container.get(T.ChargeRepository).find(clientId, [id]));
    return [payment, toPaymentJson(payment, mode, charges.get(id))] as const;
  });
  print(json, shown, facts(paymentFacts(payment, shown)));
};
