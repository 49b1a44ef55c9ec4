import {
  type Charge,
  type ChargeRepository,
  type ClientId,
  PAYMENT_STATUSES,
  type Payment,
  type PaymentId,
  parseIdempotencyKey,
  parsePaymentId,
  parsePaymentStatus,
  parseTime,
  toPageJson,
  toPaymentJson,
} from "@payments/domain";
import { valueOrProblem } from "../problem/problem-for.ts";
import { defineRoute } from "../routing/route.ts";
import { PAYMENT_ID, PaymentComponent, PaymentPageComponent } from "./payment-schemas.ts";

/**
 * The charges of a client's payments, also of those that were charged by a processor that is configured no longer.
 * Payments that were only recorded have none.
 */
export const chargesOf = async (
  charges: ChargeRepository,
  clientId: ClientId,
  payments: readonly Payment[],
): Promise<ReadonlyMap<PaymentId, Charge>> =>
  payments.length === 0
    ? new Map()
    : valueOrProblem(
        charges.find(
          clientId,
          payments.map(({ id }) => id),
        ),
      );

export const readPayment = defineRoute({
  method: "GET",
  path: "/payments/{id}",
  authentication: "client",
  operationId: "readPayment",
  sdkMethod: "payments.retrieve",
  tag: "Payments",
  summary: "Read one of your payments",
  request: { id: PAYMENT_ID },
  response: { status: 200, body: PaymentComponent },
  problems: ["payment-not-found"],
  handler: async ({ client: { clientId, mode }, id }, { payments, charges }) => {
    const payment = await valueOrProblem(payments.find(clientId, id));
    return { body: toPaymentJson(payment, mode, (await chargesOf(charges, clientId, [payment])).get(id)) };
  },
});

const TIME = { type: "string", format: "date-time" };

/** The filters of a list of payments. */
export const PAYMENT_FILTER = {
  status: {
    parse: parsePaymentStatus,
    schema: { type: "string", enum: PAYMENT_STATUSES },
    description: "Payments with this status. A page of `created` payments may be empty although `hasMore` is true.",
  },
  idempotencyKey: {
    parse: parseIdempotencyKey,
    schema: { type: "string" },
    description: "The payment that was created with this idempotency key.",
  },
  createdAfter: { parse: parseTime, schema: TIME, description: "Payments created later than this time." },
  createdBefore: { parse: parseTime, schema: TIME, description: "Payments created earlier than this time." },
} as const;

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
    const charged = await chargesOf(charges, clientId, found.items);
    return { body: toPageJson(found, (payment) => toPaymentJson(payment, mode, charged.get(payment.id))) };
  },
});
