import { MAXIMUM_REFUND_REASON_LENGTH, parseRefundReason } from "@payments/domain";
import { z } from "zod";
import { component, nullable, object, pageOf, text, time } from "../openapi/component.ts";
import { amountOrAll } from "../payments/charge-change.ts";
import { parsedBy } from "../routing/validate.ts";

export const CreateRefundRequest = z.strictObject({
  amount: amountOrAll,
  reason: parsedBy(
    z.string().meta({
      maxLength: MAXIMUM_REFUND_REASON_LENGTH,
      example: "Returned",
      description: "Your own note, returned unchanged.",
    }),
    parseRefundReason,
  )
    .nullable()
    .default(null),
});

export const RefundComponent = component(
  "Refund",
  object("A refund.", {
    id: text({
      description: "A TypeID with the prefix `re`.",
      pattern: "^re_[0-7][0-9a-hjkmnp-tv-z]{25}$",
      example: "re_01kdy42agge009rf8bhszpmqa2",
    }),
    paymentId: text({ example: "pay_01kdy42agge009rf8bhszpmqa2" }),
    amount: { type: "integer", description: "In the currency's minor unit.", example: 1250 },
    currency: text({ pattern: "^[A-Z]{3}$", example: "EUR" }),
    reason: nullable(text({ example: "Returned" })),
    status: { type: "string", enum: ["pending", "succeeded", "failed"] },
    createdAt: time,
  }),
);

export const RefundPageComponent = pageOf(RefundComponent);
