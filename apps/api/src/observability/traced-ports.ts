import type { ApiKeyAuthenticator, PaymentRepository } from "@payments/domain";
import type { CachedAndUncachedApiKeys } from "../modules/tokens.ts";
import type { Attributes, Tracing } from "./tracing.ts";

const POSTGRES = { "db.system.name": "postgresql" };

export const tracedAuthenticator = (
  authenticator: ApiKeyAuthenticator,
  name: string,
  tracing: Tracing,
): ApiKeyAuthenticator => ({
  authenticate: (apiKey) => tracing.span(name, {}, () => authenticator.authenticate(apiKey)),
});

export const tracedCache = (cache: CachedAndUncachedApiKeys, tracing: Tracing): CachedAndUncachedApiKeys => ({
  ...tracedAuthenticator(cache, "authenticate", tracing),
  uncached: tracedAuthenticator(cache.uncached, "authenticate", tracing),
  isCached: (apiKey) => cache.isCached(apiKey),
  forget: (clientId) => cache.forget(clientId),
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
