import { parsePaymentId, toPaymentJson } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { toPageJson } from "../routing/page-request.ts";
import { defineRoute } from "../routing/route.ts";
import { chargesOf } from "./charges-of.ts";
import { PAYMENT_FILTER } from "./payment-filter.ts";
import { PaymentPageComponent } from "./payment-schemas.ts";

export const listPayments = defineRoute({
  method: "GET",
  path: "/payments",
  authentication: "client",
  operationId: "listPayments",
  sdkMethod: "payments.list",
  tag: "Payments",
  summary: "List your payments",
  request: { page: parsePaymentId, filter: PAYMENT_FILTER },
  response: { status: 200, body: PaymentPageComponent },
  problems: ["invalid-request"],
  handler: async ({ client: { clientId, mode }, page, filter }, { payments, charges }) => {
    const found = await valueOrProblem(payments.list(clientId, page, filter));
    const charged = await chargesOf(charges, clientId, mode, found.items);
    return { body: toPageJson(found, (payment) => toPaymentJson(payment, mode, charged.get(payment.id))) };
  },
});
