import { clients } from "./0001-clients.ts";
import { apiKeys } from "./0002-api-keys.ts";
import { payments } from "./0003-payments.ts";
import { paymentBinding } from "./0004-payment-binding.ts";
import { apiKeyUsage } from "./0005-api-key-usage.ts";
import { requestQuotas } from "./0006-request-quotas.ts";
import { findApiKeys } from "./0007-find-api-keys.ts";
import { planPaymentsOnce } from "./0008-plan-payments-once.ts";
import { storeLonePayments } from "./0009-store-lone-payments.ts";
import type { Migration } from "./migration.ts";

/** In the order in which they run. Names are stored in databases: they never change. */
export const migrations: ReadonlyMap<string, Migration> = new Map([
  ["0001-clients", clients],
  ["0002-api-keys", apiKeys],
  ["0003-payments", payments],
  ["0004-payment-binding", paymentBinding],
  ["0005-api-key-usage", apiKeyUsage],
  ["0006-request-quotas", requestQuotas],
  ["0007-find-api-keys", findApiKeys],
  ["0008-plan-payments-once", planPaymentsOnce],
  ["0009-store-lone-payments", storeLonePayments],
]);
