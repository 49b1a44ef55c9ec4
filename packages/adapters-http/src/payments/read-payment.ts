import { parsePaymentId, toPaymentJson } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { chargesOf } from "./charges-of.ts";
import { PaymentComponent } from "./payment-schemas.ts";

export const readPayment = defineRoute({
  method: "GET",
  path: "/payments/{id}",
  authentication: "client",
  operationId: "readPayment",
  sdkMethod: "payments.retrieve",
  tag: "Payments",
  summary: "Read one of your payments",
  request: { id: { parse: parsePaymentId, absent: "payment-not-found" } },
  response: { status: 200, body: PaymentComponent },
  problems: ["payment-not-found"],
  handler: async ({ client: { clientId, mode }, id }, { payments, charges }) => {
    const payment = await valueOrProblem(payments.find(clientId, id));
    return { body: toPaymentJson(payment, mode, (await chargesOf(charges, clientId, mode, [payment])).get(id)) };
  },
});
