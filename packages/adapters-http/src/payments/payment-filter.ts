import { PAYMENT_STATUSES, parseIdempotencyKey, parsePaymentStatus, parseTime } from "@payments/domain";

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
