import { toPageJson, toPaymentJson } from "@payments/adapters-http";
import type { ClientId, PaymentId } from "@payments/domain";
import { found } from "../../outcome.ts";
import { hint, type JsonOption, print, table } from "../../output.ts";
import { withServices } from "../../services.ts";
import { amountOf } from "./payment-facts.ts";

interface Options extends JsonOption {
  readonly limit: number;
  readonly after?: PaymentId;
}

export const listPayments = async (id: ClientId, { limit, after, json }: Options): Promise<void> => {
  const page = await withServices(async ({ clients, payments }) => {
    await found(clients.find(id));
    return found(payments.list(id, { limit, after: after ?? null, before: null }));
  });
  const rows = page.items.map((payment) => [
    payment.id,
    amountOf(payment),
    payment.status,
    payment.createdAt.toISOString(),
    payment.description ?? "",
  ]);
  const heading = ["PAYMENT", "AMOUNT", "STATUS", "CREATED", "DESCRIPTION"];
  print(json, toPageJson(page, toPaymentJson), table(heading, rows));
  if (page.next !== null && !json) hint(`There are more: --after ${page.next}`);
};
