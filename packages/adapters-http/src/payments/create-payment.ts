import type { ApiKeyAuthenticator, ApiKeyUsage, AuthenticatedClient, CreatePayment } from "@payments/domain";
import { type ClientAuthentication, recogniseClient } from "../authentication/authenticate-client.ts";
import type { ClientLimit } from "../authentication/client-limit.ts";
import type { Metrics } from "../observability/metrics.ts";
import { Problem } from "../problem/problem.ts";
import { valueOrProblem } from "../problem/problem-for.ts";
import type { Context } from "../routing/context.ts";
import { requireJsonAccepted } from "../server/accept-json.ts";
import { type RequestedPayment, readRequestedPayment } from "./create-payment-request.ts";
import { toPaymentJson } from "./payment-json.ts";

export interface CreatePaymentDependencies {
  readonly apiKeys: ApiKeyAuthenticator;
  readonly authentication: ClientAuthentication;
  readonly apiKeyUsage: ApiKeyUsage;
  readonly createPayment: CreatePayment;
  readonly limit: ClientLimit;
  readonly metrics: Metrics;
  readonly basePath: string;
}

const isCallersFault = (error: unknown): error is Problem => error instanceof Problem && error.kind.status < 500;

/**
 * The client may be cached from an earlier request, because storing the payment verifies its credential
 * again. What must not happen is that a key that ended meanwhile gets another answer than the 401. So whoever
 * would get any 4xx is first authenticated anew; and a credential that is no longer current because the same
 * key is now stored in another form gets a second try. A key counts as used once it is known to be current.
 */
export const createPaymentRoute = (dependencies: CreatePaymentDependencies) => {
  const { apiKeys, apiKeyUsage, createPayment, limit, authentication, metrics, basePath } = dependencies;
  const { refusals, cachedApiKeys } = authentication;

  const create = async (ctx: Context, client: AuthenticatedClient, requested: RequestedPayment): Promise<void> => {
    const { payment, replayed } = await valueOrProblem(createPayment.execute({ ...requested, client }));
    metrics.paymentAnswered(replayed ? "replayed" : "created");
    ctx.status = 201;
    ctx.res.setHeader("Location", `${basePath}/payments/${payment.id}`);
    if (replayed) ctx.res.setHeader("Idempotent-Replayed", "true");
    ctx.body = toPaymentJson(payment);
  };

  return async (ctx: Context): Promise<void> => {
    const cached = await recogniseClient(ctx, cachedApiKeys, authentication);
    let charged = false;
    let requested: RequestedPayment | undefined;
    try {
      const pending = limit.charge(ctx, cached);
      if (pending !== undefined) await pending;
      charged = true;
      requireJsonAccepted(ctx);
      requested = await readRequestedPayment(ctx);
      await create(ctx, cached, requested);
      apiKeyUsage.record(cached);
    } catch (error) {
      if (!isCallersFault(error)) throw error;
      const current = await recogniseClient(ctx, apiKeys, authentication).catch((refusal: unknown) => {
        if (charged) limit.undo(ctx, cached);
        throw refusal;
      });
      apiKeyUsage.record(current);
      if (requested === undefined || error.code !== "invalid-api-key") throw error;
      await create(ctx, current, requested).catch((last: unknown) => {
        const isRefused = last instanceof Problem && last.code === "invalid-api-key";
        if (!isRefused) throw last;
        limit.undo(ctx, cached);
        throw refusals.refuse(ctx, "api-key", "credential-not-current", current);
      });
    }
  };
};
