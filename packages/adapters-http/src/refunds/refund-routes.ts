import { ChangeCharge, pageWithin, parseRefundId, toPageJson, toRefundJson } from "@payments/domain";
import { REPEATABLE, REPLAYED, waitingAtMost } from "../payments/charge-change.ts";
import { PAYMENT_ID } from "../payments/payment-schemas.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute, type Route } from "../routing/route.ts";
import { CreateRefundRequest, RefundComponent, RefundPageComponent } from "./refund-schemas.ts";

const createRefund = defineRoute({
  method: "POST",
  path: "/payments/{id}/refunds",
  authentication: "client",
  operationId: "createRefund",
  sdkMethod: "refunds.create",
  tag: "Refunds",
  summary: "Refund a payment",
  description:
    "Refunds all that is left of the captured amount, or a part of it. Refunds never exceed it together. A repeated request without an idempotency key is another refund.",
  request: {
    id: PAYMENT_ID,
    idempotencyKey: REPEATABLE,
    body: {
      name: "CreateRefundRequest",
      schema: CreateRefundRequest,
      required: false,
      example: { amount: 400, reason: "Returned" },
    },
  },
  response: {
    status: 201,
    body: RefundComponent,
    headers: {
      Location: "The path of the created resource.",
      "Idempotent-Replayed": "`true` if an earlier request made this refund.",
    },
  },
  problems: [
    "payment-not-found",
    "payment-not-refundable",
    "amount-above-captured",
    "idempotency-key-reused",
    "processor-not-configured",
  ],
  useCase: ChangeCharge,
  handler: async ({ client: { clientId }, id, body, idempotencyKey }, { useCase, processorAnswerMs }) => {
    const { amount, reason } = body;
    const { refund, replayed } = await waitingAtMost(processorAnswerMs, (wait) =>
      valueOrProblem(useCase.refund(clientId, id, amount, reason, idempotencyKey, wait)),
    );
    return {
      location: `/refunds/${refund.id}`,
      headers: replayed ? REPLAYED : undefined,
      body: toRefundJson(refund),
    };
  },
});

const listRefunds = defineRoute({
  method: "GET",
  path: "/payments/{id}/refunds",
  authentication: "client",
  operationId: "listRefunds",
  sdkMethod: "refunds.list",
  tag: "Refunds",
  summary: "List a payment's refunds",
  request: { id: PAYMENT_ID, page: parseRefundId },
  response: { status: 200, body: RefundPageComponent },
  problems: ["invalid-request", "payment-not-found"],
  handler: async ({ client: { clientId }, id, page }, { payments, charges }) => {
    await valueOrProblem(payments.find(clientId, id));
    const refunds = await valueOrProblem(charges.listRefunds(clientId, id));
    return { body: toPageJson(pageWithin(refunds, page), toRefundJson) };
  },
});

const readRefund = defineRoute({
  method: "GET",
  path: "/refunds/{id}",
  authentication: "client",
  operationId: "readRefund",
  sdkMethod: "refunds.retrieve",
  tag: "Refunds",
  summary: "Read a refund",
  request: { id: { parse: parseRefundId, absent: "refund-not-found" } },
  response: { status: 200, body: RefundComponent },
  problems: ["refund-not-found"],
  handler: async ({ client: { clientId }, id }, { charges }) => ({
    body: toRefundJson(await valueOrProblem(charges.findRefund(clientId, id))),
  }),
});

export const refundRoutes: readonly Route[] = [createRefund, listRefunds, readRefund];
