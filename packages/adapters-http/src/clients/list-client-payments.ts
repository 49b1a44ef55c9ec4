import { parsePaymentId, toPageJson, toPaymentJson } from "@payments/domain";
import { PaymentPageComponent } from "../payments/payment-schemas.ts";
import { chargesOf, PAYMENT_FILTER } from "../payments/read-payments.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CLIENT_ID } from "./client-schemas.ts";

export const listClientPayments = defineRoute({
  method: "GET",
  path: "/accounts/{id}/payments",
  authentication: "admin",
  operationId: "listClientPayments",
  sdkMethod: "clients.listPayments",
  tag: "Clients",
  summary: "List a client's payments",
  request: { id: CLIENT_ID, page: parsePaymentId, filter: PAYMENT_FILTER },
  response: { status: 200, body: PaymentPageComponent },
  problems: ["invalid-request", "client-not-found"],
  handler: async ({ id, page, filter }, { clients, payments, charges }) => {
    const { mode } = await valueOrProblem(clients.find(id));
    const found = await valueOrProblem(payments.list(id, page, filter));
    const charged = await chargesOf(charges, id, found.items);
    return { body: toPageJson(found, (payment) => toPaymentJson(payment, mode, charged.get(payment.id))) };
  },
});
