import { ChangeCharge, parseAmount, parsePaymentId, toPaymentJson } from "@payments/domain";
import { z } from "zod";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { parsedBy } from "../routing/validate.ts";
import { PaymentComponent } from "./payment-schemas.ts";
import { waitingAtMost } from "./wait-for-processor.ts";

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

export const REPLAYED = { "Idempotent-Replayed": "true" } as const;

/** Describes the header of a request that changes a payment. */
export const REPEATABLE =
  "A value that you choose for each request, such as a UUID. A repeated request with the same key changes nothing and returns the result of the first one as it is now. Keys of captures, cancellations and refunds are distinct from those of new payments.";

const REPLAYED_HEADER = { "Idempotent-Replayed": "`true` if an earlier request made this change." };

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

export const cancelPayment = defineRoute({
  method: "POST",
  path: "/payments/{id}/cancel",
  authentication: "client",
  operationId: "cancelPayment",
  sdkMethod: "payments.cancel",
  tag: "Payments",
  summary: "Cancel a payment that is not captured",
  description: "Releases the authorized amount. Refund a captured payment instead.",
  request: { id: PAYMENT_ID, idempotencyKey: REPEATABLE },
  response: { status: 200, body: PaymentComponent, headers: REPLAYED_HEADER },
  problems: ["payment-not-found", "payment-not-cancelable", "idempotency-key-reused", "processor-not-configured"],
  useCase: ChangeCharge,
  handler: async ({ client: { clientId, mode }, id, idempotencyKey }, { payments, useCase, processorAnswerMs }) => {
    const payment = await valueOrProblem(payments.find(clientId, id));
    const { charge, replayed } = await waitingAtMost(processorAnswerMs, (wait) =>
      valueOrProblem(useCase.cancel(clientId, id, idempotencyKey, wait)),
    );
    return { body: toPaymentJson(payment, mode, charge), headers: replayed ? REPLAYED : undefined };
  },
});
