import { parsePaymentId } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { PaymentComponent, toPaymentJson } from "./payment-schemas.ts";

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
  handler: async ({ client, id }, { payments }) => ({
    body: toPaymentJson(await valueOrProblem(payments.find(client.clientId, id))),
  }),
});
