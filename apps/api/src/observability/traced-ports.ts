import type { ApiKeyAuthenticator, Mode, PaymentProcessor, PaymentRepository } from "@payments/domain";
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
  isKnown: (apiKey) => cache.isKnown(apiKey),
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

/** The span contains no parameter of the operation: only ids. */
export const tracedProcessor = <M extends Mode>(
  processor: PaymentProcessor<M>,
  tracing: Tracing,
): PaymentProcessor<M> => {
  const { name, mode, capabilities } = processor;
  const attributes = { "payments.processor": name, "payments.mode": mode };
  const attributesOf = ({ id, kind, paymentId }: Parameters<PaymentProcessor<M>["execute"]>[0]): Attributes => ({
    ...attributes,
    "payments.operation": kind,
    "payments.operation_id": id,
    "payments.payment_id": paymentId,
  });
  return {
    name,
    mode,
    capabilities,
    execute: (operation) => tracing.span("call processor", attributesOf(operation), () => processor.execute(operation)),
    find: (operation) => tracing.span("ask processor", attributesOf(operation), () => processor.find(operation)),
    retrieve: (...parameters) => tracing.span("ask processor", attributes, () => processor.retrieve(...parameters)),
  };
};
