import { ChangeCharge, toPaymentJson } from "@payments/domain";
import { z } from "zod";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { amountOrAll, REPEATABLE, REPLAYED, REPLAYED_HEADER, waitingAtMost } from "./charge-change.ts";
import { PAYMENT_ID, PaymentComponent } from "./payment-schemas.ts";

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
    idempotencyKey: REPEATABLE,
    body: {
      name: "CapturePaymentRequest",
      schema: z.strictObject({ amount: amountOrAll }),
      required: false,
      example: { amount: 1250 },
    },
  },
  response: { status: 200, body: PaymentComponent, headers: REPLAYED_HEADER },
  problems: [
    "payment-not-found",
    "payment-not-capturable",
    "amount-above-authorized",
    "idempotency-key-reused",
    "processor-not-configured",
  ],
  useCase: ChangeCharge,
  handler: async (
    { client: { clientId, mode }, id, body, idempotencyKey },
    { payments, useCase, processorAnswerMs },
  ) => {
    const payment = await valueOrProblem(payments.find(clientId, id));
    const { charge, replayed } = await waitingAtMost(processorAnswerMs, (wait) =>
      valueOrProblem(useCase.capture(clientId, id, body.amount, idempotencyKey, wait)),
    );
    return { body: toPaymentJson(payment, mode, charge), headers: replayed ? REPLAYED : undefined };
  },
});
