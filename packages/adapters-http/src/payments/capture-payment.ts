import { ChangeCharge, parseAmount, parsePaymentId, toPaymentJson } from "@payments/domain";
import { z } from "zod";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { parsedBy } from "../routing/validate.ts";
import { PaymentComponent } from "./payment-schemas.ts";

export const amountOrAll = parsedBy(
  z.number().meta({
    type: "integer",
    minimum: 1,
    example: 1250,
    description: "In the currency's minor unit. Default: all that is left.",
  }),
  parseAmount,
)
  .nullable()
  .default(null);

export const PAYMENT_ID = { parse: parsePaymentId, absent: "payment-not-found" } as const;

export const capturePayment = defineRoute({
  method: "POST",
  path: "/payments/{id}/capture",
  authentication: "client",
  operationId: "capturePayment",
  sdkMethod: "payments.capture",
  tag: "Payments",
  summary: "Capture an authorized payment",
  description: "Captures all of the authorized amount, or a part of it. The sandbox releases the rest.",
  request: {
    id: PAYMENT_ID,
    body: {
      name: "CapturePaymentRequest",
      schema: z.strictObject({ amount: amountOrAll }),
      required: false,
      example: { amount: 1250 },
    },
  },
  response: { status: 200, body: PaymentComponent },
  problems: ["payment-not-found", "payment-not-capturable", "amount-above-authorized", "processor-not-configured"],
  useCase: ChangeCharge,
  handler: async ({ client: { clientId, mode }, id, body }, { payments, useCase }) => {
    const payment = await valueOrProblem(payments.find(clientId, id));
    const charge = await valueOrProblem(useCase.capture(clientId, id, body.amount));
    return { body: toPaymentJson(payment, mode, charge) };
  },
});

export const cancelPayment = defineRoute({
  method: "POST",
  path: "/payments/{id}/cancel",
  authentication: "client",
  operationId: "cancelPayment",
  sdkMethod: "payments.cancel",
  tag: "Payments",
  summary: "Cancel a payment that is not captured",
  description: "Releases the authorized amount. Refund a captured payment instead.",
  request: { id: PAYMENT_ID },
  response: { status: 200, body: PaymentComponent },
  problems: ["payment-not-found", "payment-not-cancelable", "processor-not-configured"],
  useCase: ChangeCharge,
  handler: async ({ client: { clientId, mode }, id }, { payments, useCase }) => {
    const payment = await valueOrProblem(payments.find(clientId, id));
    const charge = await valueOrProblem(useCase.cancel(clientId, id));
    return { body: toPaymentJson(payment, mode, charge) };
  },
});
