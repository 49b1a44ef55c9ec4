import type { Payment } from "@payments/domain";

/** A payment as callers see it. The domain keeps amounts within what JSON numbers hold exactly. */
export const toPaymentJson = ({ id, clientId, money, description, metadata, status, createdAt }: Payment) => ({
  id,
  clientId,
  amount: Number(money.amount),
  currency: money.currency,
  description,
  metadata,
  status,
  createdAt: createdAt.toISOString(),
});
