import { ChangeCharge, toPaymentJson } from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { REPEATABLE, REPLAYED, REPLAYED_HEADER, waitingAtMost } from "./charge-change.ts";
import { PAYMENT_ID, PaymentComponent } from "./payment-schemas.ts";

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
