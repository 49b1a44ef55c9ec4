import {
  type ChargedPayment,
  type ChargePayment,
  type ChargePaymentCommand,
  CreatePayment,
  MAXIMUM_IDEMPOTENCY_KEY_LENGTH,
  toPaymentJson,
} from "@payments/domain";
import { Problem } from "../problem/problem.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { REPLAYED } from "./charge-change.ts";
import { CreatePaymentRequest, PaymentComponent } from "./payment-schemas.ts";
import { chargesOf } from "./read-payments.ts";
import { sandboxTokenList } from "./sandbox-tokens.ts";

const ONLY_RECORDED =
  "No processor charges payments of this client's mode. To only record the payment, leave out paymentMethod, capture and returnUrl. To charge it, configure a processor, or use a test client.";

/** The payment as it is stored, if the processor takes longer. Its call continues. */
const chargeWithin = async (
  answerMs: number,
  chargePayment: ChargePayment,
  command: ChargePaymentCommand,
): Promise<ChargedPayment> => {
  let timeout: NodeJS.Timeout | undefined;
  const stored = new Promise<ChargedPayment>((resolve) => {
    const onStored = (payment: ChargedPayment): void => {
      timeout = setTimeout(resolve, answerMs, payment);
    };
    command = { ...command, onStored };
  });
  try {
    return await Promise.race([valueOrProblem(chargePayment.execute(command)), stored]);
  } finally {
    clearTimeout(timeout);
  }
};

/** Storing the payment verifies the client's credential, so the client may come from the cache. */
export const createPayment = defineRoute({
  method: "POST",
  path: "/payments/create",
  authentication: "client-cached",
  operationId: "createPayment",
  sdkMethod: "payments.create",
  tag: "Payments",
  summary: "Create a payment",
  description: `The payment belongs to the client of the API key. The body cannot change that. A test client's payment is charged in the sandbox, where the payment method selects the outcome. A decline is no HTTP error: the payment's \`status\` and \`failure\` tell it. If the processor takes too long, the payment is \`processing\`.\n\nThe sandbox's payment methods:\n\n${sandboxTokenList}`,
  request: {
    idempotencyKey: `A value that you choose for each payment, such as a UUID. A repeated request with the same key creates no second payment. Up to ${MAXIMUM_IDEMPOTENCY_KEY_LENGTH} visible ASCII characters, with or without double quotes around them.`,
    body: {
      name: "CreatePaymentRequest",
      schema: CreatePaymentRequest,
      required: true,
      example: {
        amount: 1250,
        currency: "EUR",
        description: "Invoice 42",
        paymentMethod: "pm_card_visa",
        capture: "manual",
      },
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
  problems: ["payment-method-unknown", "idempotency-key-reused", "processor-not-configured"],
  useCase: CreatePayment,
  handler: async (
    { client, idempotencyKey, body },
    { useCase, chargePayment, charges, processorAnswerMs, metrics },
  ) => {
    const { amount, currency, description, metadata, paymentMethod, capture, returnUrl } = body;
    const command = { money: { amount, currency }, description, metadata, idempotencyKey, client };
    if (chargePayment.charges(client.mode)) {
      const charge = { ...command, paymentMethod, capture: capture ?? ("automatic" as const), returnUrl };
      const { payment, charge: charged, replayed } = await chargeWithin(processorAnswerMs, chargePayment, charge);
      metrics.paymentSettled(replayed ? "replayed" : "created");
      return {
        location: `/payments/${payment.id}`,
        headers: replayed ? REPLAYED : undefined,
        body: toPaymentJson(payment, client.mode, charged),
      };
    }
    if (paymentMethod !== null || capture !== undefined || returnUrl !== null) {
      throw new Problem("processor-not-configured", { detail: ONLY_RECORDED });
    }
    const { payment, replayed } = await valueOrProblem(useCase.execute(command));
    const earlier = replayed ? await chargesOf(charges, client.clientId, [payment]) : undefined;
    metrics.paymentSettled(replayed ? "replayed" : "created");
    return {
      location: `/payments/${payment.id}`,
      headers: replayed ? REPLAYED : undefined,
      body: toPaymentJson(payment, client.mode, earlier?.get(payment.id)),
    };
  },
});
