import { toPageJson } from "@payments/adapters-http";
import {
  type ClientId,
  moneyText,
  type Payment,
  type PaymentId,
  type PaymentJson,
  toPaymentJson,
} from "@payments/domain";
import { TOKENS as T } from "../../modules/tokens.ts";
import { withContainer } from "../context.ts";
import type { JsonOption } from "../options.ts";
import { found } from "../outcome.ts";
import { facts, hint, print, table } from "../output.ts";

interface ListOptions extends JsonOption {
  readonly limit: number;
  readonly after?: PaymentId;
}

export const listPayments = async (id: ClientId, { limit, after, json }: ListOptions): Promise<void> => {
  const page = await withContainer(async (container) => {
    const { mode } = await found(container.get(T.ClientRepository).find(id));
    const payments = await found(
      container.get(T.PaymentRepository).list(id, { limit, after: after ?? null, before: null }),
    );
    const ids = payments.items.map((payment) => payment.id);
    const charges = await found(container.get(T.ChargeRepository).find(id, ids));
    const toJson = (payment: Payment) => toPaymentJson(payment, mode, charges.get(payment.id));
    return { ...payments, toJson };
  });
  const rows = page.items.map((payment) => [
    payment.id,
    moneyText(payment.money),
    page.toJson(payment).status,
    payment.createdAt.toISOString(),
    payment.description ?? "",
  ]);
  const heading = ["PAYMENT", "AMOUNT", "STATUS", "CREATED", "DESCRIPTION"];
  print(json, toPageJson(page, page.toJson), table(heading, rows));
  if (page.next !== null && !json) hint(`There are more: --after ${page.next}`);
};

const paymentFacts = (payment: Payment, { mode, status }: PaymentJson): [string, string][] => [
  ["payment", payment.id],
  ["client", payment.clientId],
  ["amount", moneyText(payment.money)],
  ["description", payment.description ?? ""],
  ...Object.entries(payment.metadata).map(([key, value]): [string, string] => [`metadata ${key}`, value]),
  ["mode", mode],
  ["status", status],
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
