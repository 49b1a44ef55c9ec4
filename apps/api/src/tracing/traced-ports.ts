import type { ApiKeyAuthenticator, PaymentRepository } from "@payments/domain";
import type { RememberedApiKeysAndAnew } from "../tokens.ts";
import type { Attributes, Tracing } from "./tracing.ts";

const POSTGRES = { "db.system.name": "postgresql" };

export const tracedAuthenticator = (
  authenticator: ApiKeyAuthenticator,
  name: string,
  tracing: Tracing,
): ApiKeyAuthenticator => ({
  authenticate: (apiKey) => tracing.span(name, {}, () => authenticator.authenticate(apiKey)),
});

export const tracedMemory = (memory: RememberedApiKeysAndAnew, tracing: Tracing): RememberedApiKeysAndAnew => ({
  ...tracedAuthenticator(memory, "authenticate", tracing),
  anew: tracedAuthenticator(memory.anew, "authenticate", tracing),
  remembers: (apiKey) => memory.remembers(apiKey),
});

export const tracedPayments = (payments: PaymentRepository, tracing: Tracing): PaymentRepository => {
  const attributes = (operation: string): Attributes => ({
    ...POSTGRES,
    "db.collection.name": "payments",
    "db.operation.name": operation,
  });
  return {
    create: (...args) => tracing.span("store payment", attributes("insert"), () => payments.create(...args)),
    find: (...args) => tracing.span("find payment", attributes("select"), () => payments.find(...args)),
    list: (...args) => tracing.span("list payments", attributes("select"), () => payments.list(...args)),
  };
};
