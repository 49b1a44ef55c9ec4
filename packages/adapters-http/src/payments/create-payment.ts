import { CreatePayment, MAXIMUM_IDEMPOTENCY_KEY_LENGTH } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { CreatePaymentRequest, PaymentComponent, toPaymentJson } from "./payment-schemas.ts";

const REPLAYED = { "Idempotent-Replayed": "true" } as const;

/** Storing the payment verifies the client's credential, so the client may come from the cache. */
export const createPayment = defineRoute({
  method: "POST",
  path: "/payments/create",
  authentication: "client-cached",
  operationId: "createPayment",
  sdkMethod: "payments.create",
  tag: "Payments",
  summary: "Create a payment",
  description: "The payment belongs to the client of the API key. The body cannot change that.",
  request: {
    idempotencyKey: `A value that you choose for each payment, such as a UUID. A repeated request with the same key creates no second payment. Up to ${MAXIMUM_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters, with or without double quotes around them.`,
    body: {
      name: "CreatePaymentRequest",
      schema: CreatePaymentRequest,
      required: true,
      example: { amount: 1250, currency: "EUR", description: "Invoice 42" },
    },
  },
  response: {
    status: 201,
    body: PaymentComponent,
    headers: {
      Location: "The path of the created resource.",
      "Idempotent-Replayed": "`true` if an earlier request created this payment.",
    },
  },
  problems: ["idempotency-key-reused"],
  useCase: CreatePayment,
  handler: async ({ client, idempotencyKey, body }, { useCase, metrics }) => {
    const { amount, currency, description, metadata } = body;
    const command = { money: { amount, currency }, description, metadata, idempotencyKey, client };
    const { payment, replayed } = await valueOrProblem(useCase.execute(command));
    metrics.paymentSettled(replayed ? "replayed" : "created");
    return {
      location: `/payments/${payment.id}`,
      headers: replayed ? REPLAYED : undefined,
      body: toPaymentJson(payment),
    };
  },
});
